"""From what a test writes to a reply: every wrong argument is one clear error."""

from __future__ import annotations

import inspect
import json as json_module
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast, get_args

from tripwire._errors import wrong_use
from tripwire._unset import UNSET
from tripwire._values import LONGEST_VALUE, PASSES, cut, is_a, is_one_of, items_of, short
from tripwire.plugins.http_plugin import _stream
from tripwire.plugins.http_plugin._exchange import Failure, FailureName, phrase
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._outcome import Response

HeaderFields = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]] | Headers

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_MOST_PARTS = 500_000
_BODILESS = (204, 304)
_SCALARS = {str, int, float, bool, type(None)}
_JSON = json_module.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_VERSIONS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2")
_FAILURES = get_args(FailureName)


def method_name(method: object) -> str:
    """A method in capitals.

    Raises:
        TypeError, ValueError: it is no name of a method.
    """
    if not is_a(method, str):
        raise wrong_use(TypeError, f"method must be a string such as 'GET', not {short(method)}")
    if not _TOKEN.fullmatch(method):
        raise wrong_use(
            ValueError, f"method {short(method)} is no HTTP method; write a single word such as 'GET'"
        )
    return method.upper()


def failure(raises: object) -> BaseException | Failure:
    """What is to be raised: an exception, or a failure by its neutral name.

    Raises:
        TypeError, ValueError: it is neither.
    """
    if is_a(raises, BaseException):
        return raises
    if is_a(raises, str):
        return Failure(failure_name(raises, "raises"))
    if is_a(raises, type) and issubclass(raises, BaseException):
        raise wrong_use(
            TypeError, f"raises must be an exception instance: write {raises.__name__}('...'), not the class"
        )
    raise wrong_use(
        TypeError, f"raises must be an exception instance, or a name such as 'connect', not {short(raises)}"
    )


def failure_name(given: str, argument: str) -> FailureName:
    """The neutral name of a failure.

    Raises:
        ValueError: it is none.
    """
    if given not in _FAILURES:
        raise wrong_use(
            ValueError,
            f"{argument}={short(given)} is none of the names {', '.join(map(repr, _FAILURES))}; "
            "write one of these, or give an exception instance",
        )
    return cast("FailureName", given)


def a_bool(required: object) -> bool:
    """Whether a mock is required.

    Raises:
        TypeError: it is no bool.
    """
    if not is_a(required, bool):
        raise wrong_use(TypeError, f"required must be True or False, not {short(required)}")
    return required


def a_count(times: object) -> int | None:
    """How often a mock serves; None for any number.

    Raises:
        TypeError, ValueError: it is no number from 1 on.
    """
    if times is None:
        return None
    if not is_a(times, int) or is_a(times, bool):
        raise wrong_use(
            TypeError, f"times must be a number such as 3, or None for any number, not {short(times)}"
        )
    if times < 1:
        raise wrong_use(
            ValueError, f"times={times} would never serve; write 1 or more, or None for any number"
        )
    return times


def check_callback(callback: object, beside: Mapping[str, Any]) -> None:
    """See to it that a callback is a function, and nothing is said beside it of the response.

    Raises:
        TypeError, ValueError: naming the argument and the remedy.
    """
    if not callable(callback):
        raise wrong_use(TypeError, f"callback must be a function that takes a request, not {short(callback)}")
    defaults = inspect.signature(response).parameters
    for name, value in beside.items():
        if value is not defaults[name].default and value != defaults[name].default:
            raise wrong_use(
                ValueError,
                f"callback and {name} were both given; say {name} in the tripwire.http.response(...) that it gives",
            )


def response(
    *,
    json: Any = UNSET,
    text: object = None,
    html: object = None,
    body: object = None,
    stream: Any = None,
    status: object = 200,
    reason: object = None,
    headers: HeaderFields | None = None,
    http_version: object = "HTTP/1.1",
    delay: object = 0,
    is_for_head: bool = False,
    is_repeated: bool = False,
) -> Response:
    """What a mock answers; its headers are those given, and what describes the body.

    Raises:
        TypeError, ValueError: naming the argument, its value and the remedy.
    """
    code = _status(status)
    content, media_type = _content(json, text, html, body, stream)
    if code in _BODILESS and (content or stream is not None):
        raise wrong_use(
            ValueError,
            f"a response of status {code} has no body; leave json and body out, or change the status",
        )
    if stream is not None:
        _stream.check(stream, is_repeated=is_repeated)
    version = _version(http_version)
    fields = [] if headers is None else list(_fields(headers))
    names = {name.lower() for name, _ in fields}
    if media_type and "content-type" not in names:
        fields.append(("Content-Type", media_type))
    if stream is not None:
        if version == "HTTP/1.1" and not names & {"content-length", "transfer-encoding"}:
            fields.append(("Transfer-Encoding", "chunked"))
    elif "content-length" in names:
        _check_length(fields, content, bodiless=code in _BODILESS or is_for_head)
    elif "transfer-encoding" not in names and code not in _BODILESS:
        fields.append(("Content-Length", str(len(content))))
    phrase = _reason(reason, code) if version != "HTTP/2" else ""
    answer = Response(code, tuple(fields), content, None, phrase, version, _seconds(delay))
    answer.stream = stream
    return answer


def _content(json: Any, text: object, html: object, body: object, stream: object) -> tuple[bytes, str]:
    """The body, and the content type that goes with the way it was given."""
    if json is not UNSET and text is html is body is stream is None:
        return _serialised(json), "application/json"
    given = {"text": text, "html": html, "body": body, "stream": stream}
    named = ["json"] if json is not UNSET else []
    named += [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise wrong_use(
            ValueError,
            f"{' and '.join(named)} were {'both ' if len(named) == 2 else ''}given; a response has one body, "
            f"so leave {'one' if len(named) == 2 else 'all but one'} of them out",
        )
    for name, value in (("text", text), ("html", html)):
        if value is not None:
            if not is_a(value, str):
                raise wrong_use(TypeError, f"{name} must be a string, not {short(value)}; bytes go into body")
            return _bytes(value, name), f"text/{'plain' if name == 'text' else name}; charset=utf-8"
    return _bytes(body, "body"), ""


def _version(version: object) -> str:
    if version not in _VERSIONS:
        raise wrong_use(
            ValueError, f"http_version must be one of {', '.join(map(repr, _VERSIONS))}, not {short(version)}"
        )
    return str(version)


def _reason(reason: object, status: int) -> str:
    if reason is None:
        return phrase(status)
    if not is_a(reason, str):
        raise wrong_use(TypeError, f"reason must be a string such as 'Not Found', not {short(reason)}")
    if not _VALUE.fullmatch(reason):
        raise wrong_use(
            ValueError, f"reason {short(reason)} cannot be sent; it must be one line of Latin-1 text"
        )
    return reason


def _seconds(delay: object) -> float:
    if type(delay) is int and delay == 0:
        return 0.0  # mostly
    if not is_one_of(delay, int, float) or is_a(delay, bool):
        raise wrong_use(TypeError, f"delay must be a number of seconds such as 2.5, not {short(delay)}")
    if not 0 <= delay < math.inf:  # type: ignore[operator]
        raise wrong_use(ValueError, f"delay={short(delay)} is no time that can pass; write 0 or more seconds")
    return float(delay)  # type: ignore[arg-type]


def _status(status: object) -> int:
    if type(status) is int and 200 <= status <= 999:
        return status
    if not is_a(status, int) or is_a(status, bool):
        raise wrong_use(TypeError, f"status must be a number such as 200, not {short(status)}")
    if not 200 <= status <= 999:
        raise wrong_use(
            ValueError,
            f"status {short(int(status))} is none that a response can end with; write one from 200 to 999",
        )
    return int(status)


def _serialised(json: Any) -> bytes:
    try:
        if _has_more_parts(json, _MOST_PARTS):
            raise ValueError(f"it holds itself, or more than {_MOST_PARTS:,} values")
        return _JSON.encode(json).encode()
    except PASSES:
        raise
    except BaseException as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise wrong_use(
            kind,
            f"json={short(json)} cannot be written as JSON: {cut(str(error), LONGEST_VALUE)}; "
            "give what json.dumps takes, or the finished text as body",
        ) from error


def _has_more_parts(json: object, most: int) -> bool:
    """Whether there are more values than that, each counted as often as it is written; or without end."""
    if type(json) is dict and _SCALARS.issuperset(map(type, json.values())):
        return len(json) > most  # mostly
    # What a container makes anew for everybody who asks is held here, too: no other gets its address.
    containers: dict[int, tuple[object, list[Any], int]] = {}
    sizes: dict[int, int] = {}
    waiting, left = [json] if isinstance(json, (list, tuple, dict)) else [], most
    while waiting:
        one: Any = waiting[-1]
        if id(one) not in containers:
            values = list(islice(one.values() if isinstance(one, dict) else one, left + 1))
            left -= len(values)
            inner = [value for value in values if isinstance(value, (list, tuple, dict))]
            containers[id(one)] = one, inner, len(values)
            if left < 0 or any(id(held) in containers and id(held) not in sizes for held in inner):
                return True
            waiting += inner
        if waiting[-1] is one:
            waiting.pop()
            _, inner, count = containers[id(one)]
            sizes[id(one)] = count + sum(sizes[id(held)] for held in inner)
            if sizes[id(one)] > most:
                return True
    return False


def _bytes(body: object, name: str) -> bytes:
    if body is None:
        return b""
    try:
        if is_a(body, str):
            return body.encode()
        if is_a(body, bytes) or is_a(body, bytearray) or is_a(body, memoryview):
            return bytes(body)
    except ValueError as error:
        raise wrong_use(
            ValueError, f"{name}={short(body)} cannot be sent: {error}; give the bytes themselves"
        ) from error
    raise wrong_use(TypeError, f"body must be bytes or a string, not {short(body)}; data goes into json")


def _fields(headers: object) -> Iterable[tuple[str, str]]:
    pairs: Iterable[object] | None
    if is_a(headers, Headers):
        pairs = headers.pairs
    elif is_a(headers, list) or is_a(headers, tuple):
        pairs = headers
    else:
        pairs = items_of(headers)
    if pairs is None:
        raise wrong_use(TypeError, f"headers must be a mapping or a list of pairs, not {short(headers)}")
    for pair in _each_value(pairs):
        if not is_a(pair, tuple) or len(pair) != 2 or not all(is_a(part, str) for part in pair):
            raise wrong_use(
                TypeError, f"headers: a name and its value must both be strings, not {short(pair)}"
            )
        name, value = pair
        if not _TOKEN.fullmatch(name):
            raise wrong_use(ValueError, f"headers: {short(name)} is no name of a header field")
        if not _VALUE.fullmatch(value):
            raise wrong_use(
                ValueError,
                f"headers: the value {short(value)} of {short(name)} cannot be sent; "
                "it must be one line of Latin-1 text without outer space",
            )
        yield name, value


def _each_value(pairs: Iterable[object]) -> Iterator[object]:
    """The pairs, with a list of values as a pair for each of them."""
    for pair in pairs:
        if is_a(pair, tuple) and len(pair) == 2 and is_one_of(pair[1], list, tuple):
            for value in pair[1]:
                yield pair[0], value
        else:
            yield pair


def _check_length(fields: list[tuple[str, str]], content: bytes, *, bodiless: bool) -> None:
    stated = next(value for name, value in fields if name.lower() == "content-length")
    if stated != str(len(content)) and not (bodiless and not content):
        raise wrong_use(
            ValueError,
            f"headers say Content-Length {cut(stated, LONGEST_VALUE)}, but the body has {len(content)} bytes; "
            "leave the header out, it is set for you",
        )
