"""requests: its adapter is where an exception of its own, given by a test, is raised. The rest is urllib3's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._patching import Target
from tripwire.plugins.http_plugin import _carrier

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_VERBS = ("request", "get", "options", "head", "post", "put", "patch", "delete")
_ADAPTER = "requests.adapters:HTTPAdapter"

PUBLIC_NAMES = (
    *(f"requests:{name}" for name in (*_VERBS, "Session")),
    *(f"requests:Session.{name}" for name in (*_VERBS, "send", "get_adapter")),
    f"{_ADAPTER}.send",
)


def targets(_plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where the adapter turns urllib3's exceptions into those of requests."""
    return (Target(_ADAPTER, "send", _sending),)


def _sending(genuine: Callable[..., Any]) -> Callable[..., Any]:
    own = (sys.modules["requests.exceptions"].RequestException,)

    @wraps(genuine)
    def send(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _carrier.take(own, partial(genuine, self, *args, **kwargs))

    return send
