"""Programs under test whose framework or library swallows what their code raises."""

from __future__ import annotations

FETCH = """
import contextlib
import httpx

URL = "https://users.example.com/1"

def fetch():
    return httpx.get(URL, verify=False).json()  # reading certificates takes long

async def fetch_async():
    async with httpx.AsyncClient(verify=False) as client:
        return (await client.get(URL)).json()
"""

STARLETTE = """
from fetching import contextlib, fetch, fetch_async
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute

async def user(request):
    return JSONResponse(await fetch_async())

def user_in_thread(request):
    return JSONResponse(fetch())

async def careful(request):
    try:
        return JSONResponse(await fetch_async())
    except Exception:
        return JSONResponse({"error": "upstream"}, 502)

async def background(request):
    return JSONResponse({}, background=BackgroundTask(fetch_async))

async def careful_background(request):
    async def work():
        with contextlib.suppress(Exception):
            await fetch_async()
    return JSONResponse({}, background=BackgroundTask(work))

async def stream(request):
    async def lines():
        yield "first"
        yield str(await fetch_async())
    return StreamingResponse(lines())

async def socket(websocket):
    await websocket.accept()
    await websocket.send_json(await fetch_async())

class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)

class Catching(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        try:
            return await call_next(request)
        except Exception:
            return JSONResponse({"error": "caught"}, 500)

class Calling(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        with contextlib.suppress(Exception):
            await fetch_async()
        return await call_next(request)

async def on_error(request, error):
    return JSONResponse({"error": "handled"}, 500)

@contextlib.asynccontextmanager
async def lifespan(app):
    with contextlib.suppress(Exception):
        await fetch_async()
    yield

def make(**options):
    endpoints = [user, user_in_thread, careful, background, careful_background, stream]
    routes = [Route(f"/{endpoint.__name__}", endpoint) for endpoint in endpoints]
    return Starlette(routes=[*routes, WebSocketRoute("/socket", socket)], **options)

APPS = {
    "starlette": make,
    "handling": lambda: make(exception_handlers={Exception: on_error}),
    "passing": lambda: make(middleware=[Middleware(Passing)]),
    "catching": lambda: make(middleware=[Middleware(Catching)]),
    "calling": lambda: make(middleware=[Middleware(Calling)]),
    "lifespan": lambda: make(lifespan=lifespan),
}
"""

FASTAPI = """
from fetching import contextlib, fetch, fetch_async
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse

async def user():
    return await fetch_async()

def user_in_thread():
    return fetch()

async def bad_gateway():
    try:
        return await fetch_async()
    except Exception as error:
        raise HTTPException(502) from error

async def current():
    return await fetch_async()

async def dependency(user=Depends(current)):
    return user

def current_or_none():
    with contextlib.suppress(Exception):
        fetch()
    yield None

def careful_dependency(user=Depends(current_or_none)):
    return user

def background(tasks: BackgroundTasks):
    tasks.add_task(fetch)
    return {}

async def on_error(request, error):
    return JSONResponse({"error": "handled"}, 500)

def make(**options):
    app = FastAPI(**options)
    for endpoint in (user, user_in_thread, bad_gateway, dependency, careful_dependency, background):
        app.get(f"/{endpoint.__name__}")(endpoint)
    return app

APPS = {
    "fastapi": make,
    "fastapi_handling": lambda: make(exception_handlers={Exception: on_error}),
}
"""

RETRYING = """
from fetching import contextlib, fetch, fetch_async
import tenacity

ten_times = {"stop": tenacity.stop_after_attempt(10)}

@tenacity.retry(**ten_times)
def stubborn():
    return fetch()

@tenacity.retry(reraise=True, **ten_times)
def reraising():
    return fetch()

@tenacity.retry(**ten_times)
async def stubborn_async():
    return await fetch_async()

@tenacity.retry(retry_error_callback=lambda state: None, **ten_times)
def falling_back():
    return fetch()

def by_attempts():
    with contextlib.suppress(tenacity.RetryError):
        for attempt in tenacity.Retrying(**ten_times):
            with attempt:
                fetch()

def swallowed():
    with contextlib.suppress(tenacity.RetryError):
        stubborn()

async def swallowed_async():
    with contextlib.suppress(tenacity.RetryError):
        await stubborn_async()
"""


SAYING = '''
"""Write down what became of each test: the error's type and words, or nothing if it passed."""
import json
import pytest

said = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    name = item.nodeid.partition("::")[2]
    said.setdefault(name, [])
    if call.excinfo is not None:
        said[name].append([call.when, call.excinfo.typename, str(call.excinfo.value)])
    return report

def pytest_sessionfinish():
    with open("said.json", "w") as file:
        json.dump(said, file)
'''
