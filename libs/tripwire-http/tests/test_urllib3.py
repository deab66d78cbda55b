"""urllib3 in a sandbox: pools across its edges, proxies, and what each layer is told."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InsecureRequestWarning,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/data"


def by_manager(url: str) -> bytes:
    with urllib3.PoolManager() as pool:
        return bytes(pool.request("GET", url, preload_content=False).read())


def by_pool(url: str) -> bytes:
    with urllib3.connectionpool.connection_from_url(url) as pool:
        return bytes(pool.request("GET", "/data").data)


def by_connection(url: str) -> bytes:
    connection = urllib3.connection.HTTPSConnection("api.example.com")
    connection.request("GET", url.partition("example.com")[2])
    response: Any = connection.getresponse()
    return bytes(response.data if hasattr(response, "data") else response.read())  # 1.26 has none


def by_manager_in_a_thread(url: str) -> bytes:
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(by_manager(url)))
    thread.start()
    thread.join()
    return got[0]


WAYS: list[Callable[[str], bytes]] = [by_manager, by_pool, by_connection, by_manager_in_a_thread]


@pytest.mark.parametrize("way", WAYS)
def test_one_exchange_is_one_interaction(http: HttpPlugin, way: Callable[[str], bytes]) -> None:
    http.mock_response("GET", URL, json={"n": 1})
    with tripwire.sandbox():
        assert way(URL) == b'{"n":1}'
    assert [(request.method, request.url) for request in http.requests] == [("GET", URL)]
    http.assert_request("GET", URL, status=200)


def test_what_nobody_mocked() -> None:
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        by_manager(URL)
    assert str(caught.value).splitlines()[0] == f"nothing answers this call: GET {URL}"
    assert "test_urllib3.py" in str(caught.value).splitlines()[1]


def test_a_pool_reaches_the_network_only_outside(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real"), make_route("GET", "/data", body=b"real again")]
    http.mock_response("GET", f"{server.url}/data", body=b"scripted", times=2)
    with urllib3.PoolManager() as pool:
        seen = [pool.request("GET", f"{server.url}/data").data]
        with tripwire.sandbox():
            seen += [pool.request("GET", f"{server.url}/data").data for _ in range(2)]
        seen.append(pool.request("GET", f"{server.url}/data").data)
    assert seen == [b"real", b"scripted", b"scripted", b"real again"]
    assert len(server.received) == 2
    for _ in range(2):
        http.assert_request("GET", f"{server.url}/data")


def test_a_response_from_before_is_read_inside(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"x" * 300_000)]
    http.mock_response("GET", f"{server.url}/data", body=b"scripted")
    with urllib3.PoolManager() as pool:
        real = pool.request("GET", f"{server.url}/data", preload_content=False)
        with tripwire.sandbox():
            assert pool.request("GET", f"{server.url}/data").data == b"scripted"
            assert len(real.read()) == 300_000
    http.assert_request("GET", f"{server.url}/data")


def test_a_response_from_inside_is_read_after(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, stream=[b"one", b"two"])
    with urllib3.PoolManager() as pool:
        with tripwire.sandbox():
            response = pool.request("GET", URL, preload_content=False)
            assert response.read(3) == b"one"
        assert response.read() == b"two"
    http.assert_request("GET", URL)


def test_a_kept_connection_looks_alive(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, json=1, times=3)
    with tripwire.sandbox(), urllib3.connectionpool.connection_from_url(URL) as pool:
        for _ in range(3):
            pool.request("GET", "/data")
        assert (pool.num_connections, pool.num_requests) == (1, 3)
    for _ in range(3):
        http.assert_request("GET", URL)


@pytest.mark.parametrize("times", [1, 2])
def test_connections_refused_are_counted_by_retry(http: HttpPlugin, times: int) -> None:
    http.mock_error("GET", URL, raises="connect", times=times)
    retry = urllib3.Retry(connect=times - 1, read=0, backoff_factor=0)
    with (
        tripwire.sandbox(),
        urllib3.PoolManager(retries=retry) as pool,
        pytest.raises(MaxRetryError) as caught,
    ):
        pool.request("GET", URL)
    reason = caught.value.reason
    assert isinstance(reason, NewConnectionError)
    assert str(reason).endswith("Failed to establish a new connection: [Errno 111] Connection refused")
    for _ in range(times):
        http.assert_request("GET", URL, raised="connect")


GIVEN: list[tuple[Any, type[HTTPError]]] = [
    (ConnectionRefusedError(111, "no"), NewConnectionError),
    (OSError(113, "No route to host"), NewConnectionError),
    (socket.gaierror(-2, "unknown"), NewConnectionError),
    (ssl.SSLError(1, "bad"), urllib3.exceptions.SSLError),
    (ConnectionResetError(104, "reset"), urllib3.exceptions.ProtocolError),
    (TimeoutError("timed out"), ReadTimeoutError),
    (ConnectTimeoutError(None, "too late"), ConnectTimeoutError),
    (urllib3.exceptions.ReadTimeoutError(None, "/", "too late"), ReadTimeoutError),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("given", "raised"), GIVEN)
def test_an_exception_given(http: HttpPlugin, given: Any, raised: type[HTTPError]) -> None:
    http.mock_error("GET", URL, raises=given)
    with tripwire.sandbox(), urllib3.PoolManager(retries=False) as pool, pytest.raises(raised) as caught:
        pool.request("GET", URL)
    if isinstance(given, HTTPError):
        assert caught.value is given
    http.assert_request("GET", URL, raised=given)


@pytest.mark.parametrize("url", [URL, "http://api.example.com/data"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy(http: HttpPlugin, url: str, scheme: str) -> None:
    http.mock_response("GET", url, json=1)
    http.mock_error("GET", url, raises="connect")
    with (
        tripwire.sandbox(),
        urllib3.ProxyManager(f"{scheme}://proxy.example.com:3128", retries=False) as pool,
    ):
        # A warning would be an error: to the client all of it is verified.
        assert pool.request("GET", url, headers={"Connection": "close"}).data == b"1"
        with pytest.raises(ProxyError):
            pool.request("GET", url)
    http.assert_request("GET", url)
    http.assert_request("GET", url)


@pytest.mark.parametrize("settings", [{"cert_reqs": "CERT_NONE"}, {"cert_reqs": ssl.CERT_NONE}])
def test_a_connection_that_is_not_verified(http: HttpPlugin, settings: dict[str, Any]) -> None:
    http.mock_response("GET", URL)
    warning = pytest.warns(InsecureRequestWarning, match=r"to host 'api\.example\.com'")
    with tripwire.sandbox(), urllib3.PoolManager(**settings) as pool, warning:
        pool.request("GET", URL)
    http.assert_request("GET", URL)


def test_nothing_else_to_read_than_what_came(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, body=b"x" * 20)
    connection = urllib3.connection.HTTPSConnection("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        held: Any = connection.sock
        seen = (held.getpeercert(), held.getpeercert(True), held.selected_alpn_protocol())
        assert seen == ({}, b"", None)
        assert (held.version(), held.cipher()[1]) == ("TLSv1.3", "TLSv1.3")
        connection.request("GET", "/data")
        assert urllib3.util.wait_for_read(held, 0)
        connection.getresponse().close()
        held.shutdown(socket.SHUT_RDWR)
        assert held.recv(1) == b""
    assert held.fileno() == -1
    http.assert_request("GET", URL)


def test_polling_a_real_response(http: HttpPlugin, server: Any, make_route: Any) -> None:
    server.routes = [make_route("GET", "/data", body=b"real")]
    http.pass_through("GET", f"{server.url}/data")
    connection = urllib3.connection.HTTPConnection("127.0.0.1", server.server_port)
    with tripwire.sandbox():
        connection.request("GET", "/data")
        assert urllib3.util.wait_for_read(connection.sock, 5)
        connection.getresponse().read()
        assert not urllib3.util.wait_for_read(connection.sock, 0)
    http.assert_request("GET", f"{server.url}/data", status=200)


def test_a_file_of_the_socket_after_its_timeout() -> None:
    connection = urllib3.connection.HTTPSConnection("api.example.com")
    with tripwire.sandbox():
        connection.connect()
        held: Any = connection.sock
        with held.makefile("rb", 0) as file:
            assert not urllib3.util.wait_for_read(file, 0)
            with pytest.raises(TimeoutError, match=r"^The read operation timed out$"):
                file.read(1)
            with pytest.raises(OSError, match=r"^cannot read from timed out object$"):
                file.read(1)


def test_a_version_that_has_moved_the_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("urllib3.connection.HTTPConnection._new_conn")
    verifier = tripwire.StrictVerifier()
    HttpPlugin(verifier)
    with pytest.raises(tripwire.TripwireError) as caught:
        verifier.sandbox().__enter__()
    assert str(caught.value).splitlines()[0] == (
        "HttpPlugin cannot find urllib3.connection.HTTPConnection._new_conn, where it catches calls; "
        f"urllib3 is installed at version {version('urllib3')}"
    )
