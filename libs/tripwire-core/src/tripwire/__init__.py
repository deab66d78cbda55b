"""Test doubles that cannot lie quietly.

Inside `with tripwire:`, or `async with tripwire:`, every call that leaves the program is caught. In typed code write
`with tripwire.sandbox():`, which is the same: a type checker does not know that a module can be entered.
"""

from __future__ import annotations

import sys
from pkgutil import extend_path
from typing import TYPE_CHECKING

# Plugins live in `tripwire.plugins`, which other distributions, also editable ones, add to.
__path__ = extend_path(__path__, __name__)

from tripwire._module import TripwireModule

if TYPE_CHECKING:
    from tripwire import _everything
    from tripwire._everything import *  # noqa: F403

    # `tripwire.http` and the others, each where its distribution is installed; a missing module adds no name.
    from tripwire.plugins.async_subprocess_plugin._attribute import *  # noqa: F403
    from tripwire.plugins.asyncpg_plugin._attribute import *  # noqa: F403
    from tripwire.plugins.http_plugin._attribute import *  # noqa: F403
    from tripwire.plugins.popen_plugin._attribute import *  # noqa: F403
    from tripwire.plugins.subprocess_plugin._attribute import *  # noqa: F403

    __all__ = ["async_subprocess", "asyncpg", "http", "popen", "subprocess"]  # noqa: F405 - else pyright holds them private
    __all__ += _everything.__all__  # type: ignore[has-type]

sys.modules[__name__].__class__ = TripwireModule
