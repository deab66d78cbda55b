"""From what a test writes to a reply: every wrong argument is one clear error."""

from __future__ import annotations

import json as json_module
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tripwire import _messages
from tripwire._unset import UNSET
from tripwire.plugins.http_plugin._exchange import Reply
from tripwire.plugins.http_plugin._headers import Headers

HeaderFields = Mapping[str, str] | Sequence[tuple[str, str]] | Headers

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_BODILESS = (204, 304)


def method_name(method: object) -> str:
    """A method in capitals.

    Raises:
        TypeError, ValueError: it is no name of a method.
    """
    if not isinstance(method, str):
        raise TypeError(f"method must be a string such as 'GET', not {_messages.short(method)}")
    if not _TOKEN.fullmatch(method):
        raise ValueError(f"method {method!r} is no HTTP method; write a single word such as 'GET'")
    return method.upper()


def an_error(raises: object) -> BaseException:
    """The exception to raise.

    Raises:
        TypeError: it is no instance of an exception.
    """
    if isinstance(raises, BaseException):
        return raises
    if isinstance(raises, type) and issubclass(raises, BaseException):
        raise TypeError(
            f"raises must be an exception instance: write {raises.__name__}('...'), not the class"
        )
    raise TypeError(f"raises must be an exception instance, not {_messages.short(raises)}")


def a_bool(required: object) -> bool:
    """Whether a mock is required.

    Raises:
        TypeError: it is no bool.
    """
    if not isinstance(required, bool):
        raise TypeError(f"required must be True or False, not {_messages.short(required)}")
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
    return Reply(code, Headers(fields), content)


def _status(status: object) -> int:
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"status must be a number such as 200, not {_messages.short(status)}")
    if not 200 <= status <= 999:
        raise ValueError(
            f"status {int(status)} is none that a response can end with; write one from 200 to 999"
        )
    return int(status)


def _serialised(json: Any) -> bytes:
    try:
        text = json_module.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"json={_messages.short(json)} cannot be written as JSON: {error}; "
            "give what json.dumps takes, or the finished text as body"
        ) from error


def _bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise TypeError(f"body must be bytes or a string, not {_messages.short(body)}; data goes into json")


def _fields(headers: object) -> Iterable[tuple[str, str]]:
    if headers is None:
        return
    pairs: Iterable[object]
    if isinstance(headers, Headers):
        pairs = headers.pairs
    elif isinstance(headers, Mapping):
        pairs = headers.items()
    elif isinstance(headers, (list, tuple)):
        pairs = headers
    else:
        raise TypeError(f"headers must be a mapping or a list of pairs, not {_messages.short(headers)}")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise TypeError(
                f"headers: a name and its value must both be strings, not {_messages.short(pair)}"
            )
        name, value = pair
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"headers: {name!r} is no name of a header field")
        if not _VALUE.fullmatch(value):
            raise ValueError(
                f"headers: the value {value!r} of {name!r} cannot be sent; "
                "it must be one line of Latin-1 text without outer space"
            )
        yield name, value


def _check_length(fields: list[tuple[str, str]], content: bytes, *, bodiless: bool) -> None:
    stated = next(value for name, value in fields if name.lower() == "content-length")
    if stated != str(len(content)) and not (bodiless and not content):
        raise ValueError(
            f"headers say Content-Length {stated}, but the body has {len(content)} bytes; "
            "leave the header out, it is set for you"
        )
