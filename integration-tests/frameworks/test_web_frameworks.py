"""An endpoint's unmocked call fails the test, whatever the framework makes of the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from frameworks.conftest import Said, check

TESTS = """
import httpx, pytest, tripwire
import fastapi_app, fetching, starlette_app
from starlette.testclient import TestClient

APPS = {**starlette_app.APPS, **fastapi_app.APPS}
CASES = %r

@pytest.mark.parametrize("raising", [True, False], ids=["raising", "responding"])
@pytest.mark.parametrize(("app", "path"), CASES, ids=["/".join(case) for case in CASES])
def test_client(app, path, raising):
    client = TestClient(APPS[app](), raise_server_exceptions=raising)
    with tripwire:
        client.get(f"/{path}")

@pytest.mark.parametrize(("app", "path"), CASES, ids=["/".join(case) for case in CASES])
async def test_transport(app, path):
    transport = httpx.ASGITransport(APPS[app](), raise_app_exceptions=False)
    async with tripwire, httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get(f"/{path}")

def test_trio():
    client = TestClient(APPS["starlette"](), raise_server_exceptions=False, backend="trio")
    with tripwire:
        client.get("/user_in_thread")

def test_lifespan():
    with tripwire, TestClient(APPS["lifespan"]()):
        pass

def test_socket():
    with tripwire, TestClient(APPS["starlette"]()).websocket_connect("/socket") as socket:
        socket.receive_json()

@pytest.mark.parametrize("app", ["starlette", "fastapi"])
def test_expected(app):
    client = TestClient(APPS[app]())
    with tripwire, pytest.raises(tripwire.UnmockedInteractionError):
        client.get("/user")

def test_told():
    client = TestClient(APPS["catching"]())
    with tripwire, tripwire.expect_trip(tripwire.UnmockedInteractionError):
        assert client.get("/user").status_code == 500

@pytest.fixture(scope="module")
def older():
    with TestClient(APPS["fastapi"](), raise_server_exceptions=False) as client:
        yield client

@pytest.mark.parametrize("path", ["user", "user_in_thread"])
def test_older(older, path):
    with tripwire:
        older.get(f"/{path}")

@pytest.mark.parametrize("path", ["user", "user_in_thread", "dependency"])
@pytest.mark.parametrize("app", ["older", "fastapi"])
def test_mocked(older, app, path):
    client = older if app == "older" else TestClient(APPS[app]())
    tripwire.http.mock_response("GET", fetching.URL, json={"name": "Ada"})
    with tripwire:
        assert client.get(f"/{path}").json() == {"name": "Ada"}
    tripwire.http.assert_request(method="GET", url=fetching.URL)
"""

# In the client or in its thread, which is of anyio: that differs between versions of Python.
PORTAL = "swallowed at */*.py:*, let through at *_app.py:* in "
TRANSPORT = "swallowed at *httpx/_transports/asgi.py:* in handle_async_request, let through at *_app.py:* in "
WORK = "swallowed at fetching.py:* in "

# Per application and endpoint: the function that raised last, or that swallows. What is swallowed by the framework
# comes out of the client if that raises the server's exceptions.
LET_THROUGH = {
    ("starlette", "user"): "user",
    ("starlette", "user_in_thread"): "user_in_thread",
    ("starlette", "background"): "fetch_async",
    ("starlette", "stream"): "lines",
    ("handling", "user"): "user",
    ("handling", "background"): "fetch_async",
    ("passing", "user"): "dispatch",
    ("fastapi", "user"): "user",
    ("fastapi", "user_in_thread"): "user_in_thread",
    ("fastapi", "dependency"): "current",
    ("fastapi", "background"): "fetch",
    ("fastapi_handling", "user"): "user",
}
SWALLOWING = {
    ("starlette", "careful"): "careful",
    ("starlette", "careful_background"): "work",
    ("catching", "user"): "dispatch",
    ("calling", "none"): "dispatch",
    ("fastapi", "bad_gateway"): "bad_gateway",
    ("fastapi", "careful_dependency"): "current_or_none",
}
CASES = [*LET_THROUGH, *SWALLOWING]
CALL = "GET https://users.example.com/1"
TRIP = f"*- UnmockedInteractionError: {CALL}  (fetching.py:*)*"


@pytest.fixture(scope="module")
def said(run: Callable[[str], Said]) -> Said:
    return run(TESTS % CASES)


def test_nothing_else_was_run(said: Said) -> None:
    assert len(said) == 3 * len(CASES) + 14


@pytest.mark.parametrize("case", CASES, ids="/".join)
def test_the_client_raises_what_the_server_raised(said: Said, case: tuple[str, str]) -> None:
    name = f"test_client[{'/'.join(case)}-raising]"
    if case in LET_THROUGH:
        check(said, name, "UnmockedInteractionError", f"nothing answers this call: {CALL}")
    else:
        where = f"*swallowed at *_app.py:* in {SWALLOWING[case]}"
        check(said, name, "SwallowedTripError", "1 trip never reached the test:", TRIP, where)


@pytest.mark.parametrize("case", CASES, ids="/".join)
@pytest.mark.parametrize("through", ["client", "transport"])
def test_the_framework_responds_with_an_error(said: Said, case: tuple[str, str], through: str) -> None:
    name = f"test_{through}[{'/'.join(case)}{'-responding' if through == 'client' else ''}]"
    if case in LET_THROUGH:
        where = ("*" + (PORTAL if through == "client" else TRANSPORT)) + LET_THROUGH[case]
        where = where.replace("*_app.py", "fetching.py") if LET_THROUGH[case].startswith("fetch") else where
    else:
        where = f"*swallowed at *_app.py:* in {SWALLOWING[case]}"
    check(said, name, "SwallowedTripError", "1 trip never reached the test:", TRIP, where)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("test_trio", "SwallowedTripError", [TRIP, f"*{PORTAL}user_in_thread"]),
        ("test_lifespan", "SwallowedTripError", [TRIP, "*swallowed at starlette_app.py:* in lifespan"]),
        ("test_socket", "UnmockedInteractionError", [f"nothing answers this call: {CALL}"]),
        ("test_older[user]", "SwallowedTripError", [TRIP, f"*{PORTAL}user"]),
        ("test_older[user_in_thread]", "SwallowedTripError", [TRIP, f"*{PORTAL}user_in_thread"]),
        ("test_expected[starlette]", "", []),
        ("test_expected[fastapi]", "", []),
        ("test_told", "", []),
        *((f"test_mocked[{client}-user]", "", []) for client in ("older", "fastapi")),
        *((f"test_mocked[{client}-user_in_thread]", "", []) for client in ("older", "fastapi")),
        *((f"test_mocked[{client}-dependency]", "", []) for client in ("older", "fastapi")),
    ],
)
def test_other_ways_through_the_client(said: Said, name: str, kind: str, words: Any) -> None:
    check(said, name, kind, *words)
