"""Transparent instrumentation that the project allows: it sees the mocked calls, and each is recorded once."""

from __future__ import annotations

from pathlib import Path

import pytest
from environments import Environment

OPENTELEMETRY = """
import asyncpg, httpx, pytest, tripwire
from opentelemetry import trace
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

EXPORTER = InMemorySpanExporter()
PROVIDER = TracerProvider()
PROVIDER.add_span_processor(SimpleSpanProcessor(EXPORTER))
trace.set_tracer_provider(PROVIDER)
INSTRUMENTORS = (HTTPXClientInstrumentor(), AsyncPGInstrumentor())

@pytest.fixture(scope="module", autouse=True)
def instrumented():
    for one in INSTRUMENTORS:
        one.instrument()
    yield
    for one in INSTRUMENTORS:
        one.uninstrument()

@pytest.fixture(autouse=True)
def spans():
    EXPORTER.clear()
    return lambda: [span.name for span in EXPORTER.get_finished_spans()]

HELD = {}

def held():
    return httpx.HTTPTransport.handle_request, asyncpg.Connection.__dict__["fetch"]

def test_sync(spans):
    HELD["before"] = [id(vars(httpx.HTTPTransport)["handle_request"]), id(vars(asyncpg.Connection)["fetch"])]
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        with tripwire:
            assert httpx.get("https://api.example.com/1").json() == {"one": 1}
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["GET"]
    assert "traceparent" in next(iter(tripwire.current_verifier().timeline)).fields["request_headers"]

async def test_async(spans):
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        async with httpx.AsyncClient() as client:
            assert (await client.get("https://api.example.com/1")).json() == {"one": 1}
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["GET"]

async def test_asyncpg(spans):
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"id": 1}]).expect("execute", returns="DELETE 1").expect("close", returns=None)
    with tripwire:
        connection = await asyncpg.connect(host="localhost", database="app", user="admin")
        assert [dict(row) for row in await connection.fetch("SELECT id FROM t WHERE x = $1", 2)] == [{"id": 1}]
        assert await connection.execute("DELETE FROM t") == "DELETE 1"
        await connection.close()
    tripwire.asyncpg.assert_connect(host="localhost")
    tripwire.asyncpg.assert_fetch(query="SELECT id FROM t WHERE x = $1", args=[2])
    tripwire.asyncpg.assert_execute(query="DELETE FROM t", args=[])
    tripwire.asyncpg.assert_close()
    assert spans() == ["SELECT", "DELETE"]

def test_unmocked(spans):
    with tripwire, pytest.raises(tripwire.UnmockedInteractionError):
        httpx.get("https://api.example.com/2")
    assert spans() == ["GET"]

def test_theirs_is_in_place_and_works(spans):
    now = [id(vars(httpx.HTTPTransport)["handle_request"]), id(vars(asyncpg.Connection)["fetch"])]
    assert now == HELD["before"]
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://localhost:9/")
    assert spans() == ["GET"]

def test_begun_inside(spans):
    for one in INSTRUMENTORS:
        one.uninstrument()
    genuine = vars(httpx.HTTPTransport)["handle_request"]
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        INSTRUMENTORS[0].instrument()
        assert httpx.get("https://api.example.com/1").json() == {"one": 1}
        INSTRUMENTORS[0].uninstrument()
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["GET"]
    with tripwire:
        INSTRUMENTORS[0].instrument()
    INSTRUMENTORS[0].uninstrument()
    HELD["genuine"] = genuine

def test_nothing_is_left():
    assert vars(httpx.HTTPTransport)["handle_request"] is HELD["genuine"]
"""

SENTRY = """
import asyncio, http.client, subprocess, threading, urllib.request
import asyncpg, httpx, pytest, sentry_sdk, tripwire

EVENTS = []

class Transport(sentry_sdk.Transport):
    def capture_envelope(self, envelope):
        EVENTS.extend(item.payload.json for item in envelope.items)

sentry_sdk.init("https://key@sentry.invalid/1", transport=Transport, traces_sample_rate=1.0)
NAMES = [
    (http.client.HTTPConnection, "putrequest"), (http.client.HTTPConnection, "getresponse"),
    (subprocess.Popen, "__init__"), (subprocess.Popen, "communicate"), (subprocess.Popen, "wait"),
    (threading.Thread, "start"), (httpx.Client, "send"), (asyncpg.connect_utils, "_connect_addr"),
    (asyncpg.Connection, "execute"),
]
HELD = [vars(owner)[name] for owner, name in NAMES]

@pytest.fixture
def spans():
    EVENTS.clear()
    def end():
        transaction.__exit__(None, None, None)
        return [span["op"] for event in EVENTS for span in event.get("spans", ())]
    transaction = sentry_sdk.start_transaction(name="test")
    transaction.__enter__()
    return end

def test_httpx(spans):
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        assert httpx.get("https://api.example.com/1").json() == {"one": 1}
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["http.client"]

def test_urllib(spans):
    tripwire.http.mock_response("GET", "https://api.example.com/1", body=b"one")
    with tripwire:
        with urllib.request.urlopen("https://api.example.com/1") as response:
            assert response.read() == b"one"
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["http.client"]

def test_thread(spans):
    tripwire.http.mock_response("GET", "https://api.example.com/1", json={"one": 1})
    with tripwire:
        thread = threading.Thread(target=httpx.get, args=("https://api.example.com/1",))
        thread.start()
        thread.join()
    tripwire.http.assert_request("GET", "https://api.example.com/1")
    assert spans() == ["http.client"]

def test_run(spans):
    tripwire.subprocess.mock_run(["git", "status"], stdout="clean")
    with tripwire:
        assert subprocess.run(["git", "status"], capture_output=True, text=True).stdout == "clean"
    tripwire.subprocess.assert_run(command=["git", "status"])
    assert spans()[:2] == ["subprocess", "subprocess.communicate"]

async def test_child(spans):
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("communicate", returns=(b"hello", b"", 0))
    with tripwire:
        child = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
        assert await child.communicate() == (b"hello", b"")
    tripwire.async_subprocess.assert_spawn(command=["echo", "hello"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)

async def test_asyncpg(spans):
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"id": 1}]).expect("execute", returns="DELETE 1").expect("close", returns=None)
    with tripwire:
        connection = await asyncpg.connect(host="localhost", database="app", user="admin")
        assert [dict(row) for row in await connection.fetch("SELECT id FROM t WHERE x = $1", 2)] == [{"id": 1}]
        assert await connection.execute("DELETE FROM t") == "DELETE 1"
        await connection.close()
    tripwire.asyncpg.assert_connect(host="localhost")
    tripwire.asyncpg.assert_fetch(query="SELECT id FROM t WHERE x = $1", args=[2])
    tripwire.asyncpg.assert_execute(query="DELETE FROM t", args=[])
    tripwire.asyncpg.assert_close()
    assert spans() == ["db", "db"]

def test_theirs_is_in_place():
    assert all(vars(owner)[name] is held for (owner, name), held in zip(NAMES, HELD))
"""

PROGRAMS = {"opentelemetry": OPENTELEMETRY, "sentry_sdk": SENTRY}


@pytest.mark.parametrize("patcher", PROGRAMS)
def test_it_goes_on_seeing_every_call(third_parties: Environment, tmp_path: Path, patcher: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.tripwire]\nallow_patchers = ["{patcher}"]\n')
    result = third_parties.pytest(tmp_path, "--tb=short", test_allowed=PROGRAMS[patcher])
    assert result.returncode == 0, result.stdout
    assert f"{PROGRAMS[patcher].count('def test_')} passed" in result.stdout
