"""docker, on requests with an adapter, a pool and connections of its own, through a Unix socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest
from docker.errors import DockerException, ImageNotFound, NotFound
from fidelity.http.server import Connection, Servers
from fidelity.http.world import Trust

import tripwire

from .api import Api, hidden_trips

URL = "http://localhost/v1.44"


class Daemon(Api):
    """A docker daemon, as far as a test says what it answers."""

    url = "http://localhost"
    socket: str

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        servers: Any = SimpleNamespace(script=self.servers.script, origin_of=lambda _writer: self.url)
        try:
            await Connection(servers, reader, writer).serve()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()


@pytest.fixture
def daemon(servers: Servers, trust: Trust, tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(servers, trust)
    daemon.socket = str(tmp_path / "docker.sock")
    listening = servers.run(asyncio.start_unix_server(daemon.accept, daemon.socket))
    yield daemon
    servers.loop.call_soon_threadsafe(listening.close)


def with_client(daemon: Daemon, use: Callable[[Any], Any]) -> Any:
    def program() -> Any:
        client = docker.DockerClient(f"unix://{daemon.socket}", version="1.44", timeout=5)
        try:
            return use(client)
        finally:
            client.close()

    return program


def test_containers_are_listed(daemon: Daemon) -> None:
    found = {"Id": "abc", "Names": ["/web"], "Image": "nginx"}
    daemon.answer("GET", "/v1.44/containers/json", json=[found])
    daemon.answer("GET", "/v1.44/containers/abc/json", json=found | {"State": {"Status": "running"}})
    program = with_client(
        daemon, lambda docker: [one.status for one in docker.containers.list(filters={"name": "web"})]
    )
    assert daemon.use(program) == ["running"]
    tripwire.http.assert_request("GET", f"{URL}/containers/json", params={"filters": '{"name": ["web"]}'})
    tripwire.http.assert_request("GET", f"{URL}/containers/abc/json")


def test_an_image_is_pulled(daemon: Daemon) -> None:
    steps = [{"status": "Pulling"}, {"status": "Done"}]
    daemon.answer(
        "POST", "/v1.44/images/create", stream=[json.dumps(step).encode() + b"\r\n" for step in steps]
    )
    daemon.answer("GET", "/v1.44/images/nginx:1/json", json={"Id": "sha256:1", "RepoTags": ["nginx:1"]})
    program = with_client(daemon, lambda docker: docker.images.pull("nginx", "1").tags)
    assert daemon.use(program) == ["nginx:1"]
    tripwire.http.assert_request("POST", f"{URL}/images/create", params={"fromImage": "nginx", "tag": "1"})
    tripwire.http.assert_request("GET", f"{URL}/images/nginx:1/json")


def test_progress_is_told_as_it_comes(daemon: Daemon) -> None:
    lines = [b'{"status":"Pull', b'ing"}\r\n{"status"', b':"Done"}\r\n']
    daemon.answer("POST", "/v1.44/images/nginx/push", stream=lines)
    program = with_client(daemon, lambda docker: list(docker.images.push("nginx", stream=True, decode=True)))
    assert daemon.use(program) == [{"status": "Pulling"}, {"status": "Done"}]
    tripwire.http.assert_request("POST", f"{URL}/images/nginx/push", json={}, response_body=b"".join(lines))


def test_errors_are_translated(daemon: Daemon) -> None:
    daemon.answer("GET", "/v1.44/containers/x/json", status=404, json={"message": "No such container: x"})
    error = daemon.error(NotFound, with_client(daemon, lambda docker: docker.containers.get("x")))
    assert error.explanation == "No such container: x"
    tripwire.http.assert_request("GET", f"{URL}/containers/x/json", status=404)

    daemon.answer("GET", "/v1.44/images/x/json", status=404, json={"message": "No such image: x"})
    daemon.error(ImageNotFound, with_client(daemon, lambda docker: docker.images.get("x")))
    tripwire.http.assert_request("GET", f"{URL}/images/x/json", status=404)

    daemon.fail("GET", "/version", "timeout")

    def find_version() -> Any:
        return docker.DockerClient(f"unix://{daemon.socket}", version="auto", timeout=0.05)

    daemon.error(DockerException, find_version)
    tripwire.http.assert_request("GET", "http://localhost/version", raised="timeout")


def test_a_trip_is_not_tried_again(daemon: Daemon) -> None:
    assert hidden_trips(with_client(daemon, lambda docker: docker.ping())) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: GET http://localhost/v1.44/_ping",
    ]
