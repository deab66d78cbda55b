"""Values of known types as a person writes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from pathlib import Path, PurePath
from types import BuiltinFunctionType, FunctionType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tripwire._values import is_a
from tripwire._writing import _words
from tripwire._writing._importable import Names, NoLiteral, Piece

LONGEST_LINE = 60
_DIGITS = 10_000  # bits: Python refuses to write out far longer integers
_ADDRESSES = (IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network)
_ESCAPED = re.compile(r'[\x00-\x09\x0b-\x1f\x7f-\xff\\]|"""| (?=\n)|"\Z')


def literal(value: Any, names: Names) -> Piece | None:
    """A value that has no items as code; None for one of another type.

    Raises:
        NoLiteral: it has none.
    """
    maker = _MAKERS.get(type(value))
    if maker is not None:
        return maker(value, names)
    if is_a(value, Enum):
        return _enum(value, names)
    if is_a(value, PurePath):
        kind = Path if type(value) is type(Path()) else type(value)
        return _called(names, kind, repr(str(value)))
    if is_a(value, type) or type(value) in (FunctionType, BuiltinFunctionType):
        if type(value) is BuiltinFunctionType and type(getattr(value, "__self__", None)).__name__ != "module":
            raise NoLiteral(_words.BOUND)
        return names.of(value)
    return None


def lines(text: str | bytes) -> str | None:
    """A text of several lines in triple quotes; None where another form is better."""
    kind, shown = ("b", text.decode("latin-1")) if isinstance(text, bytes) else ("", text)
    inner = shown.rstrip("\n")
    if len(shown) <= LONGEST_LINE or inner.count("\n") < 1 or "\r" in shown:
        return None
    if not all(c.isprintable() or c in "\n\t" for c in shown) or (kind and not shown.isascii()):
        return None
    if len(re.findall(r" (?=\n)", shown)) > 2 or (inner.count("\n") < 2 and len(shown) < 2 * LONGEST_LINE):
        return None
    body = _ESCAPED.sub(lambda found: _escape(found[0]), shown)
    return f'{kind}"""\\\n{body}"""'


def _escape(part: str) -> str:
    return {"\\": "\\\\", '"""': '\\"\\"\\"', " ": "\\x20", '"': '\\"', "\t": "\\t"}.get(part, part)


def _plain(value: Any, _: Names) -> Piece:
    return Piece(repr(value))


def _number(value: Any, names: Names) -> Piece:
    if type(value) is int and value.bit_length() > _DIGITS:
        raise NoLiteral(_words.TOO_LARGE)
    if type(value) is float and (value != value or value in (float("inf"), float("-inf"))):
        return Piece(f"float({str(value)!r})")
    return _plain(value, names)


def _bytes(value: bytes, names: Names) -> Piece:
    """What is text beyond ASCII is readable only as text."""
    if not value.isascii():
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return _plain(value, names)
        if all(c.isprintable() or c in "\r\n\t" for c in text):
            return Piece(f"{text!r}.encode()")
    return _plain(value, names)


def _called(names: Names, kind: Any, *arguments: Piece | str) -> Piece:
    called = names.of(kind)
    pieces = [one if isinstance(one, Piece) else Piece(one) for one in arguments]
    imports = called.imports.union(*(one.imports for one in pieces))
    return Piece(f"{called.text}({', '.join(one.text for one in pieces)})", imports)


def _datetime(value: datetime, names: Names) -> Piece:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 3 and not parts[-1]:
        parts.pop()
    return _at(value, parts if len(parts) != 4 else [*parts, 0], names)


def _time(value: time, names: Names) -> Piece:
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()
    return _at(value, parts, names)


def _at(value: Any, parts: list[int], names: Names) -> Piece:
    arguments = [Piece(str(one)) for one in parts]
    if value.tzinfo is not None:
        zone = literal(value.tzinfo, names)
        if zone is None:
            raise NoLiteral(_words.NO_LITERAL)
        arguments.append(Piece(f"tzinfo={zone.text}", zone.imports))
    if value.fold:
        arguments.append(Piece("fold=1"))
    return _called(names, type(value), *arguments)


def _timedelta(value: timedelta, names: Names) -> Piece:
    if value < timedelta(0) and value != timedelta.min:
        piece = _timedelta(-value, names)
        return piece._replace(text=f"-{piece.text}")
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    milliseconds, microseconds = divmod(value.microseconds, 1000)
    if microseconds:
        milliseconds, microseconds = 0, value.microseconds
    parts = {"days": value.days, "hours": hours, "minutes": minutes, "seconds": seconds}
    parts |= {"milliseconds": milliseconds, "microseconds": microseconds}
    return _called(names, timedelta, *(f"{name}={one}" for name, one in parts.items() if one))


def _timezone(value: timezone, names: Names) -> Piece:
    if value is timezone.utc:
        piece = names.of(timezone)
        return piece._replace(text=f"{piece.text}.utc")
    offset = _timedelta(value.utcoffset(None), names)
    named = (
        [repr(value.tzname(None))]
        if value.tzname(None) != timezone(value.utcoffset(None)).tzname(None)
        else []
    )
    return _called(names, timezone, offset, *named)


def _zone(value: ZoneInfo, names: Names) -> Piece:
    if value.key is None or value is not ZoneInfo(value.key):
        raise NoLiteral(_words.NO_LITERAL)
    return _called(names, ZoneInfo, repr(value.key))


def _enum(value: Enum, names: Names) -> Piece:
    kind = type(value)
    called = names.of(kind)
    if value.name is not None and kind.__members__.get(value.name) is value:
        shown = f".{value.name}" if value.name.isidentifier() else f"[{value.name!r}]"
        return called._replace(text=called.text + shown)
    if is_a(value, Flag):
        parts = [
            one for one in kind.__members__.values() if one.value and one.value & value.value == one.value
        ]
        single = [one for one in parts if one.value & (one.value - 1) == 0]
        if single and sum(one.value for one in dict.fromkeys(single)) == value.value:
            return called._replace(
                text=" | ".join(f"{called.text}.{one.name}" for one in dict.fromkeys(single))
            )
    number = literal(value.value, names)
    if number is None:
        raise NoLiteral(_words.NO_LITERAL)
    return _called(names, kind, number)


def _text_of(value: Any, names: Names) -> Piece:
    return _called(names, type(value), repr(str(value)))


_MAKERS: dict[type, Callable[[Any, Names], Piece]] = {
    str: _plain,
    bytes: _bytes,
    bool: _plain,
    type(None): _plain,
    type(...): lambda _, __: Piece("..."),
    type(NotImplemented): lambda _, __: Piece("NotImplemented"),
    int: _number,
    float: _number,
    complex: _plain,
    bytearray: lambda value, names: _called(names, bytearray, _bytes(bytes(value), names)),
    range: lambda value, _: Piece(
        f"range({value.stop})" if (value.start, value.step) == (0, 1) else repr(value)
    ),
    datetime: _datetime,
    date: lambda value, names: _called(names, date, f"{value.year}, {value.month}, {value.day}"),
    time: _time,
    timedelta: _timedelta,
    timezone: _timezone,
    ZoneInfo: _zone,
    UUID: _text_of,
    Decimal: _text_of,
    Fraction: lambda value, names: _called(names, Fraction, str(value.numerator), str(value.denominator)),
    **dict.fromkeys(_ADDRESSES, _text_of),
}
