"""httplib2 in a sandbox: its connections open themselves."""

from __future__ import annotations

import socket
from typing import Any

import httplib2
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URLS = ["http://api.example.com/data", "https://api.example.com/data"]


@pytest.mark.parametrize("url", URLS)
def test_one_exchange_is_one_interaction(http: HttpPlugin, url: str) -> None:
    http.mock_response("PUT", url, text="stored", status=201, headers={"X-One": "1"})
    with tripwire.sandbox():
        response, content = httplib2.Http().request(url, "PUT", body=b"body", headers={"X-Mine": "2"})
    assert (response.status, response.reason, response["x-one"], content) == (201, "Created", "1", b"stored")
    http.assert_request("PUT", url, body=b"body", headers={"X-Mine": "2"}, status=201)


def test_redirects_and_compression(http: HttpPlugin) -> None:
    http.mock_response("GET", f"{URLS[1]}/old", status=302, headers={"Location": URLS[1]})
    http.mock_response("GET", URLS[1], json=[1])
    with tripwire.sandbox():
        response, content = httplib2.Http().request(f"{URLS[1]}/old")
    assert (content, response.previous.status, response["content-location"]) == (b"[1]", 302, URLS[1])
    for url in (f"{URLS[1]}/old", URLS[1]):
        http.assert_request("GET", url)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize(
    ("name", "raised", "tries"),
    [
        ("connect", ConnectionRefusedError, 1),
        ("dns", httplib2.ServerNotFoundError, 1),
        ("tls", OSError, 1),
        ("timeout", TimeoutError, 1),
        ("read", ConnectionResetError, 1),
    ],
)
def test_failures(http: HttpPlugin, url: str, name: Any, raised: Any, tries: int) -> None:
    http.mock_error("GET", url, raises=name, times=tries)
    with tripwire.sandbox(), pytest.raises(raised):
        httplib2.Http().request(url)
    for _ in range(tries):
        http.assert_request("GET", url, raised=name)


def test_a_connection_reaches_the_network_only_outside(
    http: HttpPlugin, server: Any, make_route: Any
) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    url = f"{server.url}/data"
    http.mock_response("GET", url, body=b"scripted")
    client = httplib2.Http(timeout=5)
    seen = [client.request(url)[1]]
    with tripwire.sandbox():
        seen.append(client.request(url)[1])
    seen.append(client.request(url)[1])
    client.close()
    assert seen == [b"real", b"scripted", b"real again"]
    http.assert_request("GET", url)


def test_passing_through(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real")]
    http.pass_through("GET", f"{server.url}/data")
    http.pass_through("GET", "http://127.0.0.1:9/")
    with tripwire.sandbox():
        assert httplib2.Http().request(f"{server.url}/data")[1] == b"real"
        with pytest.raises(ConnectionRefusedError) as caught:
            httplib2.Http().request("http://127.0.0.1:9/")
    http.assert_request("GET", f"{server.url}/data", response_body=b"real")
    http.assert_request("GET", "http://127.0.0.1:9/", raised=caught.value)


def test_no_name_is_looked_up(http: HttpPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("looked up"))
    http.mock_response("GET", URLS[0])
    with tripwire.sandbox():
        httplib2.Http().request(URLS[0])
    http.assert_request("GET", URLS[0])
