"""What is recorded of a connect, and what it gives."""

import asyncio
import inspect
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
import pytest
from asyncpg import connect as connect_bound_early
from asyncpg_scripts import MyConnection

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


class MyRecord(asyncpg.Record):  # type: ignore[misc]
    def __getattr__(self, name: str) -> Any:
        return self[name]


CONTEXT = ssl.create_default_context()


@pytest.mark.parametrize(
    ("args", "kwargs", "recorded"),
    [
        ((), {}, {}),
        (("postgresql://u@h/d",), {}, {"dsn": "postgresql://u@h/d"}),
        ((), {"dsn": "postgres://u@h/d", "user": "x"}, {"dsn": "postgres://u@h/d", "user": "x"}),
        ((), {"host": "h", "port": 5432, "ssl": None}, {"host": "h", "port": 5432}),
        ((), {"host": ["a", "b"], "port": [1, 2]}, {"host": ["a", "b"], "port": [1, 2]}),
        ((), {"host": "/var/run/somewhere"}, {"host": "/var/run/somewhere"}),
        ((), {"host": "h", "timeout": 5}, {"host": "h", "timeout": 5}),
        ((), {"host": "h", "timeout": 60, "statement_cache_size": 100}, {"host": "h"}),
        ((), {"host": "h", "ssl": CONTEXT}, {"host": "h", "ssl": CONTEXT}),
        ((), {"host": "h", "ssl": "require"}, {"host": "h", "ssl": "require"}),
        ((), {"host": "h", "ssl": True, "direct_tls": True}, {"host": "h", "ssl": True, "direct_tls": True}),
        ((), {"host": "h", "command_timeout": 3}, {"host": "h", "command_timeout": 3}),
        ((), {"host": "h", "passfile": "/nowhere"}, {"host": "h", "passfile": "/nowhere"}),
        (
            (),
            {"host": "h", "server_settings": {"application_name": "me"}},
            {"host": "h", "server_settings": {"application_name": "me"}},
        ),
        (
            (),
            {"host": "h", "connection_class": MyConnection},
            {"host": "h", "connection_class": MyConnection},
        ),
        ((), {"host": "h", "record_class": MyRecord}, {"host": "h", "record_class": MyRecord}),
        ((), {"host": "h", "connection_class": asyncpg.Connection}, {"host": "h"}),
    ],
)
async def test_the_parameters_the_caller_gave_are_recorded(
    scripted: Scripted, args: tuple[Any, ...], kwargs: dict[str, Any], recorded: dict[str, Any]
) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(*args, **kwargs)
        assert isinstance(conn, asyncpg.Connection)
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.fields == recorded
    assert interaction.place is not None
    assert interaction.place.filename == __file__
    tripwire.asyncpg.assert_connect(**recorded)


@pytest.mark.parametrize("connect", [asyncpg.connect, connect_bound_early, asyncpg.connection.connect])
async def test_a_name_bound_early_is_caught(scripted: Scripted, connect: Callable[..., Any]) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await connect(host="nowhere.invalid")
        assert await conn.fetchval("SELECT 1") == 1
    tripwire.asyncpg.assert_connect(host="nowhere.invalid")
    tripwire.asyncpg.assert_fetchval(query="SELECT 1", args=[])


async def test_no_name_is_resolved_and_no_socket_opened(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    opened = mock.Mock(side_effect=AssertionError("the network was touched"))
    with mock.patch.object(socket, "socket", opened), mock.patch.object(socket, "getaddrinfo", opened):
        async with tripwire.sandbox():
            conn = await asyncpg.connect(host="db.example", ssl="require")
            await conn.close()
    assert_all()


def test_sync_tests_run_their_own_loop(scripted: Scripted, assert_all: AssertAll) -> None:
    async def main() -> Any:
        conn = await asyncpg.connect(host="h")
        return await conn.fetchval("SELECT 1")

    scripted(("fetchval", 1))
    with tripwire.sandbox():
        assert asyncio.run(main()) == 1
    assert_all()


def test_a_loop_in_another_thread(scripted: Scripted, assert_all: AssertAll) -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    scripted(("fetchval", 1))
    with tripwire.sandbox():
        thread.start()
        conn = asyncio.run_coroutine_threadsafe(asyncpg.connect(host="h"), loop).result(5)
        assert asyncio.run_coroutine_threadsafe(conn.fetchval("SELECT 1"), loop).result(5) == 1
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(5)
    assert conn.is_closed()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()
    assert_all()


async def test_subclasses_are_honoured(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchrow", {"id": 5}))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", connection_class=MyConnection, record_class=MyRecord)
        row = await conn.fetchrow("SELECT 5 AS id")
    assert (type(conn), conn.greeting) == (MyConnection, "hello")
    assert isinstance(row, MyRecord)
    assert (row.id, row, type(row).__name__) == (5, {"id": 5}, "MyRecord")
    assert_all()


class Token:
    def __init__(self, value: str) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> str:
        self.calls += 1
        return self.value


async def token() -> str:
    return "secret"


@pytest.mark.parametrize("password", [Token("secret"), token])
async def test_a_password_function_is_called(
    scripted: Scripted, password: Callable[[], Any], assert_all: AssertAll
) -> None:
    scripted()
    async with tripwire.sandbox():
        await asyncpg.connect(host="h", user="u", password=password)
    assert getattr(password, "calls", 1) == 1
    assert tripwire.current_verifier().timeline._all[0].fields["password"] is password
    assert_all()


@pytest.mark.parametrize("wanted", ["any", "primary", "standby", "prefer-standby", "read-write", "read-only"])
async def test_target_session_attrs_are_met_by_the_first_host(
    scripted: Scripted, wanted: str, assert_all: AssertAll
) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host=["a", "b"], target_session_attrs=wanted)
        await conn.close()
    assert assert_all() == [
        f"tripwire.asyncpg.connect(host=['a', 'b'], target_session_attrs={wanted!r})",
        "tripwire.asyncpg.close()",
    ]


@pytest.mark.parametrize(
    "error",
    [
        OSError("unreachable"),
        ConnectionRefusedError(111, "Connection refused"),
        TimeoutError(),
        asyncio.TimeoutError(),
        ValueError("any"),
        asyncpg.InterfaceError("of the client"),
        asyncpg.InternalClientError("of the client"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("host", ["one", ["one", "two"]])
async def test_a_connect_that_raises(error: Exception, host: str | list[str], assert_all: AssertAll) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=error)
    async with tripwire.sandbox():
        with pytest.raises(type(error)) as raised:
            await asyncpg.connect(host=host)
    assert raised.value is error
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.fields == {"host": host, "raised": error}
    tripwire.asyncpg.assert_connect(host=host)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InvalidPasswordError('password authentication failed for user "u"'),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("host", ["one", ["one", "two"]])
async def test_a_connect_the_server_refuses(error: asyncpg.PostgresError, host: str | list[str]) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=error)
    async with tripwire.sandbox():
        with pytest.raises(type(error)) as raised:
            await asyncpg.connect(host=host)
    assert (type(raised.value), raised.value.args) == (type(error), error.args)
    assert (raised.value.severity, raised.value.sqlstate) == ("FATAL", error.sqlstate)
    tripwire.asyncpg.assert_connect(host=host)


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"dsn": "mysql://localhost"}, ValueError),
        ({"host": "h", "ssl": "sometimes"}, ValueError),
        ({"host": "h", "command_timeout": -1}, ValueError),
        ({"host": "h", "record_class": tuple}, asyncpg.InterfaceError),
        ({"host": ["a", "b"], "port": [1, 2, 3]}, asyncpg.InterfaceError),
    ],
)
async def test_what_asyncpg_refuses_takes_no_step(kwargs: dict[str, Any], error: type[Exception]) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None, required=False)
    async with tripwire.sandbox():
        with pytest.raises(error):
            await asyncpg.connect(**kwargs)
    assert session.state == "disconnected"
    assert not list(tripwire.current_verifier().timeline)


async def test_sessions_are_handed_out_in_order(scripted: Scripted, assert_all: AssertAll) -> None:
    for number in range(3):
        scripted(("fetchval", number))
    async with tripwire.sandbox():
        conns = await asyncio.gather(*(asyncpg.connect(host=f"h{n}") for n in range(3)))
        assert [await conn.fetchval("SELECT 1") for conn in conns] == [0, 1, 2]
    assert_all()


async def test_what_a_connection_tells(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(
            host="h", user="me", server_settings={"application_name": "app", "timezone": "Asia/Tokyo"}
        )
        settings = conn.get_settings()
    assert (settings.application_name, settings.TimeZone, settings.session_authorization) == (
        "app",
        "Asia/Tokyo",
        "me",
    )
    assert conn.get_server_version().major == 17
    assert_all()


async def test_a_caller_below_connect(scripted: Scripted) -> None:
    scripted()
    given = {**asyncpg.connection.connect.__kwdefaults__, "dsn": "postgresql://h/d"}
    del given["timeout"]
    async with tripwire.sandbox():
        await asyncpg.connect_utils._connect(**given)
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.fields == {"dsn": "postgresql://h/d"}
    tripwire.asyncpg.assert_connect(dsn="postgresql://h/d")


WHERE = ["arguments", "environment"]


if "service" in inspect.signature(asyncpg.connect).parameters:  # since asyncpg 0.31
    WHERE.append("service")


@pytest.mark.parametrize("where", WHERE)
async def test_asyncpg_reads_its_parameters_wherever_it_does(
    scripted: Scripted,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    assert_all: AssertAll,
) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGPASSFILE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    values = {"host": "db.example", "port": "5433", "user": "ada"}
    given: dict[str, Any] = {}
    if where == "environment":
        for name, value in {**values, "database": "shop"}.items():
            monkeypatch.setenv(f"PG{name.upper()}", value)
    elif where == "service":
        file = tmp_path / "services.conf"
        lines = [f"{name}={value}" for name, value in {**values, "dbname": "shop"}.items()]
        file.write_text("\n".join(["[mine]", *lines]))
        monkeypatch.setenv("PGSERVICEFILE", str(file))
        given = {"dsn": "postgresql://?service=mine"}
    else:
        given = {**values, "port": 5433, "database": "shop"}
    passfile = tmp_path / "passfile"
    passfile.write_text("db.example:5433:shop:ada:hush\n")
    passfile.chmod(0o600)
    scripted()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(**given, passfile=str(passfile))
        assert conn._addr == ("db.example", 5433)
        assert (conn._params.user, conn._params.database, conn._params.password) == ("ada", "shop", "hush")
    tripwire.asyncpg.assert_connect(**given, passfile=str(passfile))
    assert assert_all() == []
