"""What looks like a secret, and is therefore not shown in messages."""

from __future__ import annotations

import contextlib
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from tripwire import _project
from tripwire._values import LONGEST_VALUE, is_a, short

MASK = "***"
_SHOWN, _DEEPEST = 2000, 200  # a value a node, a bracket a level: more than a message holds
_LARGEST_TEXT = 10_000
_NAMES = re.compile(
    r"authorization|cookie|token(?!s)|secret|passw(or)?d|passphrase|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|credential|signature|session[-_]?id|\b(auth|sig|key|pwd|jwt|otp|pin)\b"
)
_IN_TEXT = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # A part of a multipart body, a member of JSON or of a dict, an element, a pair, a line of a header.
        (r'\bname="(?P<name>[^"]*)"[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n(?P<value>.*?)(?=\r?\n--|\Z)', re.DOTALL),
        (
            r"""(?P<quote>["'])(?P<name>(?:(?!(?P=quote))[^\\\n]){1,100})(?P=quote)\s*:\s*"""
            r"""(?P<value>b?"(?:[^"\\]|\\.)*"?|b?'(?:[^'\\]|\\.)*'?|[^\s,}\]"'{\[]+)""",
            re.DOTALL,
        ),
        (r"<(?P<name>[\w:.-]{1,100})>(?P<value>[^<]+)<", 0),
        (
            r"""(?:^|(?<=[?&#;\s"'(,]))(?P<name>[^=&?#;\s"'(,<>]{1,100})=(?P<value>"[^"]*"?|'[^']*'?|[^&#\s"']+)""",
            0,
        ),
        (r"""(?:^|(?<=["']))(?P<name>[A-Za-z][\w-]{1,100}): *(?P<value>[^\s:{\[][^\r\n]*)""", re.MULTILINE),
    )
)


def is_secret(name: str) -> bool:
    """Whether a header, parameter or field of this name holds a secret; `secrets` in the configuration adds names."""
    lower = name.lower()
    if _NAMES.search(lower.replace("_", "-")):
        return True
    config = _project.config()
    everywhere = (name for name in config.secrets if not name.startswith("/"))  # those are patterns of values
    added = _added((*everywhere, *config.table("http").get("secrets", ())))
    return added is not None and added.fullmatch(lower) is not None


def is_secret_member(name: object) -> bool:
    """The same for a member of JSON data, where a plain `key` is mostly no secret: of a row, of an object."""
    return type(name) is str and name.lower() != "key" and is_secret(name)


@lru_cache(maxsize=8)
def _added(names: tuple[str, ...]) -> re.Pattern[str] | None:
    if not names:
        return None
    return re.compile("|".join(".*".join(map(re.escape, name.lower().split("*"))) for name in names))


def in_url(url: str) -> str:
    """A URL with the secrets of its query and fragment, and what stands before its host, masked."""
    head, *pairs = re.split("([?#&])", url)
    scheme, found, authority = head.partition("://")
    userinfo, at, host = authority.partition("/")[0].rpartition("@")
    if found and at:
        name, colon, _ = userinfo.partition(":")
        shown = f"{name}:{MASK}" if colon else MASK  # a name alone may be a token
        head = f"{scheme}://{shown}@{host}{authority[len(userinfo) + 1 + len(host) :]}"
    return "".join((head, *map(_in_pair, pairs)))


def _in_pair(pair: str) -> str:
    name, found, value = pair.partition("=")
    return f"{name}={MASK}" if found and value and is_secret(unquote_plus(name)) else pair


def in_text(text: str) -> str:
    """A text in which what follows the name of a secret is masked, however the two are written."""
    for pattern in _IN_TEXT:
        text = pattern.sub(_in_match, text)
    return text


def _in_match(match: re.Match[str]) -> str:
    if not is_secret(unquote_plus(match["name"])) or match["value"].strip("b\"'") == MASK:
        return match[0]
    start, end = (at - match.start() for at in match.span("value"))
    return f"{match[0][:start]}{MASK}{match[0][end:]}"


def in_data(data: Any) -> Any:
    """JSON data, or the fields of a form, with the values of secret names masked, as far as a message shows it."""
    left = [_SHOWN]

    def masked(value: Any, depth: int = 0) -> Any:
        left[0] -= 1
        if depth > _DEEPEST or left[0] < 0:
            return value
        if type(value) is tuple and len(value) == 2 and type(value[0]) is str and is_secret(value[0]):
            return value[0], MASK
        if type(value) in (list, tuple):
            return type(value)(masked(item, depth + 1) for item in value)
        if type(value) is not dict:
            return value
        return {
            name: MASK if item is not None and is_secret_member(name) else masked(item, depth + 1)
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
    """A body as it is; or, if that holds secrets, its data or text without them."""
    if body[:_SHOWN].lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError, RecursionError):
            data = json.loads(body)
            masked = in_data(data)
            return body if masked == data else masked
    text = body[:_LARGEST_TEXT].decode("latin-1")
    shown = in_text(text)
    return body if shown == text else shown.encode("latin-1") + body[_LARGEST_TEXT:]


def in_value(value: Any, limit: int = LONGEST_VALUE) -> str:
    """What a test wrote, of whatever kind, for a message."""
    if type(value) is bytes:
        return short(in_body(value), limit)
    if type(value) is str:
        return short(in_text(value[:_LARGEST_TEXT]) + value[_LARGEST_TEXT:], limit)
    return in_text(short(in_data(value), limit))
