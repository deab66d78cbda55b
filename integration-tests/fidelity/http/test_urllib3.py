"""urllib3: pools, retries, streams and warnings."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from urllib3 import Retry, Timeout
from urllib3.exceptions import HTTPError, InsecureRequestWarning, MaxRetryError, ProtocolError

from .programs import FOLLOWING, PROGRAMS
from .world import World, scenario


def visible(response: Any) -> dict[str, Any]:
    """Everything a program can see of a response before it reads it."""
    return {
        "status": (response.status, response.reason, response.version, response.version_string),
        "headers": (list(response.headers.items()), response.headers.getlist("x-two")),
        "url": (response.geturl(), response.url),
        "length": (response.length_remaining, response.chunked, response.supports_chunked_reads()),
        "retries": [tuple(one) for one in response.retries.history] if response.retries else None,
        "closed": (response.closed, response.isclosed(), response.readable(), response.tell()),
        "connection": type(response.connection).__name__,
    }


class ByUrllib3:
    errors = (HTTPError,)

    def __init__(self, **settings: Any) -> None:
        self.settings = settings

    def ask(
        self,
        world: World,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
    ) -> Any:
        settings = {"retries": Retry(4, connect=0, read=0, other=0), **self.settings}
        with urllib3.PoolManager(timeout=timeout or 5, ca_certs=world.trust.file, **settings) as pool:
            response = pool.request(method, url, headers=headers, body=body, preload_content=False)
            return visible(response), response.read(), response.read(), response.closed, visible(response)


@pytest.mark.parametrize("name", [*PROGRAMS, *FOLLOWING])
@scenario(passed=True)
def test_as_every_client(world: World, name: str) -> None:
    {**PROGRAMS, **FOLLOWING}[name](world, ByUrllib3())


@pytest.mark.parametrize("how", ["connect", "dns", "tls", "timeout", "read"])
@scenario
def test_failing_without_retries(world: World, how: Any) -> None:
    with world.raises(HTTPError):
        ByUrllib3(retries=False).ask(world, "GET", world.fail("GET", "/fails", how), timeout=0.1)


@pytest.mark.parametrize("how", ["connect", "timeout", "read"])
@scenario
def test_failing_again_and_again(world: World, how: Any) -> None:
    for _ in range(3):
        url = world.fail("GET", "/fails", how)
    with world.raises(MaxRetryError) as caught:
        ByUrllib3(retries=Retry(2)).ask(world, "GET", url, timeout=0.05)
    assert isinstance(caught.value, MaxRetryError)
    world.note("reason", caught.value.reason, caught.value.url)


@pytest.mark.parametrize("budget", [{"connect": 1, "read": 0}, {"connect": 0, "read": 1}])
@pytest.mark.parametrize("how", ["connect", "read"])
@scenario
def test_which_budget_a_failure_is_charged_to(world: World, how: Any, budget: dict[str, Any]) -> None:
    for _ in range(1 + budget[how]):
        url = world.fail("GET", "/fails", how)
    with world.raises(HTTPError):
        ByUrllib3(retries=Retry(5, **budget)).ask(world, "GET", url)


@scenario(passed=True)
def test_retrying_by_status(world: World) -> None:
    for number in range(2):
        url = world.answer("GET", "/flaky", status=503, text=f"try {number}", headers=[("Retry-After", "0")])
    world.answer("GET", "/flaky", text="at last")
    retries = Retry(3, status_forcelist=[503], backoff_factor=0)
    world.note("flaky", ByUrllib3(retries=retries).ask(world, "GET", url))


@scenario
def test_too_many_statuses(world: World) -> None:
    for _ in range(2):
        url = world.answer("GET", "/flaky", status=502)
    with world.raises(MaxRetryError):
        ByUrllib3(retries=Retry(1, status_forcelist=[502])).ask(world, "GET", url)


@scenario
def test_too_many_redirects(world: World) -> None:
    for _ in range(3):
        url = world.answer("GET", "/loop", status=302, headers=[("Location", "/loop")])
    with world.raises(MaxRetryError):
        ByUrllib3(retries=Retry(redirect=2)).ask(world, "GET", url)


@scenario(passed=True)
def test_redirects_not_followed(world: World) -> None:
    url = world.answer("GET", "/old", status=302, headers=[("Location", "/new")])
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, redirect=False)
        world.note("302", visible(response), response.data, response.get_redirect_location())


@scenario(passed=True)
def test_preloaded(world: World) -> None:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", world.answer("GET", "/json", json={"a": [1]}))
        world.note("json", visible(response), response.data, response.json(), response.read())


@scenario(passed=True)
def test_json_fields_and_files(world: World) -> None:
    with urllib3.PoolManager(headers={"X-Pool": "1"}) as pool:
        for given in (
            {"json": {"a": 1}},
            {"fields": {"q": "a b"}, "multipart_boundary": "xx"},
            {"fields": {"f": ("n.txt", "data", "text/plain")}, "multipart_boundary": "xx"},
            {"fields": {"a": "1"}, "encode_multipart": False},
        ):
            response = pool.request("POST", world.answer("POST", "/form", text="ok"), **given)
            world.note("form", response.status)
        world.note("get", pool.request("GET", world.answer("GET", "/form"), fields={"q": "a b"}).geturl())


STREAMS: dict[str, Any] = {
    "stream": lambda response: list(response.stream(5)),
    "stream all": lambda response: list(response.stream(None)),
    "undecoded": lambda response: list(response.stream(5, decode_content=False)),
    "lines": list,
    "read": lambda response: [response.read(4), response.tell(), response.read(3), response.read()],
    "read1": lambda response: [response.read1(4), b"".join(iter(response.read1, b""))],
    "cached": lambda response: [response.read(cache_content=True), response.data],
    "into": lambda response: [response.readinto(buffer := bytearray(6)), bytes(buffer)],
    "closed": lambda response: [response.read(2), response.close(), response.closed],
    "released": lambda response: [response.read(2), response.drain_conn(), response.release_conn()],
}


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@pytest.mark.parametrize("how", STREAMS)
@scenario
def test_reading(world: World, how: str, framing: str) -> None:
    route: dict[str, Any] = {"body": b"one\ntwo\n\nfour\n"}
    if framing == "chunks":
        route = {"stream": [b"one\ntwo\n\nfour\n"]}
    if framing == "close":
        route["headers"] = [("Connection", "close")]
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", world.answer("GET", "/text", **route), preload_content=False)
        world.note(how, STREAMS[how](response), response.closed)
        response.release_conn()


@scenario
def test_chunks_as_they_come(world: World) -> None:
    with urllib3.PoolManager() as pool:
        for how in ("read_chunked", "stream"):
            url = world.answer("GET", "/parts", stream=[b"one", b"two", b"three"])
            response = pool.request("GET", url, preload_content=False)
            world.note(how, list(getattr(response, how)(4)))
            response.release_conn()


@scenario(passed=True)
def test_decoding_in_pieces(world: World) -> None:
    packed = gzip.compress(b"squeezed" * 100, mtime=0)
    with urllib3.PoolManager() as pool:
        for decode in (True, False):
            url = world.answer(
                "GET", "/gz", stream=[packed[:15], packed[15:]], headers=[("Content-Encoding", "gzip")]
            )
            response = pool.request("GET", url, preload_content=False, decode_content=decode)
            world.note("gzip", len(b"".join(response.stream(7))), visible(response))


@scenario
def test_an_encoding_that_is_broken(world: World) -> None:
    url = world.answer("GET", "/gz", body=b"no gzip at all", headers=[("Content-Encoding", "gzip")])
    with world.raises(urllib3.exceptions.DecodeError):
        ByUrllib3().ask(world, "GET", url)


@scenario
def test_an_end_that_comes_early(world: World) -> None:
    for enforced in (True, False):
        url = world.answer("GET", "/early", stream=[b"half"], headers=[("Content-Length", "10")])
        with urllib3.PoolManager() as pool:
            response = pool.request("GET", url, preload_content=False, enforce_content_length=enforced)
            world.note("first", response.read(2))
            with world.raises(ProtocolError) as caught:
                response.read()
            world.note("partial", *caught.value.args)


@scenario(passed=True)
def test_a_pool_of_one_host(world: World) -> None:
    address = urlsplit(world.url)
    with urllib3.HTTPConnectionPool(str(address.hostname), address.port, maxsize=2) as pool:
        for number in range(4):
            world.answer("GET", "/again", text=str(number))
            world.note("again", pool.request("GET", "/again").data)
        world.note("reused", pool.num_connections, pool.num_requests)
        world.answer("GET", "/closing", headers=[("Connection", "close")])
        pool.request("GET", "/closing")
        world.answer("GET", "/again", text="anew")
        world.note("anew", pool.request("GET", "/again").data, pool.num_connections)


@scenario
def test_a_pool_that_blocks(world: World) -> None:
    address = urlsplit(world.url)
    with urllib3.HTTPConnectionPool(str(address.hostname), address.port, block=True) as pool:
        world.answer("GET", "/held", body=b"x" * 100)
        held = pool.request("GET", "/held", preload_content=False)
        with world.raises(urllib3.exceptions.EmptyPoolError):
            pool.urlopen("GET", "/more", pool_timeout=0.01, retries=False)  # type: ignore[arg-type]
        held.drain_conn()
        world.answer("GET", "/more", text="now")
        world.note("now", pool.urlopen("GET", "/more").data)


@scenario(server="https", passed=True)
def test_tls(world: World) -> None:
    url = world.answer("GET", "/", json={"safe": True})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        world.note("tls", ByUrllib3().ask(world, "GET", url))
    world.note("warnings", [str(one.message) for one in caught])


@scenario(server="https", passed=True)
def test_tls_that_nobody_verifies(world: World) -> None:
    with urllib3.PoolManager(cert_reqs="CERT_NONE") as pool:
        for _ in range(2):
            with pytest.warns(InsecureRequestWarning) as caught:
                world.note("insecure", pool.request("GET", world.answer("GET", "/", text="x")).data)
            world.note("warning", [str(one.message) for one in caught])


@scenario(server="https")
def test_what_a_connection_says_of_itself(world: World) -> None:
    address = urlsplit(world.url)
    each: list[dict[str, Any]] = [{"ca_certs": world.trust.file}, {"cert_reqs": "CERT_NONE"}]
    for settings in each:
        with urllib3.HTTPSConnectionPool(str(address.hostname), address.port, **settings) as pool:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                world.answer("GET", "/")
                response = pool.request("GET", "/", preload_content=False)
                connection: Any = response.connection
                response.drain_conn()
            world.note(
                "connection", connection.is_verified, connection.proxy_is_verified, connection.is_closed
            )
            world.note("alive", connection.is_connected, connection.has_connected_to_proxy)
            connection.close()
            world.note("closed", connection.is_closed, connection.is_connected, connection.is_verified)


@scenario(passed=True)
def test_a_proxy(world: World) -> None:
    with urllib3.ProxyManager(world.url, proxy_headers={"X-Proxy": "1"}) as pool:
        url = world.answer("GET", "http://api.example.com/data", text="by proxy")
        response = pool.request("GET", url)
        world.note("proxy", visible(response), response.data)


@pytest.mark.parametrize("retries", [False, Retry(0)])
@scenario
def test_a_proxy_that_is_not_there(world: World, retries: Any) -> None:
    with urllib3.ProxyManager(world.servers.origins["closed"]) as pool, world.raises(HTTPError):
        pool.request("GET", world.fail("GET", "/x", "connect"), retries=retries)


@scenario
def test_timeouts_of_their_own(world: World) -> None:
    with urllib3.PoolManager() as pool:
        url = world.answer("GET", "/slow", delay=5)
        with world.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("GET", url, timeout=Timeout(connect=5, read=0.05), retries=False)
        url = world.answer("GET", "/slow", delay=5)
        with pytest.raises(urllib3.exceptions.ReadTimeoutError, match=r"read timeout=0\.0"):  # what is left
            pool.request("GET", url, timeout=Timeout(total=0.05), retries=False)


@scenario(passed=True)
def test_the_top_level_function(world: World) -> None:
    world.note("request", urllib3.request("GET", world.answer("GET", "/", json=1)).json())


@scenario
def test_shutting_down_while_reading(world: World) -> None:
    with urllib3.PoolManager() as pool:
        url = world.answer("GET", "/large", body=b"x" * 100_000)
        response = pool.request("GET", url, preload_content=False)
        world.note("first", response.read(10))
        response.shutdown()
        response.close()
        world.note("shut", response.closed)
