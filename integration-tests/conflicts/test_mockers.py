"""Other mockers, used as their users use them, while a sandbox opens: each is refused by name."""

from __future__ import annotations

import re

import pytest
from environments import Environment

COMMON = '''
import asyncio, functools, http.client, shutil, subprocess, urllib.request
from contextlib import contextmanager
from unittest import mock
import aiohttp, asyncpg, httpx, pytest, requests
import tripwire

MESSAGE = """{} has already been patched by {}, so tripwire cannot vouch for what reaches it.
Take that patch away, or open the sandbox before it"""
HINT = """; a transparent wrapper can be allowed:
    [tool.tripwire]
    allow_patchers = ["{}"]"""
FOR_TESTS = ("unittest.mock", "pytest_mock", "monkeypatch")

def refused(target, patcher, what=""):
    with pytest.raises(tripwire.ConflictError) as caught:
        with tripwire:
            raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == (target, patcher)
    hint = "" if patcher in FOR_TESTS or ":" in patcher else HINT.format(patcher)
    assert str(caught.value) == MESSAGE.format(target, patcher + what) + hint
'''

MOCKED = """
NAMES = [
    "httpx.get", "httpx.Client.send", "httpx.AsyncClient.get", "httpx.Client", "httpx.HTTPTransport.handle_request",
    "urllib.request.urlopen", "http.client.HTTPConnection", "http.client.HTTPSConnection.connect",
    "http.client.HTTPConnection.getresponse", "requests.get", "requests.Session.request", "aiohttp.ClientSession.get",
    "asyncpg.connect", "asyncpg.create_pool", "asyncpg.Connection.fetch", "asyncpg.Pool.acquire", "subprocess.run",
    "subprocess.Popen", "subprocess.Popen.communicate", "subprocess.check_output", "shutil.which",
    "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell", "socket.create_connection",
]
"""

TOOLS = {
    "unittest_mock": MOCKED
    + """
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", [{}, {"autospec": True}], ids=str)
def test_patch(name, how):
    with mock.patch(name, **how):
        with pytest.raises(tripwire.ConflictError) as caught:
            with tripwire:
                raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == (name, "unittest.mock")
    with tripwire:
        pass

@mock.patch.object(httpx.Client, "send")
def test_decorator(send):
    refused("httpx.Client.send", "unittest.mock")

@mock.patch("httpx.get", new=functools.partial(httpx.get, timeout=1))
def test_partial():
    refused("httpx.get", "unittest.mock")

def fake(*args, **kwargs):
    pass

def test_function():
    line = fake.__code__.co_firstlineno
    with mock.patch.multiple("asyncpg", connect=fake):
        refused("asyncpg.connect", "unittest.mock", f" with test_unittest_mock.py:{line}")

def test_stubbed_class():
    with mock.patch("httpx.Client", autospec=True), pytest.raises(tripwire.ConflictError, match="by unittest.mock"):
        with tripwire:
            raise AssertionError("must not get here")

def test_stubbed_module():
    with mock.patch.dict("sys.modules", httpx=mock.MagicMock()), pytest.raises(
        tripwire.ConflictError, match="^httpx.* has already been patched by unittest.mock, "
    ):
        with tripwire:
            raise AssertionError("must not get here")
""",
    "pytest_mock": """
@pytest.fixture
def fake_get(mocker):
    return mocker.patch("httpx.get")

def test_fixture(fake_get):
    refused("httpx.get", "pytest_mock")

def test_object(mocker):
    mocker.patch.object(subprocess, "run", autospec=True)
    refused("subprocess.run", "pytest_mock")

def test_spy(mocker):
    mocker.spy(asyncpg, "connect")
    refused("asyncpg.connect", "pytest_mock")

def test_function(mocker):
    fake = lambda program: None
    mocker.patch("shutil.which", fake)
    refused("shutil.which", "pytest_mock", f" with test_pytest_mock.py:{fake.__code__.co_firstlineno}")

def test_not_the_mocker(mocker):
    mocker.patch("os.getcwd")
    with mock.patch("httpx.get"):
        refused("httpx.get", "unittest.mock")
""",
    "monkeypatch": MOCKED
    + """
class Stub:
    pass

@pytest.mark.parametrize("name", NAMES)
def test_setattr(monkeypatch, name):
    monkeypatch.setattr(name, lambda *args: None)
    with pytest.raises(tripwire.ConflictError) as caught:
        with tripwire:
            raise AssertionError("must not get here")
    assert (caught.value.target, caught.value.patcher) == (name, "monkeypatch")

def test_function(monkeypatch):
    fake = lambda request: None
    monkeypatch.setattr(httpx.Client, "send", fake)
    refused("httpx.Client.send", "monkeypatch", f" with test_monkeypatch.py:{fake.__code__.co_firstlineno}")

@pytest.mark.parametrize("value", [Stub, Stub(), None, functools.partial(print)], ids=repr)
def test_context(value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiohttp, "ClientSession", value)
        refused("aiohttp.ClientSession", "monkeypatch")

def test_with_a_mock(monkeypatch):
    monkeypatch.setattr(aiohttp, "ClientSession", mock.Mock())
    refused("aiohttp.ClientSession", "unittest.mock")

@pytest.mark.parametrize("value, what", [(print, "builtins:print"), (httpx.post, "httpx:post")])
def test_function_of_another_name(monkeypatch, value, what):
    monkeypatch.setattr(httpx, "get", value)
    refused("httpx.get", "monkeypatch", f" with {what}")

def test_by_hand():
    genuine, httpx.get = httpx.get, lambda url: None
    place = f"test_monkeypatch.py:{httpx.get.__code__.co_firstlineno}"
    try:
        refused("httpx.get", place)
    finally:
        httpx.get = genuine
""",
    "respx": """
import respx
TARGET = "httpcore.ConnectionPool.handle_request"

def test_fixture(respx_mock):
    respx_mock.get("https://example.org/")
    respx_mock.stop(clear=False, reset=False)  # its router asserts at teardown that routes were called
    with respx.mock:
        refused(TARGET, "respx")

@respx.mock
def test_decorator():
    refused(TARGET, "respx")

def test_context():
    with respx.mock(base_url="https://example.org"):
        refused(TARGET, "respx")

def test_through_httpx():
    with respx.mock(using="httpx"):
            refused("httpx.Client._transport_for_url", "respx")
""",
    "pytest_httpx": """
def test_fixture(httpx_mock):
    refused("httpx.HTTPTransport.handle_request", "pytest_httpx")
""",
    "responses": """
import responses

@responses.activate
def test_decorator():
    refused("requests.adapters.HTTPAdapter.send", "responses")

def test_context():
    with responses.RequestsMock():
        refused("requests.adapters.HTTPAdapter.send", "responses")

@pytest.fixture
def mocked():
    with responses.RequestsMock() as mocked:
        yield mocked

def test_fixture(mocked):
    refused("requests.adapters.HTTPAdapter.send", "responses")
""",
    "requests_mock": """
import requests_mock as library

def test_fixture(requests_mock):
    refused("requests.Session.send", "requests_mock")

@library.Mocker()
def decorated(mocked):
    refused("requests.Session.send", "requests_mock")

def test_decorator():
    decorated()

def test_context():
    with library.Mocker():
        refused("requests.Session.send", "requests_mock")
""",
    "aioresponses": """
from aioresponses import aioresponses

async def test_context():
    with aioresponses():
        refused("aiohttp.ClientSession._request", "aioresponses")

@aioresponses()
def decorated(mocked):
    refused("aiohttp.ClientSession._request", "aioresponses")

def test_decorator():
    decorated()
""",
    "pytest_subprocess": """
def test_fixture(fp):
    refused("asyncio.create_subprocess_exec", "pytest_subprocess")

def test_long_name(fake_process):
    refused("asyncio.create_subprocess_exec", "pytest_subprocess")
""",
    "vcrpy": """
import vcr

def test_context(tmp_path):
    with vcr.use_cassette(str(tmp_path / "one.yaml")):
        refused("http.client.HTTPConnection", "vcr")

@vcr.use_cassette("two.yaml")
def test_decorator():
    refused("http.client.HTTPConnection", "vcr")
""",
    "httpretty": """
import httpretty

@httpretty.activate
def test_decorator():
    refused("socket.create_connection", "httpretty")

def test_context():
    with httpretty.enabled():
        refused("socket.create_connection", "httpretty")
""",
    "opentelemetry": """
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

@pytest.fixture
def instrumented(request):
    instrumentor = request.param()
    instrumentor.instrument()
    yield
    instrumentor.uninstrument()

@pytest.mark.parametrize("instrumented", [HTTPXClientInstrumentor], indirect=True)
def test_httpx(instrumented):
    refused("httpx.HTTPTransport.handle_request", "opentelemetry.instrumentation.httpx")

@pytest.mark.parametrize("instrumented", [AsyncPGInstrumentor], indirect=True)
def test_asyncpg(instrumented):
    refused("asyncpg.Connection.execute", "opentelemetry.instrumentation.asyncpg")
""",
    "zz_sentry": """
import sentry_sdk

class Transport(sentry_sdk.Transport):
    def capture_envelope(self, envelope):
        pass

def test_installed_for_good():
    sentry_sdk.init(transport=Transport)
    refused("asyncpg.connect_utils._connect_addr", "sentry_sdk")
""",
}


@pytest.fixture(scope="module")
def outcomes(third_parties: Environment, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest reports of all of them, in one session."""
    folder = tmp_path_factory.mktemp("mockers")
    files = {f"test_{tool}": COMMON + code for tool, code in TOOLS.items()}
    return third_parties.pytest(folder, "-rA", "--tb=short", **files).stdout


@pytest.mark.parametrize("tool", TOOLS)
def test_it_is_refused_by_name(outcomes: str, tool: str) -> None:
    ended = re.findall(rf"^([A-Z]+) test_{tool}\.py::(test_\w+)", outcomes, re.MULTILINE)
    assert {outcome for outcome, _ in ended} == {"PASSED"}, outcomes
    assert {name for _, name in ended} == set(re.findall(r"def (test_\w+)\(", TOOLS[tool]))
