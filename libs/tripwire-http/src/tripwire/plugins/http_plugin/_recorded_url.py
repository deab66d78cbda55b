"""A URL as the next run can repeat it: what is only of this one stands apart, or is left open by `*`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_plus, urlsplit

from tripwire._writing._policy import is_here

if TYPE_CHECKING:
    from tripwire._writing._render import Masks

_EPHEMERAL = 32768  # from here on systems choose ports by themselves


class Written(NamedTuple):
    """A URL, with `*` for some of it, and the names of the parameters that cannot stay in it."""

    url: str
    apart: frozenset[str]


def written(url: str, masks: Masks, is_known: Callable[[str], bool]) -> Written:
    """Open what varies, and what is secret by its shape, unless it is known from a response, and so will come again."""

    def is_open(text: str, name: str) -> bool:
        if masks.hidden.replaced(text, name) is not None:
            return True
        return masks.volatile.code(text, name) is not None and not is_known(text)

    before, mark, query = url.partition("?")
    origin, path = _parts(before)
    segments = [part if not part or not is_open(unquote(part), "") else "*" for part in path.split("/")]
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    apart = frozenset(
        name
        for name, value in ((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)
        if value and is_open(value, name)
    )
    return Written(f"{_anywhere(origin)}{'/'.join(segments)}{mark}{query}", apart)


def _parts(before: str) -> tuple[str, str]:
    found = re.match(r"[^/]*://[^/]*", before)
    end = found.end() if found is not None else 0
    return before[:end], before[end:]


def _anywhere(origin: str) -> str:
    """An origin in which a port of this machine that its system has chosen stands for any: the next run has another."""
    parts = urlsplit(origin)
    if parts.port is None or parts.port < _EPHEMERAL or not is_here(parts.hostname or ""):
        return origin
    return origin.removesuffix(str(parts.port)) + "*"
