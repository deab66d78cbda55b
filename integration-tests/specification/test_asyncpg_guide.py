"""The asyncpg guide: its examples as it writes them, and a test for each of its statements."""

import inspect
from unittest import mock

import asyncpg
import pytest

import tripwire
from tripwire import StrictVerifier
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

# -- setup


# fmt: off
async def test_fetch_users():
    (tripwire.asyncpg
        .new_session()
        .expect("connect",  returns=None)
        .expect("fetch",    returns=[{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}])
        .expect("close",    returns=None))

    with tripwire:
        import asyncpg
        conn = await asyncpg.connect(host="localhost", database="myapp", user="admin")
        rows = await conn.fetch("SELECT id, name FROM users")
        await conn.close()

    assert rows == [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}]

    tripwire.asyncpg.assert_connect(host="localhost", database="myapp", user="admin")
    tripwire.asyncpg.assert_fetch(query="SELECT id, name FROM users", args=[])
    tripwire.asyncpg.assert_close()
# fmt: on


def test_manual_use_outside_pytest():
    verifier = StrictVerifier()
    apg = AsyncpgPlugin(verifier)

    assert apg.verifier is verifier
    with pytest.raises(ValueError, match="this verifier already has a AsyncpgPlugin"):
        AsyncpgPlugin(verifier)


async def test_a_plugin_constructed_by_hand_catches():
    verifier = StrictVerifier()
    apg = AsyncpgPlugin(verifier)
    apg.new_session().expect("connect", returns=None).expect("close", returns=None)

    async with verifier.sandbox():
        conn = await asyncpg.connect(host="localhost")
        await conn.close()

    apg.assert_connect(host="localhost")
    apg.assert_close()
    verifier.verify_all()


def test_a_second_plugin_after_the_automatic_one(tripwire_verifier):
    tripwire.asyncpg.new_session()
    with pytest.raises(ValueError, match="this verifier already has a AsyncpgPlugin"):
        AsyncpgPlugin(tripwire_verifier)


# -- state machine


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
async def test_query_methods_keep_the_connection_connected(method):
    returns = {"execute": "SELECT 1", "fetch": [{"a": 1}], "fetchrow": {"a": 1}, "fetchval": 1}[method]
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect(method, returns=returns).expect(method, returns=returns).expect("close", returns=None)
    states = [session.state]

    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        states.append(session.state)
        for _ in range(2):
            assert await getattr(conn, method)("SELECT 1") == returns
            states.append(session.state)
        await conn.close()
        states.append(session.state)

    assert states == ["disconnected", "connected", "connected", "connected", "closed"]
    tripwire.asyncpg.assert_connect()
    for _ in range(2):
        getattr(tripwire.asyncpg, f"assert_{method}")(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval", "close"])
async def test_nothing_comes_before_connect(method):
    tripwire.asyncpg.new_session().expect(
        method, returns="x" if method == "execute" else None, raises=OSError()
    )
    async with tripwire:
        with pytest.raises(tripwire.InvalidStateError) as raised:
            await asyncpg.connect(host="localhost")
    assert (raised.value.method, raised.value.state, raised.value.allowed) == (
        method,
        "disconnected",
        ("connected",),
    )
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


# -- scripting a session


# fmt: off
async def test_scripting_a_session():
    (tripwire.asyncpg
        .new_session()
        .expect("connect",  returns=None)
        .expect("fetch",    returns=[{"id": 1}])
        .expect("execute",  returns="INSERT 0 1")
        .expect("close",    returns=None))
# fmt: on

    async with tripwire:
        conn = await asyncpg.connect("postgresql://localhost/app")
        assert await conn.fetch("SELECT id FROM users") == [{"id": 1}]
        assert await conn.execute("INSERT INTO users (name) VALUES ($1)", "Alice") == "INSERT 0 1"
        await conn.close()

    tripwire.asyncpg.assert_connect(dsn="postgresql://localhost/app")
    tripwire.asyncpg.assert_fetch(query="SELECT id FROM users", args=[])
    tripwire.asyncpg.assert_execute(
        query="INSERT INTO users (name) VALUES ($1)",
        args=["Alice"],
    )
    tripwire.asyncpg.assert_close()


def test_the_parameters_of_expect():
    session = tripwire.asyncpg.new_session()
    assert isinstance(session, tripwire.SessionHandle)
    parameters = inspect.signature(session.expect).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    empty = inspect.Parameter.empty
    guide = {"method": empty, "returns": empty, "raises": None, "required": True}
    assert {name: defaults[name] for name in guide} == guide
    assert list(defaults)[:4] == list(guide)
    assert parameters["returns"].kind is inspect.Parameter.KEYWORD_ONLY
    with pytest.raises(TypeError, match="returns"):
        session.expect("connect")
    with pytest.raises(ValueError, match=r"tripwire\.asyncpg session 1 has no step 'fetchone'; did you mean 'fetch"):
        session.expect("fetchone", returns=None)


async def test_raises_instead_of_returning():
    error = OSError("the cable")
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[{"never": "seen"}], raises=error)
    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        with pytest.raises(OSError, match="the cable") as raised:
            await conn.fetch("SELECT 1")
    assert raised.value is error
    tripwire.asyncpg.assert_connect(host="localhost")
    tripwire.asyncpg.assert_fetch(query="SELECT 1", args=[])


async def test_required_steps_must_be_used():
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", returns=[], required=False).expect("fetchval", returns=1).expect("close", returns=None)
    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        conn.terminate()
    tripwire.asyncpg.assert_connect(host="localhost")
    with pytest.raises(tripwire.UnusedMocksError) as unused:
        tripwire.verify_all()
    assert [mock.label for mock in unused.value.mocks] == [
        "tripwire.asyncpg session 1.expect('fetchval', returns=1)",
        "tripwire.asyncpg session 1.expect('close', returns=None)",
    ]


@pytest.mark.parametrize(
    ("method", "returns"),
    [
        ("execute", "INSERT 0 1"),
        ("execute", "DELETE 3"),
        ("fetch", [{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}]),
        ("fetch", []),
        ("fetchrow", {"id": 1, "name": "Alice"}),
        ("fetchrow", None),
        ("fetchval", 42),
        ("fetchval", {"any": ["value"]}),
        ("fetchval", None),
    ],
)
async def test_return_values_by_step(method, returns):
    session = tripwire.asyncpg.new_session()
    session.expect("connect", returns=None).expect(method, returns=returns).expect("close", returns=None)
    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        found = await getattr(conn, method)("SELECT 1")
        closed = await conn.close()
    assert found == returns
    assert returns == found
    assert closed is None
    tripwire.asyncpg.assert_connect()
    tripwire.assert_interaction(getattr(tripwire.asyncpg, method), query="SELECT 1")
    tripwire.asyncpg.assert_close()


async def test_rows_are_record_like():
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetchrow", returns={"id": 1, "name": "Alice"})
    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        row = await conn.fetchrow("SELECT id, name FROM users")
    assert isinstance(row, asyncpg.Record)
    assert (row["id"], row[1], row.get("none"), list(row), dict(row)) == (
        1,
        "Alice",
        None,
        [1, "Alice"],
        {"id": 1, "name": "Alice"},
    )
    tripwire.asyncpg.assert_connect()
    tripwire.asyncpg.assert_fetchrow(query="SELECT id, name FROM users", args=[])


# -- connection parameters


async def test_dsn_style_and_keyword_style():
    for _ in range(2):
        tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire:
        # DSN style
        await asyncpg.connect("postgresql://admin@localhost/myapp")

        # Keyword style
        await asyncpg.connect(host="localhost", port=5432, database="myapp", user="admin")

    # For DSN connections
    tripwire.asyncpg.assert_connect(dsn="postgresql://admin@localhost/myapp")

    # For keyword connections
    tripwire.asyncpg.assert_connect(host="localhost", port=5432, database="myapp", user="admin")


async def test_assert_connect_compares_the_fields_given_and_requires_none():
    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire:
        await asyncpg.connect(host="localhost", database="myapp", user="admin")
    with pytest.raises(tripwire.InteractionMismatchError):
        tripwire.asyncpg.assert_connect(host="elsewhere")
    with pytest.raises(tripwire.InteractionMismatchError):
        tripwire.asyncpg.assert_connect(dsn="postgresql://localhost/myapp")
    tripwire.asyncpg.assert_connect(host=mock.ANY)


# -- asserting interactions


async def test_the_assertion_helpers():
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("execute", returns="INSERT 0 1").expect("fetch", returns=[]).expect("fetchrow", returns=None)
    session.expect("fetchval", returns=0).expect("close", returns=None)
    async with tripwire:
        conn = await asyncpg.connect(host="localhost", database="myapp", user="admin")
        await conn.execute("INSERT INTO users (name) VALUES ($1)", "Alice")
        await conn.fetch("SELECT id, name FROM users")
        await conn.fetchrow("SELECT id, name FROM users WHERE id = $1", 1)
        await conn.fetchval("SELECT count(*) FROM users")
        await conn.close()

    tripwire.asyncpg.assert_connect(host="localhost", database="myapp", user="admin")
    tripwire.asyncpg.assert_execute(
        query="INSERT INTO users (name) VALUES ($1)",
        args=["Alice"],
    )
    tripwire.asyncpg.assert_fetch(query="SELECT id, name FROM users", args=[])
    tripwire.asyncpg.assert_fetchrow(
        query="SELECT id, name FROM users WHERE id = $1",
        args=[1],
    )
    tripwire.asyncpg.assert_fetchval(query="SELECT count(*) FROM users", args=[])
    tripwire.asyncpg.assert_close()


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
@pytest.mark.parametrize("given", [{}, {"query": "SELECT 1"}, {"args": []}])
def test_query_and_args_are_required(method, given):
    with pytest.raises(TypeError, match="required keyword-only argument"):
        getattr(tripwire.asyncpg, f"assert_{method}")(**given)


@pytest.mark.parametrize("method", ["execute", "fetch", "fetchrow", "fetchval"])
@pytest.mark.parametrize("wrong", [{"query": "SELECT 2", "args": [1]}, {"query": "SELECT $1", "args": []}])
async def test_query_and_args_are_compared(method, wrong):
    returns = {"execute": "SELECT 1", "fetch": [], "fetchrow": None, "fetchval": 1}[method]
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect(method, returns=returns)
    async with tripwire:
        conn = await asyncpg.connect(host="localhost")
        await getattr(conn, method)("SELECT $1", 1)
    tripwire.asyncpg.assert_connect()
    with pytest.raises(tripwire.InteractionMismatchError):
        getattr(tripwire.asyncpg, f"assert_{method}")(**wrong)
    getattr(tripwire.asyncpg, f"assert_{method}")(query="SELECT $1", args=[1])


# -- conflicts


def test_a_foreign_patch_is_a_conflict():
    with (
        mock.patch("asyncpg.connect"),
        pytest.raises(tripwire.ConflictError, match=r"asyncpg\.connect has already been patched by unittest\.mock"),
    ):
        tripwire.sandbox().__enter__()
