"""What differs from run to run: times near now, random identifiers, ports, temporary paths."""

from __future__ import annotations

import base64
import binascii
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any
from uuid import RFC_4122, UUID

from tripwire._values import is_a
from tripwire._writing._shapes import looks_random
from tripwire._writing._statement import ANY, Code

_DAY, _MINUTES = 86_400, 600
_LONGEST_PATTERN, _LONGEST = 300, 200_000
_EPHEMERAL = 32_768  # where ports begin that the system hands out, on Linux; elsewhere higher

_UUID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-zA-Z])")
_HEX_UUID = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{12}[47][0-9a-f]{3}[89ab][0-9a-f]{15}(?![0-9a-zA-Z])")
_ISO = re.compile(
    r"(?<![\d-])(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?(?![\d-])"
)
_BASIC_ISO = re.compile(r"(?<!\d)\d{8}T\d{6}Z")
_RFC = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})"
)
_EPOCH = re.compile(r"(?<![\w.-])\d{10}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?(?![\w-]|\.\w)")
_PORT = re.compile(
    r"(?i)(?:(?<![\w.])127(?:\.\d{1,3}){3}|\[::1\]|(?<![\w.])0\.0\.0\.0|(?<![\w-])localhost):(\d{5})(?!\d)"
)
_BOUNDARY = re.compile(r"boundary=\"?([^\";,\s]{8,70})")
_DELIMITER = re.compile(r"\A(?:\r\n)?--([\w'()+,./:=?-]{12,70})\r\n")
_TOKEN = re.compile(r"(?<![\w+/=.-])[\w-]{20,128}(?![\w+/=-])")
_DIGEST_NAME = re.compile(
    r"(?i)sha|hash|digest|checksum|etag|commit|rev|md5|fingerprint|integrity|version|signature"
)
_RANDOM_NAME = re.compile(
    r"(?i)(?:.*[-_.])?(?:nonce|state|[cx]srf|jti|challenge|(?:code[-_]?)?verifier|boundary|traceparent|trace[-_]?id|span[-_]?id"
    r"|(?:request|correlation|invocation|transaction|session)[-_]?id|idempotency[-_]?key)"
)
_TIME_NAME = re.compile(r"(?i)(?:.*[-_])?(?:exp|iat|nbf|expir\w*|time\w*|date|ts|at)|.*(?:[a-z]At|Time|Date)")
_PID_NAME = re.compile(r"(?i)(?:.*[-_])?p?pid|(?:parent[-_]?)?process[-_]?id")
_ENCODED = re.compile(r"-----BEGIN |base64,|sha\d{3}[-:=]")

Found = tuple[int, int, str, str]
"""Where something volatile stands in a text, a pattern for it, and what it is in words."""


class Volatile:
    """What differs from run to run, unless the test's own text has it.

    `matchers`: whether dirty-equals is there. `temporary` are more folders for temporary files.
    """

    def __init__(
        self, *, matchers: bool, temporary: Sequence[str] = (), test_file: str | None = None
    ) -> None:
        self._matchers, self._temporary, self._test_file = matchers, temporary, test_file

    @cached_property
    def _test(self) -> str:
        with suppress(OSError, TypeError):
            return Path(self._test_file or "").read_text(encoding="utf-8", errors="replace")
        return ""

    def code(self, value: Any, name: str, *, constant: bool = False) -> Code | None:
        """The matcher for a value that is volatile; None for one that is not.

        `constant`: a second recording had the same value, so it is not random; it may still be a time.
        """
        if is_a(value, str):
            return self._of_text(str.__str__(value), name, "IsStr", constant)
        if type(value) is bytes:
            return self._of_text(value.decode("latin-1"), name, "IsBytes", constant)
        if is_a(value, datetime):
            return self._matcher("IsDatetime()", "a time") if _is_near(value) else None
        if is_a(value, date):
            return self._matcher("IsDate()", "a date") if _is_today(value) else None
        if is_a(value, UUID):
            random = _is_random(value) and not constant and not self._has(str(value))
            return self._matcher("IsUUID()", "a UUID") if random else None
        if type(value) in (int, float):
            return self._of_number(value, name)
        if is_a(value, PurePath) and any(self._paths(str(value))) and not self._has(str(value)):
            return Code(ANY.text, ANY.imports, "a temporary path")
        return None

    def anything_like(self, value: Any) -> Code:
        """The matcher for a value that a second recording had otherwise."""
        kinds = {str: "IsStr", bytes: "IsBytes", int: "IsInt", float: "IsFloat", datetime: "IsDatetime"}
        kinds |= {date: "IsDate", UUID: "IsUUID"}
        name = kinds.get(type(value))
        why = "differs from recording to recording"
        return self._matcher(f"{name}()", why) if name else Code(ANY.text, ANY.imports, why)

    def _matcher(self, text: str, what: str) -> Code:
        if not self._matchers:
            return Code(ANY.text, ANY.imports, what)
        return Code(text, frozenset({f"from dirty_equals import {text.partition('(')[0]}"}))

    def _has(self, text: str) -> bool:
        return text in self._test

    def _of_number(self, value: float, name: str) -> Code | None:
        what = ""
        if _is_epoch(value, offsets=_TIME_NAME.fullmatch(name) is not None):
            what = "a time"
        elif type(value) is int and _PID_NAME.fullmatch(name) and value > 0:
            what = "a process id"
        elif type(value) is int and re.fullmatch("(?i)(?:.*_)?port", name) and _EPHEMERAL <= value < 65_536:
            what = "a port"
        if not what or self._has(str(value)):
            return None
        return self._matcher("IsPositiveInt()" if type(value) is int else "IsPositiveFloat()", what)

    def _of_text(self, text: str, name: str, matcher: str, constant: bool) -> Code | None:
        if len(text) > _LONGEST or not text:
            return None
        if re.fullmatch("(?i)(?:http[-_])?user[-_]agent", name):
            product = re.match(r"[\w.-]+/", text)
            pattern = f"{_escaped(product[0])}.+" if product else ".+"
            return None if self._has(text) else self._pattern(pattern, "a User-Agent", matcher)
        found = self._found(text, name, constant)
        if not found:
            return None
        what = " and ".join(dict.fromkeys(one[3] for one in found))
        if len(found) == 1 and found[0][:2] == (0, len(text)) and matcher == "IsStr":
            whole = {"a UUID": "IsUUID()", "a date": "IsDate(iso_string=True)"}.get(what)
            if whole:
                return self._matcher(whole, what)
            if what == "a time" and "T" in text and "Z" not in text and ":" in text and "," not in text:
                return self._matcher("IsDatetime(iso_string=True)", what)
        pattern, done = "", 0
        for start, end, part, _ in found:
            pattern += _escaped(text[done:start]) + part
            done = end
        return self._pattern(pattern + _escaped(text[done:]), what, matcher)

    def _pattern(self, pattern: str, what: str, matcher: str) -> Code:
        if len(pattern) > _LONGEST_PATTERN or not pattern.isascii() or not pattern.isprintable():
            return Code(ANY.text, ANY.imports, what)
        quote = '"' if "'" in pattern else "'"
        if quote in pattern or pattern.endswith("\\"):
            return Code(ANY.text, ANY.imports, what)
        prefix = ("r" if "\\" in pattern else "") + ("b" if matcher == "IsBytes" else "")
        return self._matcher(f"{matcher}(regex={prefix}{quote}{pattern}{quote})", what)

    def _found(self, text: str, name: str, constant: bool) -> list[Found]:
        """What is volatile in a text, in order."""
        found = [*_times(text), *_ports(text), *_pids(text), *self._paths(text)]
        if not constant:
            found += [*_boundaries(text), *_identifiers(text), *_tokens(text, name)]
        kept: list[Found] = []
        for one in sorted(found, key=lambda one: (one[0], -one[1])):
            known = one[3] != "a port" and self._has(text[one[0] : one[1]])
            if not known and (not kept or one[0] >= kept[-1][1]):
                kept.append(one)
        return kept

    def _paths(self, text: str) -> Iterator[Found]:
        for root in dict.fromkeys((*self._temporary, *_roots())):
            start = text.find(root)
            while start >= 0:
                end = start + len(root)
                rest = re.match(r"[\\/]+([^\\/\s\"':,;]*)", text[end:])
                is_whole = rest is not None or end == len(text)
                if start and (text[start - 1].isalnum() or text[start - 1] in "._-"):
                    pass  # another folder of that name
                elif root in self._temporary and is_whole:
                    yield start, end, ".+", "a temporary path"
                elif rest is not None and (random := _random_folder(text[end:])):
                    yield start, end + random, ".+", "a temporary path"
                start = text.find(root, end)


def _roots() -> Iterator[str]:
    folder = tempfile.gettempdir()
    yield from (os.path.realpath(folder), folder)
    if root := os.environ.get("PYTEST_DEBUG_TEMPROOT"):
        yield from (os.path.realpath(root), root)


def _random_folder(rest: str) -> int:
    """How far, behind the folder for temporary files, the part of a path goes that nobody has chosen."""
    pytest_s = re.match(r"[\\/]pytest-of-[^\\/]+[\\/]pytest-(?:\d+|current)(?:[\\/]popen-gw\d+)?", rest)
    if pytest_s:
        return pytest_s.end()
    mine = re.match(
        r"[\\/][^\\/\s\"':,;]*?(?=[a-z0-9_]{8}(?![a-z0-9]))(?:(?<=[\\/]tmp)|(?<=[-_.]))[a-z0-9_]{8}", rest
    )
    if mine and (rest[1:4] == "tmp" or re.search(r"\d", mine[0][-8:])):
        return mine.end()
    return 0


def _times(text: str) -> Iterator[Found]:
    for found in _ISO.finditer(text):
        day, hour, second, fraction, zone = found.groups()
        if hour is None:
            with suppress(ValueError):
                if _is_today(date.fromisoformat(day)):
                    yield found.start(), found.end(), r"\d{4}-\d\d-\d\d", "a date"
            continue
        zone = "+00:00" if zone == "Z" else zone and f"{zone[:3]}:{zone[-2:]}"
        with suppress(ValueError, OverflowError):
            shown = f"{day}T{hour}{second or ':00'}.{(fraction or '')[:6]:0<6}{zone or ''}"
            if _is_near(datetime.fromisoformat(shown)):
                yield found.start(), found.end(), r"\d{4}-\d\d-\d\d[T ][\d:.,]+(Z|[+-][\d:]+)?", "a time"
    for found in _BASIC_ISO.finditer(text):
        with suppress(ValueError):
            if _is_near(datetime.strptime(found[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)):
                yield found.start(), found.end(), r"\d{8}T\d{6}Z", "a time"
    for found in _RFC.finditer(text):
        with suppress(ValueError, TypeError, IndexError):
            if _is_near(parsedate_to_datetime(found[0])):
                yield found.start(), found.end(), r"\w{3}, \d+ \w{3} \d{4} [\d:]+ \S+", "a time"
    for found in _EPOCH.finditer(text):
        if _is_epoch(float(found[0])):
            yield found.start(), found.end(), r"[\d.]+" if "." in found[0] else r"\d+", "a time"


def _ports(text: str) -> Iterator[Found]:
    for found in _PORT.finditer(text):
        if _EPHEMERAL <= int(found[1]) < 65_536:
            yield found.start(1), found.end(1), r"\d+", "a port"


def _pids(text: str) -> Iterator[Found]:
    for found in re.finditer(rf"(?i)(?:(?<=/proc/)|(?<=pid[=:_ -])){os.getpid()}(?!\d)", text):
        yield found.start(), found.end(), r"\d+", "a process id"


def _boundaries(text: str) -> Iterator[Found]:
    for found in _BOUNDARY.finditer(text):
        yield found.start(1), found.end(1), r"[^\";]+" if '"' in found[0] else r"\S+", "a boundary"
    if delimiter := _DELIMITER.match(text):
        for found in re.finditer(re.escape(delimiter[1]), text):
            yield found.start(), found.end(), r"[^\r\n]+?", "a boundary"


def _identifiers(text: str) -> Iterator[Found]:
    for found in (*_UUID.finditer(text), *_HEX_UUID.finditer(text)):
        if _is_random(UUID(found[0])):
            pattern = r"[0-9a-fA-F-]{36}" if "-" in found[0] else r"[0-9a-f]{32}"
            yield found.start(), found.end(), pattern, "a UUID"


def _tokens(text: str, name: str) -> Iterator[Found]:
    if _DIGEST_NAME.search(name) or _ENCODED.search(text):
        return
    is_one = _RANDOM_NAME.fullmatch(name) and re.fullmatch(r"(?=.*\d)[\w.+/=:-]{16,200}", text)
    if is_one and (looks_random(text, 16) or re.fullmatch(r"(?i)(?=.*[a-f])[0-9a-f.-]{16,}", text)):
        yield 0, len(text), r"\S+", "a token"
    for found in _TOKEN.finditer(text):
        if looks_random(found[0]) and not _is_encoded_text(found[0]):
            yield found.start(), found.end(), r"[\w-]+", "a token"


def _is_encoded_text(text: str) -> bool:
    """Whether it is the base64 of something readable."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").isprintable()
    except (binascii.Error, ValueError):
        return False


def _escaped(text: str) -> str:
    r"""A text within a pattern. What `re.escape` makes of spaces and hyphens nobody would write."""
    shown = re.sub(r"[.^$*+?{}\[\]\\|()]", r"\\\g<0>", text)
    return shown.replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")


def _is_near(value: datetime) -> bool:
    """Whether a time is about now, or what a program gets that adds whole days to now."""
    now = datetime.now(timezone.utc)
    nows = [now] if value.tzinfo is not None else [now.replace(tzinfo=None), datetime.now()]
    return any(_is_close((value - one).total_seconds(), offsets=value.second > 0) for one in nows)


def _is_close(distance: float, *, offsets: bool) -> bool:
    if abs(distance) <= _DAY:
        return True
    within = (distance + _MINUTES) % _DAY
    return offsets and abs(distance) <= 400 * _DAY and within <= 2 * _MINUTES


def _is_today(value: date) -> bool:
    return abs(value - date.today()) <= timedelta(days=1)


def _is_epoch(value: float, *, offsets: bool = False) -> bool:
    now = datetime.now().timestamp()
    if not 0.5 * now < value < 2e9 * now:
        return False
    return any(_is_close(value / scale - now, offsets=offsets) for scale in (1, 1e3, 1e6, 1e9))


def _is_random(value: UUID) -> bool:
    """Whether a UUID is not one that a person has made up, nor made of a name, nor one of long ago."""
    if value.variant != RFC_4122 or len(set(value.hex)) < 8 or value.hex.startswith("12345678"):
        return False
    if value.version == 1:
        return _is_epoch((value.time - 0x01B21DD213814000) / 1e7)
    return value.version in (4, 6) or (value.version == 7 and _is_epoch(value.int >> 80))
