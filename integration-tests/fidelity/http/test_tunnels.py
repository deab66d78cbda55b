"""Through a proxy's tunnel to an origin over TLS: what is recorded is the origin's."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from typing import Any
from urllib import request
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped, unused-ignore]
import pytest
import requests
import urllib3
from botocore import UNSIGNED  # type: ignore[import-untyped, unused-ignore]
from botocore.config import Config  # type: ignore[import-untyped, unused-ignore]

import tripwire

from .world import World, scenario


class Proxy:
    """Opens tunnels, and refuses those without a password if it is told to."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.refuses = False
        self.asked: list[str] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        with client:
            line = client.recv(65536).decode("latin-1").partition("\r\n")[0]
            self.asked.append(line)
            if self.refuses:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            host, _, port = line.split(" ")[1].partition(":")
            with socket.create_connection((host, int(port))) as origin:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                pump(client, origin)


def pump(*ends: socket.socket) -> None:
    while True:
        for end in select.select(ends, [], [])[0]:
            try:
                data = end.recv(65536)
                (ends[1] if end is ends[0] else ends[0]).sendall(data)
            except OSError:
                return
            if not data:
                return


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.listening.shutdown(socket.SHUT_RDWR)
    proxy.listening.close()


def by_requests(world: World, proxy: str, url: str) -> Any:
    response = requests.get(url, proxies={"https": proxy}, verify=world.trust.file)
    return response.status_code, response.text, response.url


def by_urllib3(world: World, proxy: str, url: str) -> Any:
    with urllib3.ProxyManager(proxy, ca_certs=world.trust.file, retries=False) as pool:
        seen = []
        for _ in range(2):
            response = pool.request("GET", url, preload_content=False)
            connection: Any = response.connection
            response.drain_conn()
            seen.append(
                (connection.is_verified, connection.proxy_is_verified, connection.has_connected_to_proxy)
            )
        return seen


def by_urllib(world: World, proxy: str, url: str) -> Any:
    opener = request.build_opener(
        request.ProxyHandler({"https": proxy}), request.HTTPSHandler(context=world.trust.context)
    )
    with opener.open(url) as response:
        return response.status, response.url, response.read()


def by_http_client(world: World, proxy: str, url: str) -> Any:
    parts = urlsplit(url)
    connection = HTTPSConnection(urlsplit(proxy).netloc, context=world.trust.context)
    try:
        connection.set_tunnel(str(parts.hostname), parts.port, headers={"X-Proxy": "1"})
        connection.request("GET", parts.path)
        with connection.getresponse() as response:
            return response.status, response.read()
    finally:
        connection.close()


def by_boto3(world: World, proxy: str, url: str) -> Any:
    settings = Config(signature_version=UNSIGNED, proxies={"https": proxy}, retries={"total_max_attempts": 1})
    given = {"endpoint_url": world.url, "verify": world.trust.file, "config": settings}
    return (
        boto3.client("s3", region_name="us-east-1", **given)
        .get_object(Bucket="origin", Key="key")["Body"]
        .read()
    )


CLIENTS: list[Callable[[World, str, str], Any]] = [
    by_requests,
    by_urllib3,
    by_urllib,
    by_http_client,
    by_boto3,
]


@pytest.mark.parametrize("client", CLIENTS)
@scenario(server="https", passed=True)
def test_through_a_tunnel(world: World, proxy: Proxy, client: Callable[[World, str, str], Any]) -> None:
    proxy.asked.clear()
    for _ in range(2 if client is by_urllib3 else 1):
        url = world.answer("GET", "/origin/key", text="through")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("botocore.endpoint.uuid.uuid4", lambda: "fixed")
        world.note("seen", client(world, proxy.url, url))
    assert bool(proxy.asked) is not world.is_mocked


def test_a_proxy_that_refuses(world: World, proxy: Proxy, tripwire_verifier: Any) -> None:
    url = world.url.replace("http:", "https:") + "/data"
    proxy.refuses = True
    try:
        with pytest.raises(requests.exceptions.ProxyError) as really:
            by_requests(world, proxy.url, url)
        tripwire.http.pass_through("GET", url)
        with tripwire.sandbox(), pytest.raises(requests.exceptions.ProxyError) as passed:
            by_requests(world, proxy.url, url)
    finally:
        proxy.refuses = False
    assert str(passed.value) == str(really.value)
    tripwire.http.assert_request("GET", url, raised=OSError)
