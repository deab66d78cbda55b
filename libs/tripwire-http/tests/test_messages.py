"""What a user reads, whole."""

from __future__ import annotations

import http.client
import re
from typing import Any
from unittest import mock

import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin


def unmocked(url: str, method: str = "GET") -> str:
    with pytest.raises(tripwire.UnmockedInteractionError) as caught:
        httpx.request(method, url)
    return str(caught.value)


def line_of(error_text: str) -> str:
    """The message without the numbers of lines."""
    return re.sub(r"[^\s(]*test_messages\.py:\d+", "HERE", error_text)


def test_without_any_mock() -> None:
    with tripwire.sandbox():
        message = unmocked("https://api.example.com/data?page=1")
    assert line_of(message) == (
        "nothing answers this call: GET https://api.example.com/data?page=1\n"
        "  called at HERE\n"
        "to mock it, put this before the sandbox:\n"
        "    tripwire.http.mock_response('GET', 'https://api.example.com/data?page=1', json={})"
    )


@pytest.mark.parametrize(
    ("mocked", "options", "reason"),
    [
        ("https://api.example.com/date", {}, "its path is '/date', the call's is '/data'"),
        ("http://api.example.com/data", {}, "its scheme is 'http', the call's is 'https'"),
        (
            "https://api.example.org/data",
            {},
            "its host is 'api.example.org', the call's is 'api.example.com'",
        ),
        ("https://api.example.com:8443/data", {}, "its port is 8443, the call's is 443"),
        (
            "https://api.example.com/data?page=2",
            {},
            "its query parameter 'page' is '2', the call has '1' and '3'",
        ),
        (
            "https://api.example.com/data",
            {"params": {"size": 5}},
            "its query parameter 'size' ('5') is missing from the call",
        ),
        (
            "https://api.example.org/date",
            {},
            "its host is 'api.example.org', the call's is 'api.example.com'; "
            "its path is '/date', the call's is '/data'",
        ),
    ],
)
def test_why_a_mock_was_passed_over(http: HttpPlugin, mocked: str, options: Any, reason: str) -> None:
    http.mock_response("GET", mocked, required=False, **options)
    shown = f"'GET', {mocked!r}" + (", params={'size': 5}" if options else "")
    with tripwire.sandbox():
        message = unmocked("https://api.example.com/data?page=1&page=3")
    assert line_of(message) == (
        "nothing answers this call: GET https://api.example.com/data?page=1&page=3\n"
        "  called at HERE\n"
        "nearest, and why it did not match:\n"
        f"  - tripwire.http.mock_response({shown}): {reason}  (HERE)\n"
        "to mock it, put this before the sandbox:\n"
        "    tripwire.http.mock_response('GET', 'https://api.example.com/data?page=1&page=3', json={})"
    )


def test_the_nearest_come_first_and_no_more_than_three(http: HttpPlugin) -> None:
    url = "https://api.example.com/data"
    http.mock_response("GET", "https://other.example.com/else", required=False)
    http.mock_error("POST", url, raises=OSError("boom"), required=False)
    http.pass_through("DELETE", "https://api.example.com/else", required=False)
    http.mock_response("GET", url)
    with tripwire.sandbox():
        httpx.get(url)
        message = unmocked(url)
    assert line_of(message) == (
        "nothing answers this call: GET https://api.example.com/data\n"
        "  called at HERE\n"
        "nearest, and why it did not match:\n"
        "  - tripwire.http.mock_response('GET', 'https://api.example.com/data'): it is used up by the call at HERE"
        "  (HERE)\n"
        "  - tripwire.http.mock_error('POST', 'https://api.example.com/data', raises=OSError('boom')): "
        "its method is 'POST', the call's is 'GET'  (HERE)\n"
        "  - tripwire.http.mock_response('GET', 'https://other.example.com/else'): "
        "its host is 'other.example.com', the call's is 'api.example.com'; "
        "its path is '/else', the call's is '/data'  (HERE)\n"
        "to mock it, put this before the sandbox:\n"
        "    tripwire.http.mock_response('GET', 'https://api.example.com/data', json={})"
    )
    http.assert_request("GET", url)


def test_the_code_to_paste_works(http: HttpPlugin) -> None:
    url = 'https://api.example.com/it\'s?q="1"'
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        httpx.get(url)
    exec(str(caught.value).splitlines()[-1].strip(), {"tripwire": tripwire})
    with tripwire.sandbox():
        assert httpx.get(url).json() == {}
    with pytest.raises(tripwire.UnassertedInteractionsError) as left:
        tripwire.verify_all()
    assert line_of(str(left.value)) == (
        "1 interaction was not asserted:\n"
        "  - GET https://api.example.com/it's?q=%221%22 -> 200  (HERE)\n"
        "put this after the sandbox:\n"
        "    tripwire.http.assert_request('GET', \"https://api.example.com/it's?q=%221%22\", status=200)"
    )


@pytest.mark.parametrize("path", ["x" * 3000, "%C3%A4" * 800])
def test_a_long_url_is_pasted_as_a_pattern(http: HttpPlugin, path: str) -> None:
    url = f"https://api.example.com/{path}?token=1"
    with tripwire.sandbox():
        code = unmocked(url).splitlines()[-1].strip()
    assert len(code) < 2200
    exec(code, {"tripwire": tripwire, "mock": mock})
    with tripwire.sandbox():
        httpx.get(url)
    http.assert_request("GET", url)


def test_errors_and_requests_under_way_in_words(http: HttpPlugin, by_hand: Any) -> None:
    verifier, plugin = by_hand
    plugin.mock_error("GET", "https://api.example.com/a", raises=httpx.ConnectError("down"))
    plugin.pass_through("POST", "http://127.0.0.1:9/b")
    with verifier.sandbox():
        for method, url in (("GET", "https://api.example.com/a"), ("POST", "http://127.0.0.1:9/b")):
            with pytest.raises(httpx.ConnectError):
                httpx.request(method, url)
    first, second = verifier.timeline
    second.complete(raised=None)
    assert plugin.describe(first) == "GET https://api.example.com/a raised ConnectError('down')"
    assert plugin.describe(second) == "POST http://127.0.0.1:9/b -> no response yet"
    assert plugin.assertion_for(first) == (
        "tripwire.http.assert_request('GET', 'https://api.example.com/a', status=None)"
    )


def test_unused_mocks(http: HttpPlugin) -> None:
    http.mock_response("get", "https://api.example.com/data", params={"page": 2}, json=1)
    http.mock_error("GET", "https://api.example.com/data", raises=TimeoutError("late"))
    http.pass_through("GET", "https://api.example.com/data")
    http.mock_response("GET", "https://api.example.com/optional", required=False)
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    assert line_of(str(caught.value)) == (
        "3 mocks were never used:\n"
        "  - tripwire.http.mock_response('GET', 'https://api.example.com/data', params={'page': 2})  (HERE)\n"
        "  - tripwire.http.mock_error('GET', 'https://api.example.com/data', raises=TimeoutError('late'))  (HERE)\n"
        "  - tripwire.http.pass_through('GET', 'https://api.example.com/data')  (HERE)\n"
        "make the call, take the mock away, or register it with required=False"
    )


def test_a_mismatch_shows_what_differs(http: HttpPlugin) -> None:
    http.mock_response("GET", "https://api.example.com/data", status=404)
    with tripwire.sandbox():
        httpx.get("https://api.example.com/data?page=1")
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        http.assert_request("POST", "https://api.example.com/data", params={"page": 2}, status=200)
    assert line_of(str(caught.value)) == (
        "the next interaction of tripwire.http.request differs  (HERE):\n"
        "  method:\n"
        "    asserted 'POST'\n"
        "    happened 'GET'\n"
        "  url:\n"
        "    asserted 'https://api.example.com/data' with params={'page': 2}\n"
        "    happened 'https://api.example.com/data?page=1'\n"
        "    its query parameter 'page' is '2', the call has '1'\n"
        "  status:\n"
        "    asserted 200\n"
        "    happened 404\n"
        "as it happened:\n"
        "    tripwire.http.assert_request('GET', 'https://api.example.com/data?page=1', status=404)"
    )
    http.assert_request("GET", "https://api.example.com/data", params={"page": 1}, body=b"", raised=None)


def test_an_expectation_is_no_match_for_what_is_no_string(http: HttpPlugin, by_hand: Any) -> None:
    verifier, plugin = by_hand
    other = tripwire.Source("other")
    verifier.record(plugin, other, {"method": None, "url": None, "status": None, "raised": None})
    with pytest.raises(tripwire.InteractionMismatchError, match="the next interaction is another"):
        plugin.assert_request("GET", "https://api.example.com/data")
    verifier.record(plugin, plugin.request, {"method": None, "url": None, "status": None, "raised": None})
    with verifier.in_any_order(), pytest.raises(tripwire.InteractionMismatchError, match="happened None"):
        plugin.assert_request("GET", "https://api.example.com/data")


def test_a_request_that_http_does_not_allow() -> None:
    connection = http.client.HTTPConnection("api.example.com")
    with tripwire.sandbox():
        connection.putrequest("GET", "/data", skip_host=True)
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            connection.endheaders()
    assert line_of(str(caught.value)) == (
        "nothing answers this call: GET http://api.example.com/data\n"
        "  called at HERE\n"
        "it is not valid HTTP: Missing mandatory Host: header"
    )
