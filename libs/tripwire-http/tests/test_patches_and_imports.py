"""Other people's patches, and clients that are imported early, late or never."""

from __future__ import annotations

import subprocess
import sys
from unittest import mock

import pytest

import tripwire


@pytest.mark.parametrize(
    "name",
    [
        "httpx.HTTPTransport.handle_request",
        "httpx.AsyncHTTPTransport.handle_async_request",
        "httpx.Client.send",
        "httpx.AsyncClient.get",
        "httpx.get",
        "httpx2.Client.request",
        "httpcore.ConnectionPool.handle_request",
        "http.client.HTTPConnection",
        "http.client.HTTPConnection.connect",
        "http.client.HTTPSConnection.connect",
        "http.client.HTTPConnection.request",
        "urllib.request.urlopen",
        "urllib.request.OpenerDirector.open",
    ],
)
def test_somebody_elses_patch_is_a_conflict(name: str) -> None:
    with mock.patch(name), pytest.raises(tripwire.ConflictError) as caught:
        tripwire.sandbox().__enter__()
    assert (caught.value.target, caught.value.patcher) == (name, "unittest.mock")
    with tripwire.sandbox():
        pass


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_client_is_imported_for_the_program() -> None:
    code = """
import sys
import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
verifier = tripwire.StrictVerifier()
plugin = HttpPlugin(verifier)
plugin.mock_response("GET", "https://api.example.com/data", json=1, required=False)
with verifier.sandbox():
    pass
names = ("httpx", "httpx2", "httpcore", "httpcore2", "http.client", "urllib.request", "aiohttp", "urllib3")
print([name for name in names if name in sys.modules])
"""
    assert run_python(code) == "[]\n"


def test_clients_first_imported_inside_the_sandbox_are_caught() -> None:
    code = """
import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
verifier = tripwire.StrictVerifier()
plugin = HttpPlugin(verifier)
for _ in range(4):
    plugin.mock_response("GET", "https://api.example.com/data", json=1)
with verifier.sandbox():
    import httpx, httpx2, urllib.request
    print(httpx.get("https://api.example.com/data").json(), httpx2.get("https://api.example.com/data").json())
    print(urllib.request.urlopen("https://api.example.com/data").read())
    from http.client import HTTPSConnection
    connection = HTTPSConnection("api.example.com")
    connection.request("GET", "/data")
    print(connection.getresponse().status)
print(httpx.HTTPTransport.handle_request.__module__, urllib.request.http.client.HTTPConnection.connect.__module__)
print(hasattr(httpx.HTTPTransport.handle_request, "__wrapped__"))
"""
    assert run_python(code) == "1 1\nb'1'\n200\nhttpx._transports.default http.client\nFalse\n"
