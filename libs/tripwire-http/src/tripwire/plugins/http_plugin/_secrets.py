"""What looks like a secret, and is therefore not shown in messages."""

from __future__ import annotations

import contextlib
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from tripwire import _registry
from tripwire._values import is_a

MASK = "***"
_SHOWN, _DEEPEST = 2000, 30
_NAMES = re.compile(
    r"authorization|cookie|token|secret|passw(or)?d|passphrase|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|credential|signature|session[-_]?id|\b(auth|sig|key|pwd|jwt|otp|pin)\b"
)


def is_secret(name: str) -> bool:
    """Whether a header, parameter or field of this name holds a secret; `[tool.tripwire.http] secrets` adds names."""
    lower = name.lower()
    if _NAMES.search(lower.replace("_", "-")):
        return True
    added = _added(tuple(_registry.config().table("http").get("secrets", ())))
    return added is not None and added.fullmatch(lower) is not None


@lru_cache(maxsize=8)
def _added(names: tuple[str, ...]) -> re.Pattern[str] | None:
    if not names:
        return None
    return re.compile("|".join(".*".join(map(re.escape, name.lower().split("*"))) for name in names))


def in_url(url: str) -> str:
    """A URL with the secrets of its query, and a password before its host, masked."""
    head, question, rest = url.partition("?")
    scheme, found, authority = head.partition("://")
    userinfo, at, host = authority.partition("/")[0].rpartition("@")
    if found and at and ":" in userinfo:
        head = (
            f"{scheme}://{userinfo.partition(':')[0]}:{MASK}@{host}"
            + authority[len(userinfo) + 1 + len(host) :]
        )
    if not question:
        return head
    query, mark, fragment = rest.partition("#")
    return f"{head}?{'&'.join(map(_in_pair, query.split('&')))}{mark}{fragment}"


def _in_pair(pair: str) -> str:
    name, found, value = pair.partition("=")
    return f"{name}={MASK}" if found and value and is_secret(unquote_plus(name)) else pair


def in_data(data: Any) -> Any:
    """JSON data, or the fields of a form, with the values of secret names masked, as far as a message shows it."""
    left = [_SHOWN]

    def masked(value: Any, depth: int = 0) -> Any:
        left[0] -= 1
        if depth > _DEEPEST or left[0] < 0:
            return value
        if type(value) is list:
            return [masked(item, depth + 1) for item in value]
        if type(value) is not dict:
            return value
        return {
            name: MASK
            if type(name) is str and item is not None and is_secret(name)
            else masked(item, depth + 1)
            for name, item in value.items()
        }

    return masked(data)


def in_field(name: str, value: Any) -> Any:
    """A field of the record with its secrets masked: a URL, headers, or a body that is JSON or a form."""
    if name == "url" and type(value) is str:
        return in_url(value)
    if name.endswith("_headers"):
        return in_data(dict(value)) if is_a(value, dict) else value
    return in_body(value) if name.endswith("_body") and type(value) is bytes else value


def in_body(body: bytes) -> Any:
    """A body as it is; or its data, if that holds secrets."""
    data: Any = None
    if body[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError, RecursionError):
            data = json.loads(body)
    elif b"=" in body[:_SHOWN] and (text := body.decode("utf-8", "replace")).isprintable():
        shown = "&".join(map(_in_pair, text.split("&")))
        return shown if shown != text else body
    masked = in_data(data)
    return body if masked == data else masked
