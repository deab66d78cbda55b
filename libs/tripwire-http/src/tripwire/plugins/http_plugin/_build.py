"""From what a test writes to a reply: every wrong argument is one clear error."""

from __future__ import annotations

import json as json_module
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from tripwire._unset import UNSET
from tripwire._values import LONGEST_VALUE, PASSES, cut, is_a, items_of, short
from tripwire.plugins.http_plugin._exchange import Reply, phrase
from tripwire.plugins.http_plugin._headers import Headers

HeaderFields = Mapping[str, str] | Sequence[tuple[str, str]] | Headers

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_MOST_PARTS = 500_000
_BODILESS = (204, 304)


def method_name(method: object) -> str:
    """A method in capitals.

    Raises:
        TypeError, ValueError: it is no name of a method.
    """
    if not is_a(method, str):
        raise TypeError(f"method must be a string such as 'GET', not {short(method)}")
    if not _TOKEN.fullmatch(method):
        raise ValueError(f"method {short(method)} is no HTTP method; write a single word such as 'GET'")
    return method.upper()


def an_error(raises: object) -> BaseException:
    """The exception to raise.

    Raises:
        TypeError: it is no instance of an exception.
    """
    if is_a(raises, BaseException):
        return raises
    if is_a(raises, type) and issubclass(raises, BaseException):
        raise TypeError(
            f"raises must be an exception instance: write {raises.__name__}('...'), not the class"
        )
    raise TypeError(f"raises must be an exception instance, not {short(raises)}")


def a_bool(required: object) -> bool:
    """Whether a mock is required.

    Raises:
        TypeError: it is no bool.
    """
    if not is_a(required, bool):
        raise TypeError(f"required must be True or False, not {short(required)}")
    return required


def reply(method: str, *, json: Any, body: object, status: object, headers: HeaderFields | None) -> Reply:
    """The reply of a mock; its headers are those given, and what describes the body.

    Raises:
        TypeError, ValueError: naming the argument, its value and the remedy.
    """
    code = _status(status)
    if json is not UNSET and body is not None:
        raise ValueError("json and body were both given; a response has one body, so leave one of them out")
    content = _serialised(json) if json is not UNSET else _bytes(body)
    if code in _BODILESS and content:
        raise ValueError(
            f"a response of status {code} has no body; leave json and body out, or change the status"
        )
    fields = list(_fields(headers))
    names = {name.lower() for name, _ in fields}
    if json is not UNSET and "content-type" not in names:
        fields.append(("Content-Type", "application/json"))
    bodiless = code in _BODILESS or method == "HEAD"
    if "content-length" in names:
        _check_length(fields, content, bodiless=bodiless)
    elif "transfer-encoding" not in names and code not in _BODILESS:
        fields.append(("Content-Length", str(len(content))))
    return Reply(code, Headers(fields), content, reason=phrase(code))


def _status(status: object) -> int:
    if not is_a(status, int) or is_a(status, bool):
        raise TypeError(f"status must be a number such as 200, not {short(status)}")
    if not 200 <= status <= 999:
        raise ValueError(
            f"status {short(int(status))} is none that a response can end with; write one from 200 to 999"
        )
    return int(status)


def _serialised(json: Any) -> bytes:
    try:
        if _has_more_parts(json, _MOST_PARTS):
            raise ValueError(f"it holds itself, or more than {_MOST_PARTS:,} values")
        text = json_module.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except PASSES:
        raise
    except BaseException as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"json={short(json)} cannot be written as JSON: {cut(str(error), LONGEST_VALUE)}; "
            "give what json.dumps takes, or the finished text as body"
        ) from error


def _has_more_parts(json: object, most: int) -> bool:
    """Whether there are more values than that, each counted as often as it is written."""
    waiting = [json]
    while waiting and most > 0:
        one: Any = waiting.pop()
        if isinstance(one, (list, tuple, dict)):
            values = islice(one.values() if isinstance(one, dict) else one, most)
            before = len(waiting)
            waiting += values
            most -= len(waiting) - before
    return most <= 0


def _bytes(body: object) -> bytes:
    if body is None:
        return b""
    try:
        if is_a(body, str):
            return body.encode()
        if is_a(body, bytes) or is_a(body, bytearray) or is_a(body, memoryview):
            return bytes(body)
    except ValueError as error:
        raise ValueError(f"body={short(body)} cannot be sent: {error}; give the bytes themselves") from error
    raise TypeError(f"body must be bytes or a string, not {short(body)}; data goes into json")


def _fields(headers: object) -> Iterable[tuple[str, str]]:
    if headers is None:
        return
    pairs: Iterable[object] | None
    if is_a(headers, Headers):
        pairs = headers.pairs
    elif is_a(headers, list) or is_a(headers, tuple):
        pairs = headers
    else:
        pairs = items_of(headers)
    if pairs is None:
        raise TypeError(f"headers must be a mapping or a list of pairs, not {short(headers)}")
    for pair in pairs:
        if not is_a(pair, tuple) or len(pair) != 2 or not all(is_a(part, str) for part in pair):
            raise TypeError(f"headers: a name and its value must both be strings, not {short(pair)}")
        name, value = pair
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"headers: {short(name)} is no name of a header field")
        if not _VALUE.fullmatch(value):
            raise ValueError(
                f"headers: the value {short(value)} of {short(name)} cannot be sent; "
                "it must be one line of Latin-1 text without outer space"
            )
        yield name, value


def _check_length(fields: list[tuple[str, str]], content: bytes, *, bodiless: bool) -> None:
    stated = next(value for name, value in fields if name.lower() == "content-length")
    if stated != str(len(content)) and not (bodiless and not content):
        raise ValueError(
            f"headers say Content-Length {cut(stated, LONGEST_VALUE)}, but the body has {len(content)} bytes; "
            "leave the header out, it is set for you"
        )
