"""What is recorded of a connect, and what it gives."""

import asyncio
import contextlib
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
from asyncpg import create_pool as create_pool_bound_early

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]


class MyConnection(asyncpg.Connection):  # type: ignore[misc]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.greeting = "hello"


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


# -- passwords


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"password": "hush"}, "password='***'"),
        ({"dsn": "postgresql://u:hu:sh@h/d"}, "dsn='postgresql://u:***@h/d'"),
        (
            {"dsn": "postgresql://h/d?user=u&password=hush&x=1"},
            "dsn='postgresql://h/d?user=u&password=***&x=1'",
        ),
        ({"dsn": "postgresql://u:hu:sh@hush@h/d"}, "dsn='postgresql://u:***@h/d'"),
        ({"dsn": "postgresql://h:1/d?password=hu:sh@hush&x=1"}, "dsn='postgresql://h:1/d?password=***&x=1'"),
        ({"dsn": "postgresql://u@h:5432/d"}, "dsn='postgresql://u@h:5432/d'"),
        ({"dsn": "postgresql://u:hush@h/" + "d" * 300}, "dsn='postgresql://u:***@h/" + "d" * 178 + "... ("),
    ],
)
async def test_passwords_are_recorded_and_hidden(given: dict[str, Any], shown: str) -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await asyncpg.connect(**given)
    assert f"nothing answers this call: asyncpg.connect({shown}" in str(trip.value)

    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        await asyncpg.connect(**given)
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_connect(**dict.fromkeys(given, "x"))
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    for error in (mismatch, unasserted):
        assert "hush" not in str(error.value)
        assert "hu:sh" not in str(error.value)
    tripwire.current_verifier().timeline._all[0].asserted = False
    tripwire.asyncpg.assert_connect(**given)


async def test_a_password_is_hidden_where_asyncpg_would_not_read_it() -> None:
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        await asyncpg.connect("postgresql://u:hush/hush?hush#hush@hush@h/d")

    async with tripwire.sandbox():
        task = asyncio.create_task(work())
    go.set()
    with pytest.raises(tripwire.PostSandboxInteractionError) as trip:
        await task
    assert trip.value.call == "asyncpg.connect(dsn='postgresql://u:***@h/d')"


async def test_a_masked_value_is_any_in_code_to_paste() -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        await asyncpg.connect(host="h", password="hush")
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    assert str(unasserted.value).splitlines()[-1] == (
        "    tripwire.asyncpg.assert_connect(host='h', password=mock.ANY)"
    )


class Codec:
    def __repr__(self) -> str:
        return "<a codec>"


@pytest.mark.parametrize(
    ("arg", "pasted"),
    [(1, "[1]"), ("x" * 300, f"['{'x' * 300}']"), ("x" * 3000, "mock.ANY"), (Codec(), "mock.ANY")],
    ids=["short", "long", "too long", "object"],
)
async def test_code_to_paste_always_parses(scripted: Scripted, arg: Any, pasted: str) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", connection_class=MyConnection)
        await conn.fetchval("SELECT $1", arg)
    for interaction, code in zip(
        tripwire.current_verifier().timeline,
        (
            "tripwire.asyncpg.assert_connect(connection_class=mock.ANY, host='h')",
            f"tripwire.asyncpg.assert_fetchval(query='SELECT $1', args={pasted})",
        ),
        strict=True,
    ):
        assert interaction.plugin.assertion_for(interaction) == code
        exec(code, {"tripwire": tripwire, "mock": mock})


# -- defaults


@pytest.mark.parametrize("error", [None, OSError("unreachable")])
@pytest.mark.parametrize(
    "asserted",
    [
        {"host": "h", "timeout": 60, "password": None},
        {"host": "h", "timeout": 60, "password": None, "statement_cache_size": 100},
        {"port": mock.ANY, "connection_class": asyncpg.Connection},
    ],
)
async def test_a_parameter_that_was_left_out_has_its_default(
    asserted: dict[str, Any], error: Exception | None
) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=error)
    async with tripwire.sandbox():
        with contextlib.nullcontext() if error is None else pytest.raises(OSError, match=r"^unreachable$"):
            await asyncpg.connect(host="h", timeout=60, password=None, statement_cache_size=100)
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_connect(**asserted, command_timeout=5, databse="d")
    lines = str(mismatch.value).splitlines()
    assert lines[0].startswith("the next interaction of tripwire.asyncpg.connect differs  (")
    raised = "" if error is None else ", raised=OSError('unreachable')"
    assert lines[1:] == [
        "  command_timeout:",
        "    asserted 5",
        "    happened None",
        "  databse: there is no such field; known are: host" + ("" if error is None else ", raised"),
        "as it happened:",
        "    tripwire.asyncpg.assert_connect(host='h')",
    ]
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.plugin.describe(interaction) == f"tripwire.asyncpg.connect(host='h'{raised})"
    with tripwire.in_any_order():
        tripwire.asyncpg.assert_connect(**asserted)


async def test_a_parameter_that_was_given_has_not_its_default(scripted: Scripted) -> None:
    scripted()
    async with tripwire.sandbox():
        await asyncpg.connect(host="h", timeout=5)
    with pytest.raises(tripwire.InteractionMismatchError, match=r"asserted 60\n    happened 5\n"):
        tripwire.asyncpg.assert_connect(host="h", timeout=60)
    tripwire.asyncpg.assert_connect(host="h", timeout=5)


# -- pools


@pytest.mark.parametrize("create_pool", [asyncpg.create_pool, create_pool_bound_early])
async def test_a_pool(scripted: Scripted, create_pool: Callable[..., Any], assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    scripted(("fetchval", 2))
    async with (
        tripwire.sandbox(),
        create_pool("postgresql://u@h/d", min_size=2, max_size=2, command_timeout=9) as pool,
    ):
        async with pool.acquire() as one, pool.acquire() as two:
            assert isinstance(one, asyncpg.Connection)
            found = {await one.fetchval("SELECT 1"), await two.fetchval("SELECT 2")}
        assert found == {1, 2}
    recorded = assert_all()
    assert recorded[:2] == ["tripwire.asyncpg.connect(dsn='postgresql://u@h/d', command_timeout=9)"] * 2
    assert recorded[-2:] == ["tripwire.asyncpg.close()"] * 2


async def test_housekeeping_of_a_pool_is_neither_scripted_nor_recorded(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    async def reset(conn: asyncpg.Connection) -> None:
        await conn.execute("DISCARD ALL")

    async def init(conn: asyncpg.Connection) -> None:
        await conn.set_type_codec("json", schema="pg_catalog", encoder=repr, decoder=eval)

    scripted(("execute", "DISCARD ALL"), ("fetch", []), ("execute", "DISCARD ALL"))
    async with tripwire.sandbox():
        pool = asyncpg.create_pool(host="h", min_size=1, max_size=1, init=init, reset=reset)
        await pool
        async with pool.acquire():
            pass
        assert await pool.fetch("SELECT 1") == []
    assert assert_all() == [
        "tripwire.asyncpg.connect(host='h')",
        "tripwire.asyncpg.execute(query='DISCARD ALL', args=[])",
        "tripwire.asyncpg.fetch(query='SELECT 1', args=[])",
        "tripwire.asyncpg.execute(query='DISCARD ALL', args=[])",
    ]
    await pool.close()


async def test_a_pool_rolls_back_what_was_left_open(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted()
    messages: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: messages.append(context["message"]))
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        conn = await pool.acquire()
        await conn.transaction().start()
        await pool.release(conn)
        async with pool.acquire() as conn:
            assert not conn.is_in_transaction()
        await pool.close()
    assert [message[:21] for message in messages] == ["Resetting connection "]
    assert assert_all()[1:] == [
        "tripwire.asyncpg.begin(isolation=None, readonly=False, deferrable=False, savepoint=False)",
        "tripwire.asyncpg.close()",
    ]


async def test_a_pool_made_before_the_sandbox(scripted: Scripted, assert_all: AssertAll) -> None:
    pool = asyncpg.create_pool(host="h", min_size=1, max_size=1)
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        await pool
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()
    assert_all()


async def test_a_pool_left_open_tries_nothing_after_the_sandbox(
    scripted: Scripted, assert_all: AssertAll
) -> None:
    scripted()
    async with tripwire.sandbox():
        pool = await asyncpg.create_pool(host="h", min_size=1, max_size=1)
        before = asyncio.all_tasks()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    assert assert_all() == ["tripwire.asyncpg.connect(host='h')"]
    await pool.close()


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
