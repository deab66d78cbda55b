"""botocore: its session is where an exception of its own, or a trip, is raised. The rest is urllib3's.

The genuine session would wrap either in an HTTPClientError.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._errors import TripError
from tripwire._patching import Target
from tripwire.plugins.http_plugin import _carrier

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_SESSION = "botocore.httpsession:URLLib3Session"

PUBLIC_NAMES = (f"{_SESSION}.send",)


def targets(_plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where the session turns urllib3's exceptions into those of botocore."""
    return (Target(_SESSION, "send", _sending),)


def _sending(genuine: Callable[..., Any]) -> Callable[..., Any]:
    own = (sys.modules["botocore.exceptions"].BotoCoreError, TripError)

    @wraps(genuine)
    def send(self: Any, request: Any) -> Any:
        return _carrier.take(own, partial(genuine, self, request))

    return send
