"""A catalogue of lies and truths: what a suite of mocks says of two services, through three clients."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from verify.http import lies, live, truths
from verify.http.cases import LIVE, Case

HERE = Path(__file__).parent
CLIENTS = ("httpx", "requests", "aiohttp")
LIES = [*lies.LIES, *live.LIES]
CASES = [*LIES, *truths.TRUTHS, *live.TRUTHS, *live.UNCHECKED]
CONFTEST = """
import json, pytest

FOUND = {}

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    if call.excinfo is not None:
        FOUND[item.name] = f"{call.excinfo.typename}: {call.excinfo.value}"
    return (yield)

def pytest_unconfigure():
    with open("found.json", "w") as file:
        json.dump(FOUND, file)
"""
SENDING = """
import asyncio
import aiohttp, httpx, requests

def send(client, method, url, **sent):
    if client == "aiohttp":
        return asyncio.run(by_aiohttp(method, url, **sent))
    if client == "httpx":
        with httpx.Client() as session:
            return session.request(method, url, **sent).content
    return requests.request(method, url, allow_redirects=False, **sent).content

async def by_aiohttp(method, url, files=None, data=None, **sent):
    if files:
        form = aiohttp.FormData()
        for name, content in files.items():
            form.add_field(name, content, filename=name)
        for name, value in data.items():
            form.add_field(name, value)
        data = form
    async with aiohttp.ClientSession() as session:
        async with session.request(method, url, data=data, allow_redirects=False, **sent) as response:
            return await response.read()
"""
HEAD = "from unittest import mock\nimport tripwire\nfrom sending import send\n"
TEST = """
def test_{name}():
    tripwire.http.mock_response({method!r}, {url!r}, **{told!r})
    with tripwire:
        send({client!r}, {method!r}, {url!r}, **{sent!r})
    tripwire.http.assert_request({method!r}, {url!r}, body=mock.ANY)
"""
SETTINGS = """
[tool.tripwire]
enabled_plugins = ["http"]
[tool.tripwire.verify]
mock = false
[tool.tripwire.verify.http]
"https://api.example.com/v1" = "shop.yaml"
"https://eu.example.com" = "shop.yaml"
"https://depot.example.com" = {document = "depot.json"}
"http://live" = {live = true, headers = {Authorization = "env:SHOP_TOKEN"}}
"""


class Service(BaseHTTPRequestHandler):
    """The live service; it notes what it is asked for."""

    asked: ClassVar[list[str]] = []

    def answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        status, kind, body = live.ANSWERS.get(self.path, live.GONE)
        if self.headers["Authorization"] != "real":
            status = 401
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status == 308:
            self.send_header("Location", "/users/1")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

    do_GET = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815 - as http.server names them

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of the live service."""
    Service.asked.clear()
    monkeypatch.setenv("SHOP_TOKEN", "real")
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def lines(pytester: pytest.Pytester, service: str) -> dict[str, int]:
    """Write a suite of all cases, and say in which line each has its mock."""
    for name in ("shop.yaml", "depot.json", "items.yaml"):
        (pytester.path / name).write_text((HERE / name).read_text())
    pytester.makepyprojecttoml(SETTINGS.replace(LIVE, service))
    pytester.makeconftest(CONFTEST)
    turns = zip(CASES, itertools.cycle(CLIENTS), strict=False)
    text = HEAD + "".join(TEST.format(**vars(case), client=client) for case, client in turns)
    text = text.replace(LIVE, service)
    pytester.makepyfile(sending=SENDING, test_services=text)
    return {
        line[9:-3]: number + 1 for number, line in enumerate(text.splitlines(), 1) if line.startswith("def ")
    }


def run(pytester: pytest.Pytester, *options: str) -> tuple[list[str], dict[str, str]]:
    """What the summary of that suite says, and what each test fails with."""
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--tb=no", "-r", "N", *options)
    said = [line for line in result.outlines if line.startswith("tripwire verify")]
    return said, json.loads((pytester.path / "found.json").read_text())


def expected(case: Case, line: int, service: str) -> str:
    url = case.url.replace(LIVE, service)
    mock = f"  - tripwire.http.mock_response({case.method!r}, {url!r})  (test_services.py:{line})"
    blocks = [mock]
    for said, true, *remedy in case.lies:
        blocks += [f"    it says: {said}", f"    true is: {true}", *(f"    {one}" for one in remedy)]
    return "\n".join(["LyingMockError: 1 mock says what is not true:", *blocks])


def test_without_the_option_all_of_them_pass(pytester: pytest.Pytester, lines: dict[str, int]) -> None:
    assert run(pytester) == ([], {})
    assert Service.asked == []


def test_each_lie_fails_its_test_and_no_truth_does(
    pytester: pytest.Pytester, lines: dict[str, int], service: str
) -> None:
    said, found = run(pytester, "--tripwire-verify")
    wanted = {f"test_{case.name}": expected(case, lines[case.name], service) for case in LIES}
    assert {name: text.partition("\nhelp:")[0] for name, text in found.items()} == wanted
    assert said == [
        f"tripwire verify: {len(CASES)} claims, lies in {len(LIES)} tests, {len(live.UNCHECKED)} unchecked",
        *live.WHY,
    ]
    paths = [case for case in (*live.LIES, *live.TRUTHS, *live.UNCHECKED) if case.method in ("GET", "HEAD")]
    assert sorted(Service.asked) == sorted({f"{case.method} {case.url.removeprefix(LIVE)}" for case in paths})
