"""A catalogue of lies and truths: what a suite of mocks says of two services, through three clients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from verify.http.cases import LIES, TRUTHS, Case

HERE = Path(__file__).parent
CLIENTS = ("httpx", "requests", "aiohttp")
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
def test_{name}_{client}():
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
"""


def run(pytester: pytest.Pytester, cases: Sequence[Case], *options: str) -> tuple[list[str], dict[str, str]]:
    """Run a suite of these cases: what its summary says, and what each test fails with."""
    for name in ("shop.yaml", "depot.json", "items.yaml"):
        (pytester.path / name).write_text((HERE / name).read_text())
    pytester.makepyprojecttoml(SETTINGS)
    pytester.makeconftest(CONFTEST)
    tests = [TEST.format(**vars(case), client=client) for case in cases for client in CLIENTS]
    pytester.makepyfile(sending=SENDING, test_services=HEAD + "".join(tests))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q", *options)
    said = [line for line in result.outlines if line.startswith("tripwire verify")]
    return said, json.loads((pytester.path / "found.json").read_text())


def expected(case: Case, client: str, line: int) -> str:
    place = f"(test_services.py:{line})"
    mock = f"  - tripwire.http.mock_response({case.method!r}, {case.url!r})  {place}"
    blocks = []
    for said, true, *remedy in case.lies:
        blocks += [mock, f"    it says: {said}", f"    true is: {true}", *(f"    {one}" for one in remedy)]
    return "\n".join(["LyingMockError: 1 mock says what is not true:", *blocks])


def test_without_the_option_all_of_them_pass(pytester: pytest.Pytester) -> None:
    assert run(pytester, [*LIES, *TRUTHS]) == ([], {})


def test_the_truths_are_true(pytester: pytest.Pytester) -> None:
    said, found = run(pytester, TRUTHS, "--tripwire-verify")
    assert found == {}
    assert said == [f"tripwire verify: {len(TRUTHS) * len(CLIENTS)} claims, no lies"]


def test_each_lie_fails_its_test(pytester: pytest.Pytester) -> None:
    said, found = run(pytester, LIES, "--tripwire-verify")
    source = (pytester.path / "test_services.py").read_text().splitlines()
    wanted = {
        f"test_{case.name}_{client}": expected(
            case, client, source.index(f"def test_{case.name}_{client}():") + 2
        )
        for case in LIES
        for client in CLIENTS
    }
    assert {name: text.partition("\nhelp:")[0] for name, text in found.items()} == wanted
    number = len(LIES) * len(CLIENTS)
    assert said == [f"tripwire verify: {number} claims, lies in {number} tests"]
