"""When two values, or two codecs, are the same for a server."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import uuid
from collections.abc import Hashable, Sequence
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Codec

_PLAIN = frozenset(
    (
        *(bool, int, float, complex, str, bytes, type(None), decimal.Decimal, uuid.UUID),
        *(datetime.date, datetime.datetime, datetime.time, datetime.timedelta),
        *(ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network),
    )
)


def frozen(value: Any) -> Hashable | None:
    """What is equal for values of the same types that are equal; None where nobody can tell."""
    try:
        return _frozen(value)
    except (_Unknown, RecursionError):
        return None


class _Unknown(Exception):  # noqa: N818 - no error
    """A value that anybody may have made."""


def _frozen(value: Any) -> Hashable:
    kind = type(value)
    if kind in _PLAIN:
        # 1.0 and 1.00, and an hour here and there, are equal: what a message shows of them is not.
        return kind, value if kind in (str, int, bytes, bool, type(None)) else repr(value)
    if kind in (list, tuple) or (issubclass(kind, tuple) and kind.__module__.startswith("tripwire.")):
        return (kind, *map(_frozen, value))
    if kind is dict:
        return (kind, *((_frozen(key), _frozen(one)) for key, one in value.items()))
    raise _Unknown


def codecs_key(codecs: Sequence[Codec]) -> Hashable:
    """The same for codecs that do the same, whichever test has set them."""
    return tuple(
        (name, tuple(map(_part, args)), tuple((key, _part(one)) for key, one in sorted(kwargs.items())))
        for name, args, kwargs in codecs
    )


def _part(value: Any) -> Hashable:
    if isinstance(value, FunctionType):  # each test may make it anew, of one piece of code
        cells = tuple(map(_Same, value.__closure__ or ()))
        return value.__code__, cells, _Same(value.__defaults__), _Same(value.__kwdefaults__)
    return value if isinstance(value, str) else _Same(value)


class _Same:
    """Equal to what holds the same object, which it keeps alive."""

    def __init__(self, value: Any) -> None:
        self._value = value.cell_contents if isinstance(value, CellType) else value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)
