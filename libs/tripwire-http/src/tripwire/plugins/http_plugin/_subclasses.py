"""Connections with a `connect` of their own, whoever wrote it and whenever: met where the program looks it up.

One that hands on to a `connect` that is replaced runs, any other does not. To look at whatever a connection is asked
for costs as much as a third of a request: so classes whose `connect` is replaced itself are left alone.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from tripwire._patching import Target
from tripwire.plugins.http_plugin._socket import scripted_in

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_HOOK = "__getattribute__"
_LookUp = Callable[[Any, str], Any]

dialling: ContextVar[object] = ContextVar("tripwire_http_dialling", default=None)
"""The connection that is being opened genuinely: its class may call the patched `connect` of its base."""

replaced: WeakSet[Callable[..., None]] = WeakSet()
"""What stands in the place of a client's `connect`."""


class _Subclasses:
    """The classes of connections. Those whose `looking_up` is replaced, as long as its own is: a target's owner."""

    looking_up: Callable[[_LookUp], _LookUp] | None

    def __init__(self) -> None:
        vars(self).update(looking_up=None)
        self._lock = threading.RLock()
        self._seen: set[type] = set()
        self._hooked: dict[type, object] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "looking_up":
            self._take_back() if value is None else self._look_at_all()

    def look_at(self, kind: type, *, is_own: bool = False) -> None:
        """Replace the look-ups of a class, unless its `connect` is ours and a connection has none that `is_own`."""
        if kind in self._seen and not is_own:
            return
        with self._lock:
            self._seen.add(kind)
            hook = self.looking_up
            if hook is None or any(base in self._hooked for base in kind.__mro__):
                return
            if is_own or ours_in(vars(kind).get("connect")) is None:
                self._hooked[kind] = vars(kind).get(_HOOK)
                type.__setattr__(kind, _HOOK, hook(getattr(kind, _HOOK)))

    def _look_at_all(self) -> None:
        if (module := sys.modules.get("http.client")) is not None:
            for kind in _with_subclasses(module.HTTPConnection):
                self.look_at(kind)

    def _take_back(self) -> None:
        with self._lock:
            self._seen.clear()
            while self._hooked:
                kind, genuine = self._hooked.popitem()
                if genuine is None:
                    type.__delattr__(kind, _HOOK)
                else:
                    type.__setattr__(kind, _HOOK, genuine)


SUBCLASSES = _Subclasses()


def target(plugin: type[HttpPlugin]) -> Target:
    """What has to come after the targets that replace `connect`."""
    return Target(SUBCLASSES, "looking_up", partial(_looking, plugin))


def _looking(plugin: type[HttpPlugin], _pristine: None) -> Callable[[_LookUp], _LookUp]:
    return partial(_looking_up, plugin)


def _with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    below: list[type] = kind.__subclasses__()
    for one in below:
        yield from _with_subclasses(one)


def _looking_up(plugin: type[HttpPlugin], genuine: _LookUp) -> _LookUp:
    @wraps(genuine)
    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807 - it becomes that method
        held = genuine(self, name)
        if name != "connect" or ours_in(held) is not None or dialling.get() is self:
            return held
        return partial(_connect_of_subclass, plugin, self, held)

    return __getattribute__


def ours_in(connect: Any) -> Callable[..., None] | None:
    """Our replacement, if a `connect` is that, perhaps in a wrapper that somebody was allowed to put around it."""
    found: Any = getattr(connect, "__func__", connect)
    ours: Callable[..., None] | None = None
    while found is not None:
        if found in replaced:  # a transparent wrapper equals what it wraps, so the innermost is it
            ours = found
        found = getattr(found, "__wrapped__", None)
    return ours


def _connect_of_subclass(plugin: type[HttpPlugin], connection: Any, held: Callable[[], None]) -> None:
    """Run a `connect` that hands on to one of ours; take the place of any other."""
    ours, hands_on = _beneath(connection)
    if ours is None:  # somebody has laid a patch over it: a conflict, which is told at the end
        return held()
    if hands_on:
        held()
        if scripted_in(connection.sock) is not None or not plugin.serving(plugin.request, "CONNECT"):
            return None
        leave(connection)  # it only looked as if it would hand on
    return ours(connection, is_of_subclass=True)


def _beneath(connection: Any) -> tuple[Callable[..., None] | None, bool]:
    """The replaced `connect` beneath those of a connection's subclasses, and whether they all hand on to it."""
    kind = type(connection)
    hands_on = "connect" not in vars(connection)
    for base in kind.__mro__:
        connect = vars(base).get("connect")
        if (ours := ours_in(connect)) is not None:
            return ours, hands_on
        hands_on = hands_on and (connect is None or _hands_on(connect, kind))
    return None, hands_on


def _hands_on(connect: object, kind: type) -> bool:
    """Whether a `connect` calls that of its base, and does not do with its socket what only a real one bears."""
    code = getattr(inspect.unwrap(connect) if callable(connect) else None, "__code__", None)
    if code is None:
        return False
    names = {*code.co_names, *code.co_freevars}
    bases = {"super", *(base.__name__ for base in kind.__mro__)}
    return "connect" in names and "wrap_socket" not in names and not names.isdisjoint(bases)


def leave(connection: Any) -> None:
    """Drop a connection's socket: not by `close()`, which would end a response that is still being read."""
    held, connection.sock = connection.sock, None
    if held is not None:
        held.close()
