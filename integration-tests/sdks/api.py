"""A service that an SDK speaks to, twice: a real server on loopback, and mocks of the same answers.

    def test_a_page(api: Api) -> None:
        api.answer("GET", "/v1/users", json={"results": []})

        def program() -> Any:
            with notion_client.Client(auth="secret", base_url=api.url) as client:
                return client.users.list()

        assert api.use(program) == {"results": []}
        tripwire.http.assert_request("GET", f"{api.url}/v1/users", status=200)

`use` runs a program without a sandbox against the real server, and again in one against mocks. What it returns or
raises, and the requests, those the server received and those tripwire recorded, must be equal.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Literal, TypeVar

import pytest
from fidelity.http.server import Received, Servers
from fidelity.http.world import MockedWorld, ServerName, Trust, World

import tripwire

from .careless import hide

E = TypeVar("E", bound=Exception)
Program = Callable[[], Any]
"""What a user of the SDK writes; an async one runs in an event loop of its own."""


class Api:
    """The service: what it answers, and what comes of using it.

    `server` is "http" or "https"; `varying` names the headers whose values no two calls share, such as signatures
    over the time of day.
    """

    def __init__(self, servers: Servers, trust: Trust) -> None:
        self.servers, self.trust = servers, trust
        self.server: ServerName = "http"
        self.varying: Iterable[str] = ()
        self._script: list[tuple[str, str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return self.servers.origins[self.server]

    def answer(self, method: str, path: str, **given: Any) -> None:
        """Answer one request, as `World.answer` does."""
        self._script.append(("answer", method, self.url + path, given))

    def fail(self, method: str, path: str, how: Literal["timeout", "read"]) -> None:
        """Let one request fail on the connection."""
        self._script.append(("fail", method, self.url + path, {"how": how}))

    def use(self, program: Program) -> Any:
        """What the program returns."""
        result = self._use(program)
        if isinstance(result, Exception):
            raise result
        return result

    def error(self, kind: type[E], program: Program) -> E:
        """What the program raises."""
        error = self._use(program)
        assert isinstance(error, kind), repr(error)
        return error

    def _use(self, program: Program) -> Any:
        script, self._script = self._script, []
        real = World(self.servers, self.trust, self.server)
        mocked = MockedWorld(self.servers, self.trust, self.server)
        results = []
        already = len(tripwire.http.requests)
        for world in (real, mocked):
            for kind, method, url, given in script:
                getattr(world, kind)(method, url, **given)
            world.run(lambda world: results.append(_outcome(program, world)))
        assert mocked.notes == real.notes, "the outcome with mocks, and the real one"
        recorded = [
            Received(request.method, request.url, list(request.headers.pairs), request.body)
            for request in tripwire.http.requests[already:]
        ]
        assert self._plain(recorded) == self._plain(real.script.received), "requests recorded, and received"
        return results[-1]

    def _plain(self, requests: Iterable[Received]) -> list[Any]:
        varying = {name.lower() for name in self.varying}
        return [
            [
                *(request.method, request.url),
                *((name, "..." if name.lower() in varying else value) for name, value in request.headers),
                request.body,
            ]
            for request in map(_with_one_boundary, requests)
        ]


def _with_one_boundary(request: Received) -> Received:
    """A multipart request with a boundary that is always the same."""
    for name, value in request.headers:
        _, is_multipart, boundary = value.partition("boundary=")
        if name.lower() == "content-type" and is_multipart:
            plain = "-" * len(boundary)
            headers = [(name, value.replace(boundary, plain)) for name, value in request.headers]
            body = request.body.replace(boundary.encode(), plain.encode())
            return replace(request, headers=headers, body=body)
    return request


def _outcome(program: Program, world: World) -> Any:
    try:
        outcome = run(program)
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is to be compared
        outcome = error
    world.note("outcome", outcome)
    return outcome


def run(program: Program) -> Any:
    """Run a program, sync or async."""
    result = program()
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def hidden_trips(program: Program, asserted: Callable[[], object] = lambda: None) -> list[str]:
    """What the report says, one line a call, of trips that a program and its SDK have caught.

    `asserted` asserts what has been answered.
    """
    with tripwire.sandbox():
        hide(partial(run, program))
    asserted()
    with pytest.raises(tripwire.SwallowedTripError) as caught:
        tripwire.verify_all()
    lines = str(caught.value).splitlines()
    return [lines[0], *(re.sub(r"  \(.*?\)", "", line) for line in lines if line.startswith("  - Unmocked"))]
