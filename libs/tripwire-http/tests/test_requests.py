"""requests in a sandbox: sessions across its edges, its own exceptions, and adapters."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/data"


def test_one_exchange_is_one_interaction(http: HttpPlugin) -> None:
    http.mock_response("POST", URL, json={"n": 1}, status=201)
    with tripwire.sandbox():
        assert requests.post(URL, json={"a": 1}).json() == {"n": 1}
    assert [(one.method, one.url, one.body) for one in http.requests] == [("POST", URL, b'{"a": 1}')]
    http.assert_request("POST", URL, json={"a": 1}, status=201)


def test_a_session_reaches_the_network_only_outside(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    with requests.Session() as session:
        seen = [session.get(f"{server.url}/data").content]
        with tripwire.sandbox():
            seen.append(session.get(f"{server.url}/data").content)
        seen.append(session.get(f"{server.url}/data").content)
    assert seen == [b"real", b"scripted", b"real again"]
    http.assert_request("GET", f"{server.url}/data")


@pytest.mark.parametrize(
    "given",
    [
        requests.ConnectionError("refused"),
        requests.ConnectTimeout("late"),
        requests.ReadTimeout("later"),
        requests.exceptions.SSLError("bad"),
        requests.exceptions.ProxyError("none"),
        requests.TooManyRedirects("round and round"),
    ],
)
def test_an_exception_of_its_own(http: HttpPlugin, given: requests.RequestException) -> None:
    http.mock_error("GET", URL, raises=given)
    http.mock_response("GET", URL, callback=lambda request: (_ for _ in ()).throw(given))
    with tripwire.sandbox(), requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=3))
        for _ in range(2):
            with pytest.raises(type(given)) as caught:
                session.get(URL)
            assert caught.value is given
            assert given.__context__ is None
    for _ in range(2):
        http.assert_request("GET", URL, raised=given)


def test_an_exception_of_its_own_to_another_client(http: HttpPlugin) -> None:
    given = requests.ConnectionError("refused")
    http.mock_error("GET", URL, raises=given)
    raises = pytest.raises(urllib3.exceptions.ProtocolError)
    with tripwire.sandbox(), urllib3.PoolManager(retries=False) as pool, raises as caught:
        pool.request("GET", URL)
    assert caught.value.args[1] is given
    http.assert_request("GET", URL, raised=given)


def test_a_trip_comes_out_as_it_is() -> None:
    with tripwire.sandbox(), requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=3))
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            session.get(URL)
    assert str(caught.value).splitlines()[0] == f"nothing answers this call: GET {URL}"


def test_an_adapter_of_the_programs_own_is_left_alone() -> None:
    class Local(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **settings: Any) -> requests.Response:
            response = requests.Response()
            response.status_code, response.request, response.url = 418, request, str(request.url)
            response._content = b""
            return response

        def close(self) -> None:
            pass

    with tripwire.sandbox(), requests.Session() as session:
        session.mount("local://", Local())
        assert session.get("local://pot").status_code == 418


def test_an_adapter_that_extends_the_genuine_one(http: HttpPlugin) -> None:
    class Tagging(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
            request.headers["X-Tag"] = "1"
            return super().send(request, *args, **settings)

    http.mock_response("GET", URL, match_headers={"X-Tag": "1"})
    with tripwire.sandbox(), requests.Session() as session:
        session.mount("https://", Tagging())
        assert session.get(URL).status_code == 200
    http.assert_request("GET", URL, headers={"X-Tag": "1"})


def test_a_stream_that_breaks_is_recorded(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, stream=[b"half", ConnectionResetError(104, "reset")])
    raises = pytest.raises(requests.exceptions.ChunkedEncodingError)
    with tripwire.sandbox(), requests.get(URL, stream=True) as response, raises:
        list(response.iter_content(4))
    http.assert_request("GET", URL, status=200, response_body=b"half", raised=ConnectionResetError)


@pytest.mark.parametrize(
    ("timeout", "raised"), [(1, requests.ReadTimeout), ((9, 1), requests.ReadTimeout), (9, None)]
)
def test_a_delay_takes_no_time(http: HttpPlugin, timeout: Any, raised: Any) -> None:
    http.mock_response("GET", URL, json=1, delay=5)
    with tripwire.sandbox():
        if raised is None:
            assert requests.get(URL, timeout=timeout).json() == 1
        else:
            with pytest.raises(raised, match=r"Read timed out. \(read timeout=1\)"):
                requests.get(URL, timeout=timeout)
    http.assert_request("GET", URL, status=None if raised else 200, raised=TimeoutError if raised else None)
