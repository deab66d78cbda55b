"""What users write, with the types they get: mypy and pyright check it in a fresh environment, strictly."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, TypeVar, cast

import pytest
from typing_extensions import assert_type

import tripwire
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.http_plugin import HttpPlugin, Request
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin


def test_plugins() -> None:
    assert_type(tripwire.http, HttpPlugin)
    assert_type(tripwire.asyncpg, AsyncpgPlugin)
    assert_type(tripwire.subprocess, SubprocessPlugin)
    assert_type(tripwire.popen, PopenPlugin)
    assert_type(tripwire.async_subprocess, AsyncSubprocessPlugin)
    for source in (
        tripwire.http.request,
        tripwire.subprocess.run,
        tripwire.popen.spawn,
        tripwire.asyncpg.fetch,
    ):
        assert_type(source, tripwire.Source)


def test_sandboxes() -> None:
    with tripwire.sandbox() as verifier:
        assert_type(verifier, tripwire.StrictVerifier)
    with tripwire.in_any_order() as verifier:
        assert_type(verifier, tripwire.StrictVerifier)
    with (
        tripwire.sandbox(),
        tripwire.expect_trip(tripwire.UnmockedInteractionError, tripwire.InvalidStateError),
    ):
        pass
    with verifier.sandbox() as again:
        assert_type(again, tripwire.StrictVerifier)
    assert_type(tripwire.sandbox(), tripwire.SandboxContext)
    assert_type(tripwire.in_any_order(), tripwire.InAnyOrderContext)
    assert_type(tripwire.expect_trip(), tripwire.ExpectTripContext)
    assert_type(tripwire.current_verifier(), tripwire.StrictVerifier)
    assert_type(tripwire.verify_all(), None)


async def test_async_sandboxes() -> None:
    async with tripwire.sandbox() as verifier:
        assert_type(verifier, tripwire.StrictVerifier)
    async with tripwire.in_any_order(), tripwire.expect_trip():
        pass


T = TypeVar("T")


def within(sandbox: AbstractContextManager[T], call: Callable[[], object]) -> T:
    with sandbox as entered:
        call()
    return entered


async def within_async(sandbox: AbstractAsyncContextManager[T], call: Callable[[], Awaitable[object]]) -> T:
    async with sandbox as entered:
        await call()
    return entered


async def test_sandboxes_are_handed_around() -> None:
    assert_type(within(tripwire.sandbox(), print), tripwire.StrictVerifier)
    assert_type(await within_async(tripwire.sandbox(), lambda: asyncio.sleep(0)), tripwire.StrictVerifier)


def test_a_sandbox_swallows_nothing() -> int:
    with tripwire.sandbox():
        return 1  # else a type checker would miss a return below


class Mailer(Protocol):
    async def send(self, to: str) -> None: ...


async def greet(mailer: Mailer) -> None:
    await mailer.send("ada@example.com")


async def test_doubles() -> None:
    mailer = tripwire.mock("mailer", spec=Mailer)
    mailer.send.returns(None).raises(OSError("down")).raises(OSError).calls(len).required(False)
    async with tripwire.sandbox() as verifier:
        await greet(cast("Mailer", mailer))
    mailer.send.assert_call(args=("ada@example.com",), kwargs={}, returned=None)
    verifier.assert_interaction(mailer.send, args=("ada@example.com",), returned=None)
    dumps = tripwire.spy("json:dumps")
    dumps.assert_call(("x",), raised=ValueError)
    tripwire.mock.object(subprocess, "run").returns(1).assert_call()
    tripwire.spy.object(subprocess, "run").assert_call()
    assert_type(mailer(1), Any)
    assert_type(dumps(1), Any)


def test_http() -> None:
    tripwire.http.mock_response("GET", "https://api.example.com/users", json=[{"name": "Ada"}], status=200)
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/users")
    assert_type(tripwire.http.requests, list[Request])


def test_processes() -> None:
    tripwire.subprocess.mock_run(["git", "status"], returncode=0, stdout="clean")
    session: tripwire.SessionHandle = (
        tripwire.popen.new_session()
        .expect("spawn", returns=None)
        .expect("communicate", returns=(b"", b"", 0), required=False)
    )
    assert_type(session.state, str)
    tripwire.async_subprocess.new_session().expect("spawn", returns=None, raises=OSError())
    tripwire.popen.assert_spawn(command=["git"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)


def test_asyncpg() -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    assert_type(session.expect("fetch", returns=[{"id": 1}], query="SELECT 1").state, str)
    tripwire.asyncpg.assert_connect(host="localhost")
    tripwire.asyncpg.assert_fetch(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()


@pytest.fixture
def timeline(tripwire_verifier: tripwire.StrictVerifier) -> Iterator[list[tripwire.Interaction]]:
    with tripwire.sandbox():
        yield list(tripwire_verifier.timeline)


def test_what_is_recorded(timeline: list[tripwire.Interaction]) -> None:
    for interaction in timeline:
        assert_type(interaction.source, tripwire.Source)
        assert_type(interaction.fields, dict[str, Any])
        assert_type(interaction.place, tripwire.Place | None)
    for trip in tripwire.current_verifier().trips:
        assert_type(trip.error, tripwire.TripError)


def test_errors() -> None:
    with pytest.raises(tripwire.VerificationError) as caught:
        tripwire.verify_all()
    assert_type(caught.value.interactions, tuple[tripwire.Interaction, ...])
    assert_type(caught.value.mocks, tuple[tripwire.UnusedMock, ...])
    with pytest.raises(tripwire.ConflictError) as conflict:
        tripwire.sandbox().__enter__()
    assert_type(conflict.value.patcher, str)


def test_a_plugin_by_its_class() -> None:
    verifier = tripwire.StrictVerifier()
    assert_type(verifier.plugin(HttpPlugin), HttpPlugin)
    assert_type(AsyncpgPlugin(verifier), AsyncpgPlugin)
