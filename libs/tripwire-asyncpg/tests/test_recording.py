"""What a recording lets through and what is written of it, as far as no server is needed."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import asyncpg
import pytest

import tripwire
from tripwire._writing._policy import EVERY, Policy
from tripwire._writing._scribe import Scribe
from tripwire._writing._statement import Statement
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.plugins.asyncpg_plugin._codes import Codes
from tripwire.plugins.asyncpg_plugin._mocks import statements
from tripwire.plugins.asyncpg_plugin._recording import Outcome, Recorded


def in_words(statement: Statement) -> str:
    return statement.in_a_line(repr)


def recording(*plugins: str) -> tripwire.StrictVerifier:
    """A verifier of its own, which records."""
    verifier = tripwire.StrictVerifier()
    verifier.scribe = Scribe(Policy(plugins or (EVERY,)))
    return verifier


# -- where a recording goes


@pytest.mark.parametrize(
    ("environment", "given", "host"),
    [
        ({}, {"host": "db.example"}, "db.example"),
        ({}, {"dsn": "postgresql://ada:secret@db.example:6543/shop"}, "db.example"),
        ({}, {"dsn": "postgresql://localhost,db.example:5432,other.example/shop"}, "db.example"),
        ({}, {"dsn": "postgresql:///shop?host=db.example"}, "db.example"),
        ({}, {"host": ["127.0.0.1", "/tmp", "db.example"]}, "db.example"),
        ({"PGHOST": "db.example"}, {}, "db.example"),
        ({"PGHOST": "localhost"}, {"host": "192.0.2.1"}, "192.0.2.1"),
        ({}, {"host": "2001:db8::1"}, "2001:db8::1"),
    ],
)
async def test_another_host_is_not_reached(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], given: dict[str, Any], host: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    verifier = recording()
    async with verifier.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as raised:
            await asyncpg.connect(**given)
    assert (
        "no session is scripted\n"
        f"a recording reaches this machine only; for {host}, add to pyproject.toml: "
        f'[tool.tripwire] record_hosts = ["{host}"]'
    ) in str(raised.value)


@pytest.fixture
def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize("by_pool", [False, True])
async def test_a_connect_that_fails_is_recorded(closed_port: int, by_pool: bool) -> None:
    connect: Any = asyncpg.create_pool if by_pool else asyncpg.connect

    async def play() -> OSError:
        with pytest.raises(OSError, match="Connect call failed") as raised:
            await connect(host="127.0.0.1", port=closed_port, password="secret")
        return raised.value

    verifier = recording("asyncpg")
    async with verifier.sandbox():
        real = await play()
    assert verifier.scribe is not None
    ((seen,),) = (period.seen for period in verifier.scribe.periods)
    assert seen.is_real
    assert seen.interaction.fields["raised"] is real
    (mock,) = verifier.plugin(AsyncpgPlugin).mocks([seen.interaction])
    assert in_words(mock) == (
        f"tripwire.asyncpg.new_{'pool' if by_pool else 'session'}().expect('connect', returns=None, "
        f"raises={type(real).__name__}({real.args[0]}, {real.args[1]!r}))"
    )
    assertion = AsyncpgPlugin.assertion(verifier.plugin(AsyncpgPlugin), seen.interaction)
    assert in_words(assertion) == (
        f"tripwire.asyncpg.assert_connect(host='127.0.0.1', port={closed_port}, password=mock.ANY)"
    )

    exec(in_words(mock), {"tripwire": tripwire})
    async with tripwire.sandbox():
        scripted = await play()
    assert (type(scripted), scripted.args) == (type(real), real.args)
    tripwire.asyncpg.assert_connect(host="127.0.0.1", port=closed_port, password="secret")


async def test_a_pool_that_tries_again_is_one(closed_port: int) -> None:
    verifier = recording("asyncpg")
    async with verifier.sandbox():
        pool = await asyncpg.create_pool(host="127.0.0.1", port=closed_port, min_size=0, max_size=1)
        for _ in range(2):
            with pytest.raises(OSError, match="Connect call failed"):
                await pool.acquire()
        await pool.close()
    assert verifier.scribe is not None
    (period,) = verifier.scribe.periods
    (mock,) = verifier.plugin(AsyncpgPlugin).mocks([one.interaction for one in period.seen])
    assert in_words(mock) == (
        "tripwire.asyncpg.new_pool().expect('connect', returns=None, raises=ConnectionRefusedError(111, "
        f"\"Connect call failed ('127.0.0.1', {closed_port})\"), times=2)"
    )


async def test_a_socket_is_on_this_machine(tmp_path: Any) -> None:
    verifier = recording()
    async with verifier.sandbox():
        with pytest.raises(FileNotFoundError):
            await asyncpg.connect(host=str(tmp_path))
    assert verifier.scribe is not None
    assert [one.is_real for one in verifier.scribe.periods[0].seen] == [True]


async def test_what_does_not_record_trips_as_always(closed_port: int) -> None:
    async with recording("http").sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError, match="no session is scripted"):
            await asyncpg.connect(host="127.0.0.1", port=closed_port)


async def test_a_session_that_begins_with_another_step_is_not_passed_over(closed_port: int) -> None:
    verifier = recording()
    verifier.plugin(AsyncpgPlugin).new_session().expect("fetch", returns=[])
    async with verifier.sandbox():
        with pytest.raises(tripwire.InvalidStateError):
            await asyncpg.connect(host="127.0.0.1", port=closed_port)


# -- what is written


@pytest.mark.parametrize(
    ("also", "begins"),
    [
        ((), "tripwire.asyncpg.assert_begin(readonly=True)"),
        (("isolation", "readonly"), "tripwire.asyncpg.assert_begin(isolation=None, readonly=True)"),
    ],
)
async def test_assertions(also: tuple[str, ...], begins: str) -> None:
    script = tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetch", returns=[])
    script.expect("executemany", returns=None).expect("close", returns=None)
    async with tripwire.sandbox():
        connection = await asyncpg.connect("postgresql://ada:secret@db.example/shop", command_timeout=5)
        async with connection.transaction(readonly=True):
            await connection.fetch("SELECT $1", {"a": [1]})
        await connection.executemany("INSERT INTO t VALUES ($1)", [[1], [2]])
        await connection.close()
    plugin = tripwire.current_verifier().plugin(AsyncpgPlugin)
    found = list(tripwire.current_verifier().timeline)
    assert [in_words(plugin.assertion(one, also)) for one in found] == [
        "tripwire.asyncpg.assert_connect(dsn=mock.ANY, command_timeout=5)",
        begins,
        "tripwire.asyncpg.assert_fetch(query='SELECT $1', args=[{'a': [1]}])",
        "tripwire.asyncpg.assert_commit()",
        "tripwire.asyncpg.assert_executemany(query='INSERT INTO t VALUES ($1)', args=[(1,), (2,)])",
        "tripwire.asyncpg.assert_close()",
    ]
    for one in found:
        tripwire.assert_interaction(one.source)


LOST = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
DENIED = tripwire.asyncpg.error("42501", "denied", severity="ERROR")


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        ([("fetch", "SELECT 1", {"raised": LOST})], ".expect('drop', query='SELECT 1', returns=None)"),
        (
            [("fetch", "SELECT 1", {"raised": asyncio.TimeoutError()})],
            ".expect('fetch', returns=[{'id': 1}], delay=math.inf)",
        ),
        (
            [("commit", "RELEASE SAVEPOINT __asyncpg_savepoint_1__;", {"raised": DENIED})],
            ".expect('commit', query=re.compile(\"^RELEASE SAVEPOINT\"), returns=None, "
            "raises=tripwire.asyncpg.error('42501', 'denied'))",
        ),
        (
            [("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE;", {"raised": DENIED}), ("commit", "COMMIT;", {})],
            ".expect('begin', query='BEGIN ISOLATION LEVEL SERIALIZABLE', returns=None, "
            "raises=tripwire.asyncpg.error('42501', 'denied'))",
        ),
        (
            [("execute", "NOTIFY a", {"value": "NOTIFY", "after": [("notify", "a")]})] * 2,
            ".expect('execute', returns='NOTIFY').expect('notify', returns='a')" * 2,
        ),
        (
            [("execute", "DELETE", {"value": "DELETE 1"})] * 3,
            ".expect('execute', returns='DELETE 1', times=3)",
        ),
        (
            [
                ("execute", "DELETE", {"value": "DELETE 1"}),
                ("execute", "DELETE", {"value": "DELETE 0"}),
                ("execute", "DELETE", {"value": "DELETE 1"}),
            ],
            ".expect('execute', returns='DELETE 1').expect('execute', returns='DELETE 0')"
            ".expect('execute', returns='DELETE 1')",
        ),
        (
            [("prepare", "SELECT a", {"columns": ("a",)}), ("fetch", "SELECT a", {"rows": []})],
            ".expect('prepare', returns=['a']).expect('fetch', returns=[])",
        ),
        (
            [("prepare", "SELECT a", {"columns": ("a",)}), ("fetch", "SELECT a", {"rows": [(("a",), (1,))]})],
            ".expect('prepare', returns=None).expect('fetch', returns=[{'a': 1}])",
        ),
        (
            [("fetchrow", "SELECT 1, 2", {"rows": [(("a", "a"), (1, 2))]})],
            ".expect('fetchrow', returns=(1, 2), columns=['a', 'a'])",
        ),
    ],
)
def test_steps(given: list[tuple[str, str, dict[str, Any]]], steps: str) -> None:
    recorded = Recorded(0, is_pool=False)
    outcomes = [Outcome(recorded, method, query, **more) for method, query, more in given]
    (statement,) = statements([(recorded, outcomes)], tripwire.current_verifier().config)
    assert in_words(statement) == f"tripwire.asyncpg.new_session(){steps}"


def test_steps_of_connections_at_work_at_once() -> None:
    recorded = Recorded(0, is_pool=True, overlapped=True)
    calls = [("DELETE", [1], "DELETE 1"), ("DELETE", [2], "DELETE 0"), ("INSERT", [], "INSERT 0 1")] * 2
    outcomes = [
        Outcome(recorded, "execute", *call) for call in [*calls, ("INSERT", [], "INSERT 0 0"), calls[2]]
    ]
    (statement,) = statements([(recorded, outcomes)], tripwire.current_verifier().config)
    assert in_words(statement) == (
        "tripwire.asyncpg.new_pool(ordered=False)"
        ".expect('execute', query='DELETE', args=[1], returns='DELETE 1', times=2)"
        ".expect('execute', query='DELETE', args=[2], returns='DELETE 0', times=2)"
        ".expect('execute', query='INSERT', returns='INSERT 0 1', times=2)"
        ".expect('execute', query='INSERT', returns='INSERT 0 0')"
        ".expect('execute', query='INSERT', returns='INSERT 0 1')"
    )


@pytest.mark.parametrize(
    ("error", "text", "imports"),
    [
        (ConnectionRefusedError(111, "no"), "ConnectionRefusedError(111, 'no')", set()),
        (
            asyncpg.TargetServerAttributeNotMatched("none"),
            "asyncpg.TargetServerAttributeNotMatched('none')",
            {"import asyncpg"},
        ),
        (
            asyncpg.DataError(f"invalid input: ghp_{'0aB9' * 9}"),
            "asyncpg.DataError('invalid input: ghp_placeholder')",
            {"import asyncpg"},
        ),
        (socket.gaierror(-2, "unknown"), "socket.gaierror(-2, 'unknown')", {"import socket"}),
        (
            tripwire.asyncpg.error("57014", "too late", severity="ERROR"),
            "tripwire.asyncpg.error('57014', 'too late')",
            set(),
        ),
        (
            tripwire.asyncpg.error("57P01", "good night", severity="FATAL", detail="it is late"),
            "tripwire.asyncpg.error('57P01', 'good night', detail='it is late')",
            set(),
        ),
        (
            tripwire.asyncpg.error("53300", "too many", severity="FATAL"),
            "tripwire.asyncpg.error('53300', 'too many', severity='FATAL')",
            set(),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_as_code(error: Exception, text: str, imports: set[str]) -> None:
    found = Codes(tripwire.current_verifier().config).error(error)
    assert (found.text, set(found.imports)) == (text, imports)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: asyncpg.Range(1, 2), "asyncpg.Range(1, 2)"),
        (
            lambda: asyncpg.Range(1, 2, upper_inc=True),
            "asyncpg.Range(1, 2, lower_inc=True, upper_inc=True)",
        ),
        (lambda: asyncpg.Polygon((1, 2), (3, 4)), "asyncpg.Polygon((1.0, 2.0), (3.0, 4.0))"),
        (lambda: asyncpg.Line(1, 2, 3), "asyncpg.Line(1, 2, 3)"),
        (
            lambda: tripwire.asyncpg.record(a=1, b=[tripwire.asyncpg.record(c=None)]),
            "tripwire.asyncpg.record(a=1, b=[tripwire.asyncpg.record(c=None)])",
        ),
        (
            lambda: tripwire.asyncpg.record(a=tripwire.asyncpg.record(b=asyncpg.Point(1, 2))),
            "tripwire.asyncpg.record(a=tripwire.asyncpg.record(b=asyncpg.Point(1.0, 2.0)))",
        ),
        (
            lambda: tripwire.asyncpg.record(**{"?column?": asyncpg.BitString("101")}),
            "tripwire.asyncpg.record(**{'?column?': asyncpg.BitString('101')})",
        ),
    ],
)
def test_values_as_code(make: Any, text: str) -> None:
    value = make()
    found = Codes(tripwire.current_verifier().config).of(value, "returns")
    assert found.text == text
    assert eval(text, {"asyncpg": asyncpg, "tripwire": tripwire}) == value


def test_other_values_of_asyncpg_stay_as_they_are() -> None:
    value = asyncpg.types.ServerVersion(17, 0, 0, "final", 0)
    assert Codes(tripwire.current_verifier().config).of(value, "returns") is value
