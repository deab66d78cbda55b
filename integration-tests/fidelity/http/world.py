"""Scenarios that run twice, against a real server and against mocks, and must look the same.

A scenario is a function, sync or async, that says what is answered, makes its requests and notes what it sees:

    @scenario
    def test_redirect(world: World) -> None:
        world.answer("GET", "/old", status=302, headers=[("Location", "/new")])
        world.answer("GET", "/new", json={"here": True})
        response = requests.get(world.url + "/old")
        world.note("response", response.status_code, response.headers, response.json())
        with world.raises(requests.ConnectionError):
            requests.get(world.fail("GET", "/refused", "connect"))

It runs once against a real server, without a sandbox, and once in a sandbox, with mocks of the same routes. What
it noted, the exceptions that `world.raises` caught (with their causes and attributes), and the requests that the
server received, or tripwire recorded, must be equal; every interaction is asserted. With
`@scenario(passed=True)` it runs a third time, by `pass_through` to the real server.

- `@scenario(server="https")` or `"h2"` choose the server; `world.url` is its URL, and the same in each run.
  `world.trust.context` and `world.trust.file` are the authority to trust. `world.elsewhere` is the same server by
  another host name. A path given to `answer` or `fail` may be a whole URL.
- `answer(method, path, status=, headers=[...], body= | json= | stream=[...], delay=, reason=, http_version=)`. Each
  answers one request; those for one method and path in order. The query of a request makes no difference. An
  exception in a `stream` breaks the connection there: a `ConnectionResetError` resets it. A Content-Length longer than
  the stream ends it early.
- `fail(method, path, "connect" | "timeout" | "read" | "dns" | "tls")` gives the URL to ask for. Both give it. What
  has no such name is mocked by an exception: `fail(method, path, "connect timeout", raises=...)`.
- `note(name, *values)`: anything that compares; exceptions and nested containers are made comparable. Leave out
  what varies by nature: see `comparable` for what is left out for you. `world.is_mocked` tells the runs apart,
  where a scenario has to.
- A deliberate difference goes into `differences.py`, and its scenario says `note(..., differs="<key>")`, which
  fails when it is gone.
- An async scenario runs under asyncio, or under trio where its parameter `backend` (by
  `pytest.mark.parametrize`) says so. Other parameters and fixtures are as in every test.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any, Literal, overload
from unittest import mock

import pytest

import tripwire

from .comparing import comparable, unlikeness
from .differences import DIFFERENCES
from .server import Failing, Received, Route, Script, Servers, encoded

ServerName = Literal["http", "https", "h2"]
NOWHERE = "http://nowhere.invalid"


@dataclass(frozen=True)
class Trust:
    """The authority that the servers' certificates are signed by, as a context and as a file."""

    context: ssl.SSLContext
    file: str

    @classmethod
    def of(cls, servers: Servers, file: Path) -> Trust:
        servers.authority.cert_pem.write_to_path(str(file))
        return cls(ssl.create_default_context(cafile=str(file)), str(file))


class World:
    """What a scenario runs in: the real world, the mocked one, or, by `pass_through`, both."""

    is_mocked = False

    def __init__(self, servers: Servers, trust: Trust, server: ServerName = "http") -> None:
        self.servers, self.trust, self.server = servers, trust, server
        self.url = servers.origins[server]
        self.elsewhere = self.url.replace("127.0.0.1", "localhost")
        self.script = Script()
        self.unheard: list[str] = []
        self.notes: list[tuple[str, Any]] = []
        self.differing: list[tuple[str, Any]] = []

    # -- what is answered

    def answer(
        self, method: str, path: str, *, json: Any = ..., text: str | None = None, **route: Any
    ) -> str:
        """Answer one request; gives its URL."""
        given = dict(route)
        if json is not ...:
            route["body"] = encoded(json)
            given["json"] = json
            self._describe(route, "application/json")
        if text is not None:
            route["body"] = text.encode()
            given["text"] = text
            self._describe(route, "text/plain; charset=utf-8")
        url = self._url(path)
        self.register(url, Route(method, "/" + url.split("/", 3)[3], **route), given)
        return url

    def answer_mocked_only(self, method: str, path: str, **route: Any) -> None:
        """Answer a request that, by a stated difference, a program makes only where it is mocked."""
        if self.is_mocked:
            self.unheard.append(self.answer(method, path, **route))

    def fail(self, method: str, path: str, how: Failing, raises: Exception | None = None) -> str:
        """Let one request fail; gives its URL."""
        origins = self.servers.origins
        elsewhere = {"connect": origins["closed"], "connect timeout": origins["full"], "dns": NOWHERE}
        elsewhere["tls"] = origins["untrusted"]
        url = self._url(path)
        if how in elsewhere:
            url = elsewhere[how] + "/" + url.split("/", 3)[3]
        self.register(url, Route(method, "/" + url.split("/", 3)[3], fails=how), {"raises": raises or how})
        return url

    def register(self, url: str, route: Route, given: Mapping[str, Any]) -> None:
        """Script the real server."""
        if route.fails in (None, "read", "timeout"):
            self.script.routes.append(route)

    @staticmethod
    def _describe(route: dict[str, Any], content_type: str) -> None:
        headers = list(route.get("headers", ()))
        if "content-type" not in {name.lower() for name, _ in headers}:
            route["headers"] = [*headers, ("Content-Type", content_type)]

    def _url(self, path: str) -> str:
        return path if "://" in path else self.url + path

    # -- what is seen

    def note(self, name: str, *values: Any, differs: str = "") -> None:
        """Note what a program saw, under a name."""
        if differs:
            assert differs in DIFFERENCES, f"{differs!r} is not in differences.py"
        (self.differing if differs else self.notes).append((name, [comparable(value) for value in values]))

    @contextmanager
    def raises(self, *kinds: type[BaseException]) -> Iterator[pytest.ExceptionInfo[Any]]:
        """Note the exception that the block raises, with its causes and attributes; it must be of these kinds."""
        with pytest.raises(kinds) as caught:
            yield caught
        self.note("raised", caught.value)

    # -- running

    def run(self, play: Callable[[World], None]) -> None:
        """Play a scenario in this world."""
        self.servers.script = self.script
        with mock.patch.object(socket, "getaddrinfo", partial(_look_up, socket.getaddrinfo)):
            play(self)
        self.finish()

    def finish(self) -> None:
        """See that everything went as the scenario says."""
        assert self.script.unexpected == [], "requests that the scenario does not answer"
        assert self.script.routes == [], "answers that nobody asked for"
        assert self.notes or self.differing, "the scenario notes nothing, so it proves nothing"


class MockedWorld(World):
    """The same routes as mocks."""

    is_mocked = True

    def register(self, url: str, route: Route, given: Mapping[str, Any]) -> None:
        """Register a mock."""
        if route.fails is not None:
            tripwire.http.mock_error(route.method, url, raises=given["raises"])
            return
        version = {"http_version": "HTTP/2"} if self.server == "h2" else {}
        tripwire.http.mock_response(route.method, url, **{**version, **given})

    def run(self, play: Callable[[World], None]) -> None:
        """Play a scenario in a sandbox; nothing may reach the servers."""
        with tripwire.sandbox():
            super().run(play)
        assert self.script.received == []

    def agree(self, real: World) -> None:
        """Compare what was recorded with what the real server received and sent; assert all of it."""
        reached = iter(zip(real.script.received, real.script.served, strict=True))
        origins = real.servers.origins
        unreached = (origins["closed"], origins["full"], origins["untrusted"], NOWHERE, *self.unheard)
        for interaction in list(tripwire.current_verifier().timeline.open()):
            fields = dict(interaction.fields)
            if not str(fields["url"]).startswith(unreached):
                fields.update(expected(fields, *next(reached), is_h2=self.server == "h2"))
            tripwire.assert_interaction(tripwire.http.request, **fields)
        assert list(reached) == [], "requests that were not recorded"


class PassedWorld(MockedWorld):
    """The same routes on the real server, reached by `pass_through`."""

    is_mocked = False

    def register(self, url: str, route: Route, given: Mapping[str, Any]) -> None:
        """Script the real server, and let the request pass."""
        World.register(self, url, route, given)
        tripwire.http.pass_through(route.method, url)

    def run(self, play: Callable[[World], None]) -> None:
        """Play a scenario in a sandbox."""
        with tripwire.sandbox():
            World.run(self, play)


def expected(fields: dict[str, Any], request: Received, route: Route, *, is_h2: bool) -> dict[str, Any]:
    """What the record of a request must say, by what the real server received and sent."""
    want: dict[str, Any] = {"method": request.method, "url": request.url, "request_body": request.body}
    want["request_headers"] = _as_recorded(fields["request_headers"], request.headers, is_h2)
    if fields["status"] is None:
        return want
    want["status"] = route.status
    want["response_headers"] = _as_recorded(fields["response_headers"], route.sent_headers(), is_h2)
    if not route.sent_body().startswith(fields["response_body"] or b""):
        want["response_body"] = route.sent_body()  # of a stream that was given up there is only the beginning
    return want


def _as_recorded(recorded: Any, wire: list[tuple[str, str]], is_h2: bool) -> Any:
    """The fields on the wire; HTTP/2 knows no case, and no fields about the connection."""

    def plain(fields: Any) -> list[tuple[str, str]]:
        return [(name.lower(), value) for name, value in fields if name.lower() not in _OF_HTTP_1]

    if is_h2 and plain(recorded.pairs) == plain(wire):
        return recorded
    return wire


_OF_HTTP_1 = ("connection", "transfer-encoding")


def _look_up(genuine: Callable[..., Any], host: Any, *args: Any, **kwargs: Any) -> Any:
    """A name that nobody has, without asking a name server, which may be far or missing."""
    if str(host if isinstance(host, str) else (host or b"").decode()).endswith(".invalid"):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return genuine(host, *args, **kwargs)


Scenario = Callable[..., "Coroutine[Any, Any, None] | None"]


@overload
def scenario(play: Scenario, /) -> Callable[..., None]: ...
@overload
def scenario(
    *, server: ServerName = "http", passed: bool = False
) -> Callable[[Scenario], Callable[..., None]]: ...


def scenario(play: Scenario | None = None, *, server: ServerName = "http", passed: bool = False) -> Any:
    """Make a test of a scenario: see the top of this file."""
    if play is None:
        return partial(scenario, server=server, passed=passed)

    @wraps(play)
    def test(*, world: World, **given: Any) -> None:
        def in_world(one: World) -> None:
            result = play(one, **given)
            if inspect.iscoroutine(result):
                _run_async(result, _backend(given))

        real = World(world.servers, world.trust, server)
        real.run(in_world)
        for kind in (MockedWorld, PassedWorld) if passed else (MockedWorld,):
            other = kind(world.servers, world.trust, server)
            other.run(in_world)
            if unlike := list(unlikeness(real.notes, other.notes)):
                pytest.fail(f"the {kind.__name__} differs from the real one:\n" + "\n".join(unlike))
            if kind is MockedWorld:
                alike = [
                    name for (name, a), (_, b) in zip(other.differing, real.differing, strict=True) if a == b
                ]
                assert alike == [], "these differ no more"
            other.agree(real)

    return test


def _run_async(coroutine: Coroutine[Any, Any, None], backend: str) -> None:
    if backend == "trio":
        import trio

        trio.run(lambda: coroutine)
    elif backend == "sync":  # nothing in it waits
        with pytest.raises(StopIteration):
            coroutine.send(None)
    else:
        asyncio.run(coroutine)


def _backend(given: Mapping[str, Any]) -> str:
    """What an async scenario runs under: the parameter `backend`, or an attribute of another one."""
    named = (getattr(value, "backend", None) for value in given.values())
    backend: str = given.get("backend") or next(filter(None, named), "asyncio")
    return backend
