"""What gives a secret away by its shape, whatever it is called; and what is written in its place."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import pairwise

PLACEHOLDER = "placeholder"
_COLON = base64.b64encode(f"{PLACEHOLDER}:{PLACEHOLDER}".encode()).decode()
_JWT = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"none"}', b'{"sub":"placeholder"}')
)

HARMLESS = re.compile(
    r"\W*|placeholder|null|none|true|false|undefined|xxx+|\$\w+|\$\{[^}]*\}|\$\([^)]*\)|\{\{?[^}]*\}?\}"
    r"|%\(?\w*\)?[sd]|%\w+%|:\w+|<[^>]*>|\[[^\]]*\]",
    re.IGNORECASE,
)
"""What stands where a secret would stand, and is none: a variable, a parameter of a query, a mask."""

_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
# What each service puts in front of the tokens it gives out, and what may follow.
_PREFIXED = re.compile(
    _START
    + r"(?P<keep>"
    + "|".join(
        f"{prefix}(?={rest}{_END})"
        for prefix, rest in (
            (r"(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)", r"[A-Z0-9]{16}"),
            (r"gh[pousr]_", r"[A-Za-z0-9]{30,255}"),
            (r"github_pat_", r"\w{22,255}"),
            (r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-", r"[\w.-]{20,255}"),
            (r"xox[abeoprs]-", r"[\w.-]{10,255}"),
            (r"xapp-", r"[\w-]{20,255}"),
            (r"(?:sk|rk)_(?:live|test)_", r"[A-Za-z0-9]{10,255}"),
            (r"whsec_", r"[A-Za-z0-9+/=]{20,255}"),
            (r"sk-ant-", r"[\w-]{20,255}"),
            (r"sk-(?:proj-|svcacct-|admin-|or-v1-)?", r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,255}"),
            (r"AIza", r"[\w-]{35}"),
            (r"ya29\.", r"[\w.-]{20,2048}"),
            (r"GOCSPX-", r"[\w-]{20,64}"),
            (r"npm_", r"[A-Za-z0-9]{36}"),
            (r"pypi-", r"[\w-]{50,512}"),
            (r"hf_", r"[A-Za-z0-9]{30,64}"),
            (r"SG\.", r"[\w-]{16,32}\.[\w-]{32,64}"),
            (r"shp(?:at|ca|pa|ss)_", r"[0-9a-fA-F]{32}"),
            (r"do[opr]_v1_", r"[0-9a-f]{64}"),
            (r"dckr_pat_", r"[\w-]{20,64}"),
            (r"hv[sb]\.", r"[\w-]{20,255}"),
            (r"dapi", r"[0-9a-f]{32}"),
            (r"key-", r"[0-9a-f]{32}"),
            (r"SK", r"[0-9a-f]{32}"),
            (r"NRAK-", r"[A-Z0-9]{27}"),
            (r"lin_api_", r"[A-Za-z0-9]{32,64}"),
            (r"AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
            (r"\d{8,10}:AA", r"[\w-]{33}"),
        )
    )
    + r")[\w.+/=-]+"
)
_KEPT = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"(?P<keep>https://hooks\.slack\.com/(?:services|workflows)/)[\w/]+",
        r"(?P<keep>https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/)\d+/[\w-]+",
        r"(?P<keep>-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\r?\n|\\n)?)[^-]{1,20000}?"
        r"(?P<tail>(?:\r?\n|\\n)-----END |-----END |\Z)",
        r"(?P<keep>(?:AccountKey|SharedAccessKey|SharedAccessSignature)=)[^;\s\"']{8,}",
        r"(?P<keep>\b(?:PASSWORD|IDENTIFIED BY|Password|password|identified by) ')[^']+(?P<tail>')",
    )
)
_TOKEN = re.compile(rf"{_START}eyJ[\w-]{{8,}}\.[\w-]{{8,}}(?:\.[\w-]*){{1,3}}")
_SCHEME = re.compile(
    r"(?P<keep>(?<![\w-])(?P<scheme>basic|bearer) +)(?P<rest>[\w.~+/-]{6,}=*)(?![\w.])", re.IGNORECASE
)
_USERINFO = re.compile(
    r"(?P<keep>[a-z][\w+.-]{0,30}://)(?P<user>[^\s/@:?#\"'<>]{0,256})(?P<password>:[^\s/?#\"'<>]{1,512})?@",
    re.I,
)
_CARD = re.compile(r"(?<![\w.,:/=&%+-])(?:\d[ -]?){12,18}\d(?![\w.,:/%+-]?\w)")
_MIXED = re.compile(r"(?<![\w+/=.-])[A-Za-z0-9+/]{40}(?![\w+/=.-])")
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}|62\d{14,17}"
)

Span = tuple[int, int, str]
"""Where a secret stands in a text, and what takes its place."""


def spans(text: str) -> Iterator[Span]:
    """The secrets of a text that have the shape of one."""
    for pattern in (_PREFIXED, *_KEPT):
        for found in pattern.finditer(text):
            groups = found.groupdict()
            keep, tail = groups["keep"], groups.get("tail") or ""
            if not HARMLESS.fullmatch(found[0][len(keep) : len(found[0]) - len(tail)].strip()):
                yield found.start(), found.end(), f"{keep}{PLACEHOLDER}{tail}"
    for found in _TOKEN.finditer(text):
        if not found[0].startswith(_JWT):
            yield found.start(), found.end(), f"{_JWT}.{PLACEHOLDER}"
    yield from _userinfo(text)
    yield from _schemes(text)
    for found in _MIXED.finditer(text):
        if looks_random(found[0]) and not found[0].isalpha():
            yield found.start(), found.end(), PLACEHOLDER
    for found in _CARD.finditer(text):
        if is_card(found[0]):
            yield found.start(), found.end(), re.sub(r"\d", "0", found[0])


def _userinfo(text: str) -> Iterator[Span]:
    for found in _USERINFO.finditer(text):
        user, password = found["user"], found["password"]
        if password is not None and not HARMLESS.fullmatch(password[1:]):
            yield found.start(), found.end(), f"{found['keep']}{user}:{PLACEHOLDER}@"
        elif password is None and looks_random(user, at_least=16):
            yield found.start(), found.end(), f"{found['keep']}{PLACEHOLDER}@"


def _schemes(text: str) -> Iterator[Span]:
    for found in _SCHEME.finditer(text):
        rest, is_basic = found["rest"], found["scheme"].lower() == "basic"
        if HARMLESS.fullmatch(rest) or rest.startswith((_COLON, _JWT)):
            continue
        if is_basic and _is_pair(rest):
            yield found.start(), found.end(), f"{found['keep']}{_COLON}"
        elif not is_basic and re.search(r"\d", rest) and len(rest) >= 8:
            yield found.start(), found.end(), f"{found['keep']}{PLACEHOLDER}"


def _is_pair(text: str) -> bool:
    """Whether a text is the base64 of a name and a password."""
    try:
        return b":" in base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def after_scheme(value: str) -> str:
    """The placeholder for what is known to be secret: of an Authorization header the scheme stays."""
    scheme, space, rest = value.partition(" ")
    if not space or not re.fullmatch(r"[A-Za-z][\w-]{2,20}", scheme) or not rest:
        return PLACEHOLDER
    return f"{scheme} {_COLON if scheme.lower() == 'basic' else PLACEHOLDER}"


def is_stand_in(value: str) -> bool:
    """Whether a text is what we put in the place of a secret, or what others put there."""
    rest = value.partition(" ")[2] or value
    return any(HARMLESS.fullmatch(one) for one in (value, rest)) or rest.startswith((_COLON, _JWT))


def is_card(text: str) -> bool:
    """Whether digits, with spaces or hyphens between, are the number of a payment card."""
    digits = re.sub("[ -]", "", text)
    if not _ISSUERS.fullmatch(digits) or len(set(digits)) < 3:
        return False
    doubled = [int(one) * (2 if number % 2 else 1) for number, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def looks_random(text: str, at_least: int = 20) -> bool:
    """Whether nobody would have thought of a text: letters of both cases and digits, often changing."""
    if len(text) < at_least or not (any(c.islower() for c in text) and any(c.isupper() for c in text)):
        return False
    if not any(c.isdigit() for c in text) or len(set(text)) < min(24, 0.4 * len(text)):
        return False
    kinds = ["a" if c.islower() else "A" if c.isupper() else "1" if c.isdigit() else "-" for c in text]
    changes = sum(one != other for one, other in pairwise(kinds))
    return changes >= 0.4 * len(text)
