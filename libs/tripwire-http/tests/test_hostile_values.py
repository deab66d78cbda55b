"""Whatever a test or a program hands over: a clear error where it is handed over, or a call that works."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from unittest import mock as std

import httpx
import pytest
from hostile import VALUES

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/data"

CALLS: dict[str, tuple[str, Callable[[HttpPlugin, Any], Any]]] = {
    "mock_response(method)": ("method", lambda http, v: http.mock_response(v, URL)),
    "mock_response(url)": ("url", lambda http, v: http.mock_response("GET", v)),
    "mock_response(json=)": ("json=", lambda http, v: http.mock_response("GET", URL, json=v)),
    "mock_response(body=)": ("body", lambda http, v: http.mock_response("GET", URL, body=v)),
    "mock_response(status=)": ("status", lambda http, v: http.mock_response("GET", URL, status=v)),
    "mock_response(headers=)": ("headers", lambda http, v: http.mock_response("GET", URL, headers=v)),
    "mock_response(name of a header)": (
        "headers",
        lambda http, v: http.mock_response("GET", URL, headers=[(v, "x")]),
    ),
    "mock_response(value of a header)": (
        "headers",
        lambda http, v: http.mock_response("GET", URL, headers=[("x", v)]),
    ),
    "mock_response(params=)": ("params", lambda http, v: http.mock_response("GET", URL, params=v)),
    "mock_response(name of a parameter)": (
        "parameter",
        lambda http, v: http.mock_response("GET", URL, params=[(v, 1)]),
    ),
    "mock_response(value of a parameter)": (
        "params['x']",
        lambda http, v: http.mock_response("GET", URL, params={"x": v, "y": 1}),
    ),
    "mock_response(required=)": ("required", lambda http, v: http.mock_response("GET", URL, required=v)),
    "mock_error(raises=)": ("raises", lambda http, v: http.mock_error("GET", URL, raises=v)),
    "mock_error(required=)": (
        "required",
        lambda http, v: http.mock_error("GET", URL, raises=OSError(), required=v),
    ),
    "pass_through(method)": ("method", lambda http, v: http.pass_through(v, URL)),
    "pass_through(url)": ("url", lambda http, v: http.pass_through("GET", v)),
    "pass_through(params=)": ("params", lambda http, v: http.pass_through("GET", URL, params=v)),
    "pass_through(required=)": ("required", lambda http, v: http.pass_through("GET", URL, required=v)),
}


@pytest.mark.parametrize(("argument", "register"), CALLS.values(), ids=CALLS)
def test_what_is_registered(argument: str, register: Callable[..., Any]) -> None:
    for kind, make in VALUES.items():
        http = HttpPlugin(tripwire.StrictVerifier())
        said = ""
        try:
            register(http, make())
        except (TypeError, ValueError) as error:
            said = str(error)
            assert argument in said, kind
        labels = [mock.label for mock in http.unused()]
        assert len(labels) == (0 if said else 1), f"{kind}: {said}"
        assert all(len(text) < 1000 and text.isascii() for text in (said, *labels)), kind


ASSERTED: dict[str, Callable[[HttpPlugin, Any], Any]] = {
    "method": lambda http, v: http.assert_request(v, URL),
    "url": lambda http, v: http.assert_request("GET", v),
    "params": lambda http, v: http.assert_request("GET", URL, params={"x": v, "y": 1}),
    "status": lambda http, v: http.assert_request("GET", URL, status=v),
    "body": lambda http, v: http.assert_request("GET", URL, body=v),
    "response_body": lambda http, v: http.assert_request("GET", URL, response_body=v),
    "raised": lambda http, v: http.assert_request("GET", URL, raised=[v]),
}


@pytest.mark.parametrize("check", ASSERTED.values(), ids=ASSERTED)
def test_what_is_asserted(http: HttpPlugin, check: Callable[..., Any]) -> None:
    http.mock_response("GET", URL, body="hello")
    with tripwire.sandbox():
        httpx.request("GET", URL, content=b"asked")
    refusals = (TypeError, ValueError, tripwire.InteractionMismatchError)
    for kind, make in VALUES.items():
        with pytest.raises(refusals) as caught:
            check(http, make())
        assert str(caught.value) != "hostile", kind
        assert len(str(caught.value)) < 2500, kind
        assert str(caught.value).isascii(), kind
    http.assert_request("GET", URL, body=b"asked", status=200)


def test_a_long_request_is_shortened(http: HttpPlugin) -> None:
    url, body = f"{URL}?q={'x' * 60_000}", b"y" * 10_000_000
    http.mock_response("POST", url, body=body, headers={"X-Long": "z" * 60_000})
    with tripwire.sandbox(), tripwire.expect_trip():
        assert httpx.post(url, content=body).content == body
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            httpx.post(url, content=body)
    shown = f"POST {url[:2000]}... (60,031 characters)"
    assert str(unmocked.value).splitlines()[0] == f"nothing answers this call: {shown}"
    assert len(str(unmocked.value)) < 5000
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        http.assert_request("POST", URL, body=b"", params={"a": "b"})
    lines = str(mismatch.value).splitlines()
    assert "    they differ from byte 0 on" in lines
    assert f"    happened '{url[:200]}'... (60,031 characters)" in lines
    assert lines[-1] == f"    tripwire.http.assert_request('POST', {URL!r}, body=mock.ANY, status=200)"
    tripwire.assert_interaction(http.request, method="POST", url=std.ANY, status=200)


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (
            lambda http: http.mock_response("GET", URL, body="a\ud800"),
            "body='a\\ud800' cannot be sent: 'utf-8' codec can't encode character '\\ud800' in position 1: "
            "surrogates not allowed; give the bytes themselves",
        ),
        (
            lambda http: http.mock_response("GET", URL, status=10**5000),
            "status <int whose repr raises ValueError> is none that a response can end with; write one from 200 to 999",
        ),
        (
            lambda http: http.mock_response("GET", URL, params={"page": object}),
            "params['page'] must be a string, a number, True, False, None or a list of these, "
            "not <class 'object'>",
        ),
        (
            lambda http: http.mock_response("GET", URL, params=VALUES["an endless mapping"]()),
            "params must be a mapping or a list of pairs, such as {'page': 2}, not {}",
        ),
        (
            lambda http: http.mock_response("GET", "x" * 10_000_000),
            f"url '{'x' * 200}'... (10,000,000 characters) must be absolute: write it with scheme and host, "
            "such as 'https://api.example.com/data'",
        ),
    ],
)
def test_the_error_names_the_argument_the_value_and_the_remedy(
    http: HttpPlugin, register: Callable[[HttpPlugin], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        register(http)
    assert str(caught.value) == message


class Interrupted:
    """Raises these, one after another, whatever is asked."""

    def __init__(self, *errors: BaseException) -> None:
        self._errors = list(errors)

    def __eq__(self, _: object) -> bool:
        raise self._errors.pop(0)

    __hash__ = None  # type: ignore[assignment]

    def ask(self, _: object) -> bool:
        raise self._errors.pop(0)


class Unread(dict[str, Any]):
    def items(self) -> Any:
        raise KeyboardInterrupt


@pytest.mark.parametrize("errors", [(), (KeyError("no"),)])
@pytest.mark.parametrize("what", ["match_json", "url"])
def test_an_interrupt_in_what_is_expected(errors: tuple[Exception, ...], what: str) -> None:
    http = HttpPlugin(tripwire.StrictVerifier())
    asked = Interrupted(*errors, KeyboardInterrupt())
    if what == "url":
        http.mock_response("POST", asked.ask, required=False)
    else:
        http.mock_response("POST", URL, match_json=asked, required=False)
    with pytest.raises(KeyboardInterrupt), http.verifier.sandbox():
        httpx.post(URL, json=1)


def test_an_interrupt_in_what_is_registered() -> None:
    http = HttpPlugin(tripwire.StrictVerifier())
    with pytest.raises(KeyboardInterrupt):
        http.mock_response("GET", URL, json=Unread(a=1))


@pytest.mark.parametrize("what", ["match_headers", "match_form", "match_files"])
def test_a_matcher_in_the_place_of_all_of_it(what: str) -> None:
    class Nothing:
        def __eq__(self, _: object) -> bool:
            return False

        __hash__ = None  # type: ignore[assignment]

    http = HttpPlugin(tripwire.StrictVerifier())
    expected: dict[str, Any] = {what: Nothing()}
    http.mock_response("POST", URL, **expected, required=False)
    files = {"report": b"x"} if what == "match_files" else None
    with (
        http.verifier.sandbox(),
        pytest.raises(tripwire.UnmockedInteractionError, match=r"do(es)? not match"),
    ):
        httpx.post(URL, data={"a": "1"}, files=files)


def test_a_file_is_compared_with_a_file_only() -> None:
    http = HttpPlugin(tripwire.StrictVerifier())
    http.mock_response("POST", URL, match_files={"report": b"x"}, required=False)
    with http.verifier.sandbox(), pytest.raises(tripwire.UnmockedInteractionError):
        httpx.post(URL, files=[("report", b"x"), ("report", b"y")])


def test_a_status_may_be_an_enumeration() -> None:
    http = HttpPlugin(tripwire.StrictVerifier())
    http.mock_response("GET", URL, status=HTTPStatus.CREATED)
    with http.verifier.sandbox():
        assert httpx.get(URL).status_code == 201
