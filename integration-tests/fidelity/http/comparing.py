"""What programs saw as plain values that compare, without what varies by nature: the one place for that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

_VARYING = ((re.compile(r" \(_ssl\.c:\d+\)"), ""), (re.compile(r"0x[0-9a-f]{6,}"), "0x"))
_ATTRIBUTES = ("request", "response")


def unlikeness(real: Any, other: Any, where: str = "notes") -> Iterator[str]:
    """Each place where two notes differ, in words."""
    if isinstance(real, dict) and isinstance(other, dict) and list(real) == list(other):
        for name in real:
            yield from unlikeness(real[name], other[name], f"{where}.{name}")
    elif isinstance(real, (list, tuple)) and isinstance(other, (list, tuple)) and len(real) == len(other):
        for number, (one, another) in enumerate(zip(real, other, strict=True)):
            yield from unlikeness(one, another, f"{where}[{number}]")
    elif real != other or type(real) is not type(other):
        yield f"  {where}:\n    really {real!r}\n    here   {other!r}"


def comparable(value: Any) -> Any:
    """A value as it is compared: containers and exceptions as plain data, and without what varies by nature."""
    if isinstance(value, str):
        return normal(value)
    if isinstance(value, BaseException):
        return described(value)
    if isinstance(value, timedelta):
        return type(value).__name__
    if isinstance(value, Mapping):
        return {comparable(key): comparable(held) for key, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(one) for one in value]
    return value


def normal(text: str) -> str:
    """A text without what varies by nature: lines of Python's source, addresses of objects."""
    for pattern, plain in _VARYING:
        text = pattern.sub(plain, text)
    return text


def described(error: BaseException) -> list[Any]:
    """An exception with everything a program may look at, and what it comes from."""
    chain: list[Any] = []
    link: BaseException | None = error
    while link is not None and len(chain) < 8:
        seen: dict[str, Any] = {"type": type(link), "str": normal(str(link)), "args": _plain(link.args)}
        seen["attributes"] = {name: _plain(held) for name, held in vars(link).items() if name[:1] != "_"}
        if isinstance(link, OSError):
            seen["errno"] = link.errno
        for name in _ATTRIBUTES:
            try:
                seen[name] = type(getattr(link, name))
            except (AttributeError, RuntimeError):
                continue
        chain.append(seen)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return chain


def _plain(value: Any) -> Any:
    """Part of an exception: by its type, where it is no plain value."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    if isinstance(value, (str, bytes, int, float, bool, type(None))):
        return comparable(value)
    return type(value)
