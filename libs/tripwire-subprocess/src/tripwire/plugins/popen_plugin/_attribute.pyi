# `tripwire.popen` for type checkers: the core imports it, and finds it where this distribution is installed.
from tripwire.plugins.popen_plugin import PopenPlugin

__all__ = ["popen"]

popen: PopenPlugin
