"""mcp: a client of a server that anyio has started, and that answers on its stdout."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from subprocess import PIPE
from typing import Any

import pytest
import uvloop
from dirty_equals import FunctionCheck
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.client import stdio
from mcp.shared.exceptions import MCPError

import tripwire

from .children import Children, python

INFO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "s", "version": "1"},
}
TOOLS = {"tools": [{"name": "add", "inputSchema": {"type": "object"}}]}
SUM = {"content": [{"type": "text", "text": "3"}]}
SERVER = """\
import json, sys, time
answers = {answers!r}
for line in sys.stdin:
    message = json.loads(line)
    answer = answers.get(message["method"])
    if answer == "die":
        sys.exit(1)
    if answer:
        print(json.dumps({{"jsonrpc": "2.0", "id": message["id"], **answer}}), flush=True)
time.sleep({stays})
"""
Use = Callable[[ClientSession], Awaitable[Any]]


@pytest.fixture(params=["asyncio", "uvloop"], autouse=True)
def _loop(request: pytest.FixtureRequest, children: Children) -> None:
    if request.param == "uvloop":
        children.new_loop = uvloop.new_event_loop


def server(stays: float = 0, **answers: Any) -> list[str]:
    """The command of a real server, which may stay when its stdin is closed."""
    known = {"initialize": {"result": INFO}, **{f"tools/{name}": answer for name, answer in answers.items()}}
    return python(SERVER.format(answers=known, stays=stays))


def asked(method: str) -> Callable[[bytes], bool]:
    return lambda line: json.loads(line)["method"] == method


def script(**answers: Any) -> Any:
    """A session of the same server, without its end."""
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    known = {"initialize": {"result": INFO}, "notifications/initialized": None}
    known.update({f"tools/{name}": answer for name, answer in answers.items()})
    for number, (method, answer) in enumerate(known.items()):
        reply = {"jsonrpc": "2.0", "id": max(number, 1), **(answer or {})}
        said = json.dumps(reply).encode() + b"\n" if answer else b""
        session.expect("reply", to=asked(method), returns=said)
    return session


def client(command: list[str], use: Use) -> Callable[[], Awaitable[Any]]:
    async def program() -> Any:
        with ExitStack() as files:
            log = files.enter_context(open(os.devnull, "w"))  # noqa: ASYNC230 - of the machine
            parameters = StdioServerParameters(command=command[0], args=command[1:])
            async with stdio_client(parameters, log) as streams, ClientSession(*streams) as session:
                greeted = await session.initialize()
                assert greeted.server_info.name == "s"
                try:
                    return await use(session)
                except MCPError as error:
                    return error.code, error.message

    return program


def written(methods: list[str]) -> Any:
    """What fits the messages written to a server."""
    return FunctionCheck(lambda data: [json.loads(line)["method"] for line in data.splitlines()] == methods)


def assert_talk(command: list[str], *methods: str) -> None:
    tripwire.async_subprocess.assert_spawn(command=command, stdin=PIPE, shell=False)
    tripwire.async_subprocess.assert_stdin(
        data=written(["initialize", "notifications/initialized", *methods])
    )


async def add(session: ClientSession) -> Any:
    content: Any = (await session.call_tool("add", {"a": 1, "b": 2})).content
    return content[0].text


async def names(session: ClientSession) -> Any:
    return [tool.name for tool in (await session.list_tools()).tools]


def test_tools(children: Children) -> None:
    command = server(list={"result": TOOLS}, call={"result": SUM})
    script(list={"result": TOOLS}, call={"result": SUM}).expect("wait", returns=0)

    async def both(session: ClientSession) -> Any:
        return await names(session), await add(session)

    assert children.use(client(command, both)) == (["add"], "3")
    assert_talk(command, "tools/list", "tools/call")
    tripwire.async_subprocess.assert_wait()


def test_an_error_of_the_server(children: Children) -> None:
    refused = {"error": {"code": -32602, "message": "no such tool"}}
    script(list=refused).expect("wait", returns=0)
    command = server(list=refused)
    assert children.use(client(command, names)) == (-32602, "no such tool")
    assert_talk(command, "tools/list")
    tripwire.async_subprocess.assert_wait()


def test_a_server_that_dies(children: Children) -> None:
    script(list=None).expect("wait", returns=1)
    command = server(list="die")
    assert children.use(client(command, names)) == (-32000, "Connection closed")
    assert_talk(command, "tools/list")
    tripwire.async_subprocess.assert_wait()


def test_a_server_that_has_to_be_killed(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stdio, "PROCESS_TERMINATION_TIMEOUT", 0.05)  # of the real server
    script(list={"result": TOOLS}).expect("signal", returns=None)
    command = server(stays=60, list={"result": TOOLS})
    assert children.use(client(command, names)) == ["add"]
    assert_talk(command, "tools/list")
    tripwire.async_subprocess.assert_signal(signal=signal.SIGTERM)


def test_a_server_that_is_missing(children: Children) -> None:
    at = [] if children.new_loop is uvloop.new_event_loop else ["/nowhere/server"]  # uvloop does not name it
    missing = FileNotFoundError(2, os.strerror(2), *at)
    tripwire.subprocess.mock_run(["/nowhere/server"], raises=missing)
    assert children.error(FileNotFoundError, client(["/nowhere/server"], names)).errno == 2
    tripwire.subprocess.assert_run(["/nowhere/server"], raises=FileNotFoundError)


def test_trips_cannot_be_hidden(children: Children) -> None:
    assert children.hidden_trips(client(["serve", "--stdio"], names)) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: loop.subprocess_exec: serve --stdio",
    ]
