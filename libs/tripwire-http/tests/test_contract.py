"""The plugin keeps the contract of all plugins, through every client."""

from __future__ import annotations

import gc
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import httpx2
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.testing import PluginContract, RecordingContract


@pytest.fixture(autouse=True)
def young_heap() -> Iterator[None]:
    """Who patches a name is looked for among all objects, once for each name: leave out those of the test session."""
    gc.freeze()
    yield
    gc.unfreeze()


class Contract(PluginContract):
    plugin = HttpPlugin

    def mock(self, number: int) -> None:
        tripwire.http.mock_response("GET", url(number), json={"number": number})

    def check(self, number: int) -> None:
        tripwire.http.assert_request("GET", url(number), status=200)


def url(number: int) -> str:
    return f"https://api.example.com/{number}"


class TestHttpx(Contract):
    def call(self, number: int) -> Any:
        return httpx.get(url(number))


class TestHttpxAsync(Contract):
    async def call(self, number: int) -> Any:
        async with httpx.AsyncClient() as client:
            return await client.get(url(number))


class TestHttpx2(Contract):
    def call(self, number: int) -> Any:
        return httpx2.get(url(number))


class TestUrllib(Contract):
    def call(self, number: int) -> Any:
        with urllib.request.urlopen(url(number)) as response:
            return response.read()


class Numbers(BaseHTTPRequestHandler):
    """Gives back the number it is asked for."""

    def do_GET(self) -> None:
        body = b'{"number": %s}' % self.path[1:].encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class TestRecorded(RecordingContract):
    plugin = HttpPlugin
    address = ""

    @pytest.fixture(autouse=True)
    def server(self) -> Iterator[None]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Numbers)
        thread = Thread(target=server.serve_forever)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        yield
        server.shutdown()
        server.server_close()
        thread.join()

    def mock(self, number: int) -> None:
        tripwire.http.mock_response("GET", f"{self.address}/{number}", json={"number": number})

    def call(self, number: int) -> Any:
        assert httpx.get(f"{self.address}/{number}").json() == {"number": number}

    def check(self, number: int) -> None:
        tripwire.http.assert_request("GET", f"{self.address}/{number}", status=200)
