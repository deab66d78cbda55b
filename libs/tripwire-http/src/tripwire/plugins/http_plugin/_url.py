"""When two URLs mean the same, and when a mock's URL fits the one of a request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

from tripwire import _messages

DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]+")

Scalar = str | int | float | bool | None
Params = Mapping[str, Scalar | Sequence[Scalar]] | Sequence[tuple[str, Scalar | Sequence[Scalar]]]
Pair = tuple[str, str]


class Url(NamedTuple):
    """A URL taken apart and made canonical; `query` holds the decoded parameters in order."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: tuple[Pair, ...]


def parse(text: str) -> Url:
    """Take a URL apart; user name, password and fragment do not count.

    Raises:
        ValueError: its host or port is malformed.
    """
    parts = urlsplit(text)
    host = parts.hostname or ""
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    port = parts.port if parts.port is not None else DEFAULT_PORTS.get(parts.scheme)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True)) if parts.query else ()
    return Url(parts.scheme, host, port, _canonical(parts.path), query)


def parse_absolute(url: object) -> Url:
    """Take apart the URL that a test wrote.

    Raises:
        TypeError: it is no string.
        ValueError: it is no absolute URL.
    """
    if not isinstance(url, str):
        raise TypeError(
            f"url must be a string such as 'https://api.example.com/data', not {_messages.short(url)}; "
            "write str(...) around it"
        )
    try:
        parsed = parse(url)
    except ValueError as error:
        raise ValueError(f"url {url!r} is malformed: {error}") from error
    if not parsed.scheme or not parsed.host:
        raise ValueError(
            f"url {url!r} must be absolute: write it with scheme and host, such as 'https://api.example.com/data'"
        )
    return parsed


def _canonical(path: str) -> str:
    """The path with every character that may be percent-encoded in one and the same way."""
    if not path:
        return "/"
    if _PLAIN_PATH.fullmatch(path):
        return path
    # By segment: an encoded slash is part of a name, a plain one ends it.
    return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in path.split("/"))


def pairs_of(params: Params | None) -> tuple[Pair, ...]:
    """Query parameters as pairs of strings, the way clients write them: true, false and nothing for None.

    Raises:
        TypeError: they are neither a mapping nor pairs, or a value is none that a query can hold.
    """
    if params is None:
        return ()
    if isinstance(params, Mapping):
        items: Iterable[tuple[Any, Any]] = params.items()
    elif isinstance(params, (list, tuple)) and all(isinstance(p, tuple) and len(p) == 2 for p in params):
        items = params
    else:
        raise TypeError(
            f"params must be a mapping or a list of pairs, such as {{'page': 2}}, not {_messages.short(params)}"
        )
    return tuple((_name(name), one) for name, value in items for one in _values(name, value))


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the name of a query parameter must be a string, not {_messages.short(name)}")
    return name


def _values(name: object, value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _values(name, one)]
    if value is None:
        return [""]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, (str, int, float)):
        return [str(value)]
    raise TypeError(
        f"params[{name!r}] must be a string, a number, True, False, None or a list of these, "
        f"not {_messages.short(value)}"
    )


def query_reason(wanted: Iterable[Pair], query: Iterable[Pair]) -> str:
    """Why a query does not hold the wanted parameters, by name; empty if it does."""
    left = list(query)
    for name, value in wanted:
        if (name, value) in left:
            left.remove((name, value))
            continue
        others = [held for other, held in left if other == name]
        if others:
            return (
                f"its query parameter {name!r} is {value!r}, the call has {' and '.join(map(repr, others))}"
            )
        return f"its query parameter {name!r} ({value!r}) is missing from the call"
    return ""
