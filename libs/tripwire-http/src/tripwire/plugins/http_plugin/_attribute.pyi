# `tripwire.http` for type checkers: the core imports it, and finds it where this distribution is installed.
from tripwire.plugins.http_plugin import HttpPlugin

__all__ = ["http"]

http: HttpPlugin
