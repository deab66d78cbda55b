"""What is a secret, by its name or its shape, and what is written in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from tripwire._values import is_a
from tripwire._writing import _shapes
from tripwire._writing._shapes import PLACEHOLDER, Span

_WORDS = re.compile(
    r"(?:^|-)(?:(?:proxy)?authorization|(?:set)?cookies?|[a-z]*passw(?:or)?d|passphrase|passcode|[a-z]*pwd"
    r"|[a-z]*secrets?|[a-z]*token|[a-z]*api-?keys?|(?:aws-?)?access-?key(?:-?id)?|(?:private|signing|encryption"
    r"|auth|master|shared|account|subscription|license|service|hmac)-?key|session-?(?:id|key)|[a-z]*sessid|sid"
    r"|credentials?|creds|signature|jwt|otp|totp|cvv|cvc|cvc2|card-?number|ssn|sas)(?:-|$)"
)
_WEAK = re.compile(r"(?:.*-)?(?:auth|session|sig|pin|pat|bearer)")
_HARMLESS_END = re.compile(
    r".*-(?:types?|names?|counts?|limits?|ur[il]s?|endpoints?|path|file|expir\w+|expires(?:-(?:in|at))?|ttl|length|size"
    r"|policy|enabled|disabled|required|prefix|hint|lifetime|algorithm|alg|method|status|version|at|in|age|usage"
    r"|budget|format|fields?|headers?|labels?|created|updated|strength|reset|changed|consent|banner|domain"
    r"|provider|rotation|scopes?|index|per-.*|(?:token|credential|api-key|password|cookie)-id)"
)
_HARMLESS_START = re.compile(
    r"(?:max|min|num|total|prompt|completion|input|output|next|prev(?:ious)?|page|continuation|has|is|uses?|requires?"
    r"|allow|accept|forgot|reset|show|with|no|start|end|eos|bos|pad|unk|stop)-.*|.*page-?token"
)
_QUOTED = r""""(?:[^"\\]|\\.){0,20000}"|'(?:[^'\\]|\\.){0,20000}'"""
_IN_TEXT = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r'\bname="(?P<name>[^"\r\n]{1,100})"\r?\n(?:[^\r\n]{1,300}\r?\n){0,6}\r?\n(?P<value>[^\r\n]+)', 0),
        (
            rf"""\\?["'](?P<name>[\w.-]{{1,100}})\\?["']\s{{0,5}}:\s{{0,5}}(?P<value>{_QUOTED}|\\"[^"\\]+\\"|\d+)""",
            re.DOTALL,
        ),
        (r"<(?P<name>[\w:.-]{1,100})>(?P<value>[^<\s]+)</", 0),
        (
            rf"""(?:^|(?<=[\s"'(,;?&#{{-]))(?P<name>[\w.%\[\]-]{{1,100}})=(?P<value>{_QUOTED}|[^&#;,\s"')}}]+)""",
            re.MULTILINE,
        ),
        (rf"""(?:^|(?<=[\s(,]))(?P<name>\w{{1,100}})\s{{1,3}}=\s{{1,3}}(?P<value>{_QUOTED})""", re.MULTILINE),
        (
            r"""(?:^|(?<=["']))(?P<name>[A-Za-z][\w-]{1,100}): *(?P<value>[^\s"':{\[][^\r\n"']*)""",
            re.MULTILINE,
        ),
        (r"(?:^|(?<=\s))--(?P<name>[a-z][\w-]{1,60})\s+(?P<value>[^\s-]\S*)", 0),
    )
)
_MEMBER = ("name", "key", "header", "field")
_LONGEST = 200_000  # what is longer is not written


class Hidden:
    """What is secret in a project. `added` are names (`*` stands for anything) and, between slashes, patterns."""

    def __init__(self, added: Sequence[str] = ()) -> None:
        patterns = [one[1:-1] for one in added if is_pattern(one)]
        names = [re.escape(one.lower()).replace(r"\*", ".*") for one in added if not is_pattern(one)]
        self._names = re.compile("|".join(names)) if names else None
        self._patterns = [re.compile(one) for one in patterns]

    def is_named(self, name: str, value: object = PLACEHOLDER) -> bool:
        """Whether what has this name, and this value, is a secret."""
        if value is None or type(value) is bool or not name or len(name) > 200:
            return False
        if self._names is not None and self._names.fullmatch(name.lower()):
            return True
        plain = _plain(name)
        if _WORDS.search(plain):
            return not _HARMLESS_END.fullmatch(plain) and not _HARMLESS_START.fullmatch(plain)
        if not _WEAK.fullmatch(plain) or _HARMLESS_START.fullmatch(plain):
            return False
        text = _text(value)
        if text is None:
            return not is_a(value, (list, tuple, dict))  # type: ignore[arg-type]
        return " " in text.strip() or any(c.isdigit() for c in text) or len(text) >= 16

    def replaced(self, text: str, name: str = "") -> str | None:
        """A text without its secrets; None if it has none."""
        if len(text) > _LONGEST:
            return None
        if name and self.is_named(name, text):
            return self._named(text, name)
        return self._without(text)

    def _named(self, text: str, name: str) -> str | None:
        plain = _plain(name)
        if not text.strip() or _shapes.is_stand_in(text):
            return None
        if plain.endswith("cookie") and "=" in text:
            pairs = text.split(";")
            kept = pairs[1:] if plain.startswith("set") else []
            changed = [_pair(one) for one in (pairs[:1] if kept else pairs)]
            return _unless_same(";".join([*changed, *kept]), text)
        shown = _cut_out(text, _shapes.spans(text))
        if shown is not None and ("://" in text or "-----" in text or text.startswith("eyJ")):
            return shown
        return _shapes.after_scheme(text)

    def _without(self, text: str) -> str | None:
        return _cut_out(text, [*_shapes.spans(text), *self._in_text(text)])

    def _in_text(self, text: str) -> Iterator[Span]:
        """What follows the name of a secret, however the two are written, and what the project's patterns find."""
        for pattern in self._patterns:
            yield from (
                (one.start(), one.end(), PLACEHOLDER)
                for one in pattern.finditer(text)
                if one[0] != PLACEHOLDER
            )
        for number, pattern in enumerate(_IN_TEXT):
            for one in pattern.finditer(text):
                name, value = unquote_plus(one["name"]), one["value"]
                bare = value.strip("\\\"'")
                if not self.is_named(name, bare) or _shapes.is_stand_in(bare):
                    continue
                if number == 5 and " " in bare and not re.search("(?i)authorization|cookie", name):
                    continue  # a sentence
                start = one.start("value") + value.index(bare)
                instead = self._named(bare, name) or PLACEHOLDER
                yield (
                    start,
                    start + len(bare),
                    "0" * len(bare) if value.isdigit() and number == 1 else instead,
                )


def stand_in(value: Any) -> Any:
    """A harmless value of the same type for a secret that is no text; Ellipsis where there is none."""
    if type(value) in (int, float, Decimal):
        return type(value)(0)
    if is_a(value, UUID):
        return UUID(int=0)
    return value if is_a(value, date) else ...


def _cut_out(text: str, spans: Iterable[Span]) -> str | None:
    """A text with other texts in the place of some spans; of those that overlap the first. None if nothing changes."""
    parts, done = [], 0
    for start, end, instead in sorted(set(spans), key=lambda one: (one[0], -one[1])):
        if start >= done:
            parts += [text[done:start], instead]
            done = end
    return _unless_same("".join([*parts, text[done:]]), text)


def is_pattern(entry: str) -> bool:
    """Whether an entry of the configuration is a pattern for values, and not a name."""
    return len(entry) > 2 and entry[0] == entry[-1] == "/"


def name_in(item: object) -> str:
    """A name as text, of whatever kind it is; empty if it is none."""
    text = _text(item)
    return "" if text is None else text


def member_name(value: dict[Any, Any]) -> str:
    """The name of the `value` of a mapping that has both: of a header, of an environment variable."""
    if "value" not in value:
        return ""
    return next((name_in(value[one]) for one in _MEMBER if one in value), "")


def _text(value: object) -> str | None:
    if type(value) is bytes:
        return value.decode("latin-1")
    return str.__str__(value) if is_a(value, str) else None


def _plain(name: str) -> str:
    """A name in lower case, its words between hyphens."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-").removeprefix("x-")


def _pair(text: str) -> str:
    name, equals, value = text.partition("=")
    return text if not value or _shapes.is_stand_in(value) else f"{name}{equals}{PLACEHOLDER}"


def _unless_same(shown: str, text: str) -> str | None:
    return None if shown == text else shown
