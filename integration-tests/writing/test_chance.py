"""Whatever a program calls: once recorded, the written test passes without it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tripwire
from tripwire._writing import _changes
from tripwire._writing._plan import Planner
from tripwire._writing._policy import EVERY, Policy
from tripwire._writing._render import Masks
from tripwire._writing._rewording import CREATE
from tripwire._writing._scribe import Scribe
from tripwire._writing._source import SourceFile

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))
TEST = """import tripwire


def test_it(play):
    with tripwire:
        play()
"""


class Request(NamedTuple):
    """One request, and how the service answers."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    reply: Any


class Command(NamedTuple):
    """One command, and how it ends."""

    text: str
    code: int


Actor = list[Request | Command]
NO_BODY = object()

words = st.text("ab+*.,:;=&%/?#é ~", max_size=4)
keys = st.text("ab'\"\\\n", max_size=3)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
shallow = leaves | st.lists(leaves, max_size=3) | st.dictionaries(keys, leaves, max_size=3)
nested = shallow | st.lists(shallow, max_size=2) | st.dictionaries(keys, shallow, max_size=2)
data = nested.filter(lambda one: "Infinity" not in json.dumps(one))
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path=st.text("ab*-_~", min_size=1, max_size=2),
    query=st.dictionaries(st.sampled_from("ab"), words, max_size=2),
    body=st.just(NO_BODY) | data,
    status=st.sampled_from([200, 201, 400, 404, 418, 500, 503]),
    reply=data,
)
commands = st.builds(Command, st.text("ab'\"\\ \t\n", max_size=4), st.integers(0, 3))
timelines = st.lists(st.lists(requests | commands, min_size=1, max_size=5), min_size=1, max_size=3)


class Service(BaseHTTPRequestHandler):
    """Answers each actor, which the path begins with, as its requests say."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = next(self.server.answers[int(self.path.split("/")[1])])  # type: ignore[attr-defined]
        body = json.dumps(request.reply).encode()
        self.send_response(request.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - as http.server calls them

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Program:
    """Each actor makes its calls in their order; several are tasks at once. `results` is what has come of it all."""

    def __init__(self, url: str, timeline: list[Actor]) -> None:
        self._url, self._timeline = url, timeline
        self.results: list[list[list[object]]] = []

    def __call__(self) -> None:
        self.results.append(asyncio.run(self._all()))

    async def _all(self) -> list[list[object]]:
        async with httpx.AsyncClient(verify=False) as client:
            actors = [self._act(client, number) for number in range(len(self._timeline))]
            return await asyncio.gather(*actors) if len(actors) > 1 else [await actors[0]]

    async def _act(self, client: httpx.AsyncClient, number: int) -> list[object]:
        found: list[object] = []
        for call in self._timeline[number]:
            if isinstance(call, Command):
                found.append(self._run(call))
                continue
            url = f"{self._url}/{number}/{call.path}"
            said = {} if call.body is NO_BODY else {"json": call.body}
            response = await client.request(call.method, url, params=call.query, **said)
            found.append((response.status_code, response.json()))
        return found

    def _run(self, call: Command) -> tuple[bytes, int]:
        line = ["sh", "-c", 'printf %s "$1"; exit "$2"', "sh", call.text, str(call.code)]
        ran = subprocess.run(line, capture_output=True, check=False)
        return ran.stdout, ran.returncode


def recorded(path: Path, program: Program) -> str:
    """The test of a program, as `--tripwire-record` writes it."""
    path.write_text(TEST)
    began = time.time_ns()
    verifier = tripwire.current_verifier()
    verifier.scribe = scribe = Scribe(Policy([EVERY]))
    run(path, program)
    plan = Planner(scribe, verifier, [CREATE], Masks(), began).plan()
    verifier.scribe = None
    assert plan.refused == []
    verifier.accept(plan.interactions, plan.mocks)
    return _changes.combined(SourceFile.read(str(path)), [one.change for one in plan.proposals])


def run(path: Path, program: Program) -> None:
    names: dict[str, Any] = {"__name__": path.stem}
    exec(compile(path.read_text(), str(path), "exec"), names)
    names["test_it"](program)


@settings(
    max_examples=60 * LONGER,
    deadline=None,
    database=None,
    derandomize=LONGER == 1,
    suppress_health_check=list(HealthCheck),
)
@given(timeline=timelines)
def test_a_recorded_test_passes(
    timeline: list[Actor], service: ThreadingHTTPServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers = [iter([one for one in actor if isinstance(one, Request)]) for actor in timeline]
    service.answers = answers  # type: ignore[attr-defined]
    program = Program(f"http://127.0.0.1:{service.server_port}", timeline)
    path = tmp_path_factory.mktemp("chance") / "test_it.py"
    path.write_text(recorded(path, program))
    run(path, program)
    tripwire.verify_all()
    first, second = program.results
    assert first == second, path.read_text()
    assert list(itertools.chain(*answers)) == []
