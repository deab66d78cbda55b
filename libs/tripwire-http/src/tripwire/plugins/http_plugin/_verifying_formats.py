"""The formats of strings and numbers that can be told apart without doubt."""

from __future__ import annotations

import re
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())
NO_OFFSET = "a date-time without an offset, as some frameworks send it"
NO_COLON = "a date-time without a colon in its offset, as some services send it"
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?P<offset>[Zz]|[+-]\d\d:?\d\d)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\s-]*={0,2}\s*")  # of either alphabet
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]*")


class NotKnownError(Exception):
    """Nobody can know whether a value is right; its text says why, in words that others share."""


@FORMATS.checks("date-time", raises=NotKnownError)
def _is_date_time(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    found = _DATE_TIME.fullmatch(value)
    if found is None or not _is_date(value[:10]):
        return False
    try:
        # A leap second is one in the specification, and none in Python.
        datetime.strptime(value[11:19].replace(":60", ":59"), "%H:%M:%S")
    except ValueError:
        return False
    if found["offset"] is None:
        raise NotKnownError(NO_OFFSET)
    if len(found["offset"]) == len("+0000"):
        raise NotKnownError(NO_COLON)
    return True


@FORMATS.checks("date")
def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


@FORMATS.checks("uuid")
def _is_uuid(value: Any) -> bool:
    return not isinstance(value, str) or _UUID.fullmatch(value) is not None


@FORMATS.checks("email")
def _is_email(value: Any) -> bool:
    return not isinstance(value, str) or "@" in value


@FORMATS.checks("uri")
def _is_uri(value: Any) -> bool:
    return not isinstance(value, str) or _URI.fullmatch(value) is not None


@FORMATS.checks("ipv4")
def _is_ipv4(value: Any) -> bool:
    return not isinstance(value, str) or _version(value) == 4


@FORMATS.checks("ipv6")
def _is_ipv6(value: Any) -> bool:
    return not isinstance(value, str) or _version(value) == 6


def _version(address: str) -> int:
    try:
        return ip_address(address).version
    except ValueError:
        return 0


@FORMATS.checks("byte")
def _is_byte(value: Any) -> bool:
    return not isinstance(value, str) or _BASE64.fullmatch(value) is not None


@FORMATS.checks("int32")
def _is_int32(value: Any) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("int64")
def _is_int64(value: Any) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63
