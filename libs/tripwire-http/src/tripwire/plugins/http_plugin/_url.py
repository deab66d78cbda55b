"""When two URLs mean the same, and when a mock's URL fits the one of a request."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

from tripwire._errors import wrong_use
from tripwire._values import equal, is_a, is_one_of, items_of, short
from tripwire.plugins.http_plugin._secrets import MASK, is_secret

DEFAULT_PORTS = {"http": 80, "https": 443}
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.~-]+")

Scalar = str | int | float | bool | None
Params = Mapping[str, Any] | Sequence[tuple[str, Any]]
"""Names and values: a `Scalar`, a list of these, or a matcher."""
Pair = tuple[str, Any]


class Url(NamedTuple):
    """A URL taken apart and made canonical; `query` holds the decoded parameters in order."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: tuple[Pair, ...]


@lru_cache(maxsize=256)
def parse(text: str) -> Url:
    """Take a URL apart; user name, password and fragment do not count.

    Raises:
        ValueError: its host or port is malformed.
    """
    parts = urlsplit(text)
    host = (parts.hostname or "").rstrip(".")  # some clients strip the root's dot, some send it
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
    if not is_a(url, str):
        raise wrong_use(
            TypeError,
            f"url must be a string such as 'https://api.example.com/data', not {short(url)}; "
            "write str(...) around it",
        )
    try:
        parsed = parse(str.__str__(url))
    except ValueError as error:
        raise wrong_use(ValueError, f"url {short(url)} is malformed: {error}") from error
    if not parsed.scheme or not parsed.host:
        raise wrong_use(
            ValueError,
            f"url {short(url)} must be absolute: write it with scheme and host, such as 'https://api.example.com/data'",
        )
    return parsed


def _canonical(path: str) -> str:
    """The path with every character that may be percent-encoded in one and the same way."""
    return canonical_part(path) if path else "/"


def canonical_part(path: str) -> str:
    """A part of a path, encoded in the same way."""
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
    items: Iterable[tuple[Any, Any]] | None
    if is_a(params, list) or is_a(params, tuple):
        items = params if all(is_a(pair, tuple) and len(pair) == 2 for pair in params) else None
    else:
        items = items_of(params)
    if items is None:
        raise wrong_use(
            TypeError,
            f"params must be a mapping or a list of pairs, such as {{'page': 2}}, not {short(params)}",
        )
    return tuple((_name(name), one) for name, value in items for one in _values(name, value))


def _name(name: object) -> str:
    if not is_a(name, str):
        raise wrong_use(TypeError, f"the name of a query parameter must be a string, not {short(name)}")
    return name


def _values(name: object, value: object) -> list[Any]:
    if is_a(value, list) or is_a(value, tuple):
        return [text for one in value for text in _texts(name, one, value)]
    return _texts(name, value, value)


def _texts(name: object, one: object, value: object) -> list[Any]:
    if one is None:
        return [""]
    if is_a(one, bool):
        return ["true" if one else "false"]
    try:
        if is_a(one, str) or is_a(one, int) or is_a(one, float):
            return [str(one)]
    except ValueError:  # a number of more digits than Python writes
        pass
    else:
        if _is_matcher(one):
            return [one]
    raise wrong_use(
        TypeError,
        f"params[{short(name)}] must be a string, a number, True, False, None or a list of these, "
        f"not {short(value if is_a(one, list) else one)}",
    )


def _is_matcher(value: object) -> bool:
    """Whether a value was made to be compared, such as `mock.ANY`, and is no data."""
    return type(value).__eq__ is not object.__eq__ and not is_one_of(
        value, bytes, bytearray, list, tuple, Mapping, Set
    )


def query_reason(wanted: Collection[Pair], query: Iterable[tuple[str, str]]) -> str:
    """Why a query does not hold the wanted parameters, by name; empty if it does."""
    left = list(query) if wanted else []
    for name, value in wanted:
        held = [other for key, other in left if key == name]
        found = next((other for other in held if equal(value, other)), None)
        if found is not None:
            left.remove((name, found))
            continue
        hidden = is_secret(name)
        mine = MASK if hidden else short(value)
        if held:
            theirs = MASK if hidden else " and ".join(map(short, held[:3]))
            return f"its query parameter {short(name)} is {mine}, the call has {theirs}"
        return f"its query parameter {short(name)} ({mine}) is missing from the call"
    return ""
