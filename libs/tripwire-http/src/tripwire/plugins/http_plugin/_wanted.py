"""What a mock, or an assertion, wants of a request beside its method and URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tripwire._errors import wrong_use
from tripwire._unset import UNSET
from tripwire._values import LONGEST_VALUE, PASSES, cut, equal, is_a, is_one_of, items_of, short
from tripwire.plugins.http_plugin import _compare
from tripwire.plugins.http_plugin._compare import Differences
from tripwire.plugins.http_plugin._content import FilePart
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._secrets import MASK, in_value, is_secret


@dataclass(frozen=True)
class Want:
    """One thing wanted: what it is called in the user's code, its value, and how a request differs from it.

    `given` is the value as the test wrote it.
    """

    name: str
    value: Any
    differ: Callable[[Any, Request], Differences]
    given: Any

    @property
    def shown(self) -> str:
        """The value for a message."""
        if self.differ is _cookies_differ and type(self.value) is dict:
            return short(dict.fromkeys(self.value, MASK))
        return in_value(self.value)

    def is_met(self, request: Request) -> bool:
        """Whether a request does not differ."""
        try:
            return next(self.differ(self.value, request), None) is None
        except PASSES:
            raise
        except BaseException:  # noqa: BLE001 - a matcher of the user's may do anything
            return False

    def differences(self, request: Request, words: _compare.Words) -> list[str]:
        """In what the request differs; empty if it does not."""
        try:
            return _compare.first(self.differ(self.value, request), words)
        except PASSES:
            raise
        except BaseException as error:  # noqa: BLE001 - a matcher of the user's may do anything
            return [f"comparing raises {short(error)}"]


def wants(
    prefix: str = "",
    *,
    headers: Any = None,
    json: Any = UNSET,
    body: Any = UNSET,
    form: Any = None,
    files: Any = None,
    cookies: Any = None,
    match: Any = None,
) -> tuple[Want, ...]:
    """What is wanted beside method and URL, of these.

    Raises:
        TypeError: one is of a wrong kind.
    """
    if json is body is UNSET and headers is form is files is cookies is match is None:
        return ()  # mostly
    given = {"headers": headers, "json": json, "body": body, "form": form}
    given |= {"files": files, "cookies": cookies, "match": match}
    found = []
    for name, value in given.items():
        if value is UNSET or (value is None and name not in ("json", "body")):
            continue
        called = name if name == "match" else f"{prefix}{name}"
        kind = _KINDS[name]
        checked = kind.check(called, value) if kind.check else value
        found.append(Want(called, checked, kind.differ, value))
    return tuple(found)


def _body(name: str, value: Any) -> Any:
    if value is None:
        raise wrong_use(
            TypeError, f"{name} must be bytes, a string or a matcher, not None; an empty body is b''"
        )
    return bytes(value) if type(value) in (bytearray, memoryview) else value


def _mapping(name: str, value: Any) -> Any:
    """The value of a want by name: a mapping of names, or a matcher for all of it."""
    items = items_of(value)
    if items is None:
        if is_one_of(value, str, bytes, list, tuple, set):
            raise wrong_use(
                TypeError, f"{name} must be a mapping of names to values, or a matcher, not {short(value)}"
            )
        return value
    for key, _ in items:
        if not is_a(key, str):
            raise wrong_use(TypeError, f"{name}: a name must be a string, not {short(key)}")
    return dict(items)


def _form(name: str, value: Any) -> Any:
    checked = _mapping(name, value)
    if type(checked) is not dict:
        return checked
    return {key: _as_sent(one) for key, one in checked.items()}


def _as_sent(value: Any) -> Any:
    """A value of a form as clients write it."""
    if type(value) in (list, tuple):
        sent = [_as_sent(one) for one in value]
        return sent[0] if len(sent) == 1 else sent
    return str(value) if type(value) in (int, float) else value


def _files(name: str, value: Any) -> Any:
    checked = _mapping(name, value)
    if type(checked) is not dict:
        return checked
    return {key: _expected_file(one) for key, one in checked.items()}


def _expected_file(value: Any) -> Any:
    if type(value) is list:
        return [_expected_file(one) for one in value]
    return _ExpectedFile(value) if _is_literal_file(value) else value


def _is_literal_file(value: object) -> bool:
    return type(value) in (str, bytes, FilePart) or (type(value) is tuple and len(value) in (2, 3))


class _ExpectedFile:
    """Equal to a file by its content, or by name, content and, if given, type."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilePart):
            return False
        if type(self._given) in (str, bytes):
            return equal(_encoded(self._given), other.content)
        return all(
            equal(_encoded(mine) if number == 1 else mine, theirs)
            for number, (mine, theirs) in enumerate(zip(self._given, other, strict=False))
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._given)


def _encoded(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _callable(name: str, value: Any) -> Any:
    if not callable(value):
        raise wrong_use(TypeError, f"{name} must be a function that takes a request, not {short(value)}")
    return value


# -- how a request differs from each


def _headers_differ(expected: Any, request: Request) -> Differences:
    return _subset_differs("header", expected, request.headers)


def _cookies_differ(expected: Any, request: Request) -> Differences:
    return _subset_differs("cookie", expected, request.cookies)


def _subset_differs(kind: str, expected: Any, actual: Mapping[str, str]) -> Differences:
    if type(expected) is not dict:
        if not equal(expected, actual):
            yield f"the {kind}s do not match {in_value(expected)}"
        return
    for name, value in expected.items():
        held = actual.get(name)
        if held is None:
            yield f"the {kind} {short(name)} is missing from the call"
        elif not equal(value, held):
            hidden = is_secret(name) or kind == "cookie"
            shown = (MASK, MASK) if hidden else (short(value), short(held))
            yield _compare.Unlike(f"the {kind} {short(name)}", *shown)


def _json_differs(expected: Any, request: Request) -> Differences:
    try:
        actual = request.reading("json")
    except (ValueError, RecursionError) as error:
        what = f"is no JSON: {cut(str(error), LONGEST_VALUE)}" if request.body else "is empty"
        yield f"the call's body {what}"
        return
    yield from _compare.json_differences(expected, actual)


def _body_differs(expected: Any, request: Request) -> Differences:
    actual = request.body
    if equal(expected, actual) or (type(expected) is not bytes and equal(expected, request.text)):
        return
    if type(expected) not in (bytes, str):
        yield _compare.Unlike("", in_value(expected), in_value(actual))
        return
    # Text is compared with text, in whatever charset that was sent.
    wanted, actual = (
        (expected, actual) if type(expected) is bytes else (_bytes(expected), _bytes(request.text))
    )
    differences = _differences_as_data(wanted, request)
    if (one := next(differences, None)) is not None:
        yield one
        yield from differences
    else:
        yield from _compare.text_differences(wanted, actual)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _differences_as_data(wanted: bytes, request: Request) -> Differences:
    """As JSON or as a form, if both are."""
    as_wanted = replace(request, body=wanted)
    try:
        yield from _compare.json_differences(as_wanted.json(), request.reading("json"))
    except (ValueError, RecursionError):
        if as_wanted.form is not None and request.form is not None:
            yield from _compare.field_differences(as_wanted.form, request.form)


def _form_differs(expected: Any, request: Request) -> Differences:
    return _fields_differ("form", expected, request.reading("form"), request)


def _files_differ(expected: Any, request: Request) -> Differences:
    return _fields_differ("multipart form", expected, request.reading("files"), request)


def _fields_differ(kind: str, expected: Any, actual: Any, request: Request) -> Differences:
    if actual is None:
        yield f"the call's body is no {kind}, but {request.media_type or 'of no stated type'}"
    elif type(expected) is dict:
        yield from _compare.field_differences(expected, actual)
    elif not equal(expected, actual):
        yield f"the {kind} does not match {in_value(expected)}"


def _match_differs(expected: Callable[[Request], object], request: Request) -> Differences:
    if not expected(request):
        yield f"{getattr(expected, '__name__', short(expected))} says no"


@dataclass(frozen=True)
class _Kind:
    differ: Callable[[Any, Request], Differences]
    check: Callable[[str, Any], Any] | None = None


_KINDS = {
    "headers": _Kind(_headers_differ, _mapping),
    "json": _Kind(_json_differs),
    "body": _Kind(_body_differs, _body),
    "form": _Kind(_form_differs, _form),
    "files": _Kind(_files_differ, _files),
    "cookies": _Kind(_cookies_differ, _mapping),
    "match": _Kind(_match_differs, _callable),
}
