"""What the plugin relies on in asyncpg: found, checked, and put back."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import asyncpg
import pytest
from asyncpg import connect_utils

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin, _targets

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]

NAMES = [
    (connect_utils, "_connect"),
    (connect_utils, "_connect_addr"),
    (connect_utils, "_cancel"),
    *(
        (asyncpg.Connection, name)
        for name in ("execute", "fetch", "fetchrow", "fetchval", "close", "reset", "prepare")
    ),
    (asyncpg.transaction.Transaction, "start"),
    *((asyncpg.Pool, name) for name in ("_acquire", "_get_new_connection", "close", "release")),
]


@pytest.fixture(autouse=True)
def in_a_fresh_process() -> Iterator[None]:
    """What asyncpg has is looked at once a process; these tests change it."""
    _targets.of.cache_clear()
    yield
    _targets.of.cache_clear()


def moved(what: str) -> str:
    return (
        f"AsyncpgPlugin does not know asyncpg {asyncpg.__version__}: {what}. It supports 0.30 to 0.32.\n"
        "Use a supported version, or put the plugin under disabled_plugins in [tool.tripwire]"
    )


def test_everything_is_put_back() -> None:
    held = [vars(owner)[name] for owner, name in NAMES]
    verifier = tripwire.StrictVerifier()
    with verifier.sandbox():
        replaced = [vars(owner)[name] for owner, name in NAMES]
        for genuine, replacement in zip(held, replaced, strict=True):
            assert replacement is not genuine
            assert inspect.iscoroutinefunction(replacement)
            assert inspect.signature(replacement) == inspect.signature(genuine)
            assert replacement.__doc__ == genuine.__doc__
    assert [vars(owner)[name] for owner, name in NAMES] == held


@pytest.mark.parametrize("name", ["_connect", "_connect_addr", "_cancel"])
def test_a_function_with_other_parameters_is_not_replaced(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async def later(*, addr: Any, dialect: Any) -> None:
        """Stands for a later asyncpg."""

    monkeypatch.setattr(connect_utils, name, later)
    monkeypatch.setattr(AsyncpgPlugin, "public_names", ())
    with pytest.raises(tripwire.TripwireError) as raised:
        tripwire.StrictVerifier().sandbox().__enter__()
    assert str(raised.value) == moved(f"asyncpg.connect_utils.{name} has the parameters addr, dialect")


class Settings:
    def add_python_codec(self, typeoid: int, codec: object) -> None:
        """Stands for that of a later asyncpg."""


async def connect_later(dsn: str, *, patience: float) -> None:
    """Stands for that of a later asyncpg."""


@pytest.mark.parametrize(
    ("path", "name", "value", "what"),
    [
        (
            "connection.Connection",
            "__init__",
            lambda self, protocol, loop: None,
            "asyncpg.connection.Connection.__init__ has the parameters self, protocol, loop",
        ),
        (
            "protocol.protocol",
            "ConnectionSettings",
            Settings,
            "asyncpg.protocol.protocol.ConnectionSettings.add_python_codec has the parameters "
            "self, typeoid, codec",
        ),
        (
            "protocol.protocol",
            "BaseProtocol",
            mock.Mock(set_connection=lambda self: None),
            "asyncpg.protocol.protocol.BaseProtocol.set_connection has the parameters self",
        ),
        ("connection", "connect", connect_later, "asyncpg.connect has no parameter timeout"),
        ("connection", "connect", None, "asyncpg.connection.connect.__code__ is not there"),
        ("transaction", "Transaction", object, "asyncpg.transaction.Transaction._connection is not there"),
        (
            "connresource",
            "ConnectionResource",
            object,
            "asyncpg.connresource.ConnectionResource._connection is not there",
        ),
        ("pool", "PoolConnectionProxy", object, "asyncpg.pool.PoolConnectionProxy._con is not there"),
        ("pool", "Pool", object, "asyncpg.pool.Pool._acquire is not there"),
        ("cursor", "BaseCursor", object, "asyncpg.cursor.BaseCursor._args is not there"),
        ("cursor", "CursorFactory", object, "asyncpg.cursor.CursorFactory._args is not there"),
        (
            "prepared_stmt",
            "PreparedStatement",
            object,
            "asyncpg.prepared_stmt.PreparedStatement._query is not there",
        ),
        ("introspection", "TYPE_BY_NAME", None, "asyncpg.introspection.TYPE_BY_NAME is not there"),
        ("protocol", "Record", None, "asyncpg.protocol.Record is not there"),
        ("protocol", "Protocol", object, "asyncpg.protocol.Protocol.abort is not there"),
        (
            "connect_utils",
            "_ClientConfiguration",
            object,
            "asyncpg.connect_utils._ClientConfiguration.max_cached_statement_lifetime is not there",
        ),
        (
            "connect_utils",
            "_ConnectionParameters",
            object,
            "asyncpg.connect_utils._ConnectionParameters.password is not there",
        ),
        (
            "exceptions.PostgresError",
            "_field_map",
            None,
            "asyncpg.exceptions.PostgresError._field_map is not there",
        ),
    ],
)
def test_what_a_later_asyncpg_moved_is_noticed(
    monkeypatch: pytest.MonkeyPatch, path: str, name: str, value: Any, what: str
) -> None:
    monkeypatch.setattr(f"asyncpg.{path}.{name}", value)
    monkeypatch.setattr(AsyncpgPlugin, "public_names", ())
    with pytest.raises(tripwire.TripwireError) as raised:
        tripwire.StrictVerifier().sandbox().__enter__()
    assert str(raised.value) == moved(what)


def test_a_missing_function_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(connect_utils, "_connect_addr")
    with pytest.raises(tripwire.TripwireError) as raised:
        tripwire.StrictVerifier().sandbox().__enter__()
    assert str(raised.value) == moved("asyncpg.connect_utils._connect_addr is not there")


@pytest.mark.parametrize(
    "name",
    [
        "asyncpg.connect",
        "asyncpg.create_pool",
        "asyncpg.connection.connect",
        "asyncpg.pool.create_pool",
        "asyncpg.connect_utils._connect",
        "asyncpg.connect_utils._connect_addr",
        "asyncpg.Connection.fetch",
        "asyncpg.Connection.close",
        "asyncpg.Connection.transaction",
        "asyncpg.Connection.executemany",
    ],
)
def test_a_foreign_patch_is_a_conflict(name: str) -> None:
    with mock.patch(name), pytest.raises(tripwire.ConflictError) as conflict:
        tripwire.StrictVerifier().sandbox().__enter__()
    assert (conflict.value.target, conflict.value.patcher) == (name, "unittest.mock")


def test_asyncpg_is_never_imported_for_the_program(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode=auto")
    pytester.makepyfile(
        """
        import sys
        import tripwire

        def test_not_imported():
            tripwire.asyncpg.new_session().expect("connect", returns=None, required=False)
            with tripwire:
                pass
            assert "asyncpg" not in sys.modules

        async def test_imported_inside():
            tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetch", returns=[{"a": 1}])
            with tripwire:
                import asyncpg
                from asyncpg import connect
                conn = await connect(host="nowhere.invalid")
                assert await conn.fetch("SELECT 1") == [{"a": 1}]
                assert not hasattr(asyncpg.pool.PoolConnectionProxy.fetch.__wrapped__, "__wrapped__")
            tripwire.asyncpg.assert_connect(host="nowhere.invalid")
            tripwire.asyncpg.assert_fetch(query="SELECT 1", args=[])

        def test_put_back():
            from asyncpg import Connection, connect_utils
            for genuine in (Connection.fetch, connect_utils._connect, connect_utils._connect_addr):
                assert not hasattr(genuine, "__wrapped__")
        """
    )
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(passed=3)


async def test_outside_a_sandbox_everything_is_genuine(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    async with tripwire.StrictVerifier().sandbox():
        pass
    with pytest.raises(OSError, match="onnect"):
        await asyncpg.connect(host="127.0.0.1", port=unused_tcp_port, ssl=False)


def test_a_thread_without_a_sandbox_beside_one_that_has(tripwire_verifier: tripwire.StrictVerifier) -> None:
    # The targets stay patched until the test ends: what belongs to no sandbox is genuine.
    with tripwire.sandbox():
        pass
    with pytest.raises(OSError, match="onnect"):
        asyncio.run(asyncpg.connect(host="127.0.0.1", port=1, ssl=False))


async def test_a_cancellation_never_reaches_the_network(scripted: Scripted, assert_all: AssertAll) -> None:
    scripted(("fetchval", 1))
    loop = asyncio.get_running_loop()
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        with mock.patch.object(
            loop, "create_connection", side_effect=AssertionError("the network was touched")
        ):
            task = asyncio.ensure_future(conn.fetchval("SELECT 1"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            secret = conn._protocol.backend_secret
            await connect_utils._cancel(
                loop=loop,
                addr=conn._addr,
                params=conn._params,
                backend_pid=conn.get_server_pid(),
                backend_secret=secret,
            )
        assert await conn.fetchval("SELECT 1") == 1
    assert_all()


async def test_the_cancellation_of_a_real_connection_is_genuine(unused_tcp_port: int) -> None:
    async with tripwire.sandbox():
        with pytest.raises(OSError, match="onnect"):
            await connect_utils._cancel(
                loop=asyncio.get_running_loop(),
                addr=("127.0.0.1", unused_tcp_port),
                params=mock.Mock(ssl=None),
                backend_pid=1,
                backend_secret=2,
            )


def test_a_second_plugin(tripwire_verifier: tripwire.StrictVerifier) -> None:
    AsyncpgPlugin(tripwire_verifier)
    with pytest.raises(ValueError, match="already has a AsyncpgPlugin"):
        AsyncpgPlugin(tripwire_verifier)
