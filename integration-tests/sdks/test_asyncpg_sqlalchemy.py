"""SQLAlchemy 2 by its dialect for asyncpg, Core and ORM. It prepares every statement, and keeps it."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.exc import StaleDataError

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .alchemy import DUPLICATE, TABLES, Post, Script, User, assert_ran, users, using
from .careless import hide_async
from .database import Database


@pytest.fixture
def script(database: Database) -> Script:
    database.has(TABLES)
    return Script(database)


INSERT = (
    "INSERT INTO users (name, tags, settings) VALUES ($1::VARCHAR, $2::TEXT[], $3::JSONB) RETURNING users.id"
)
SELECT = "SELECT users.id, users.name FROM users WHERE users.name = $1::VARCHAR"


def test_an_insert_and_a_select(database: Database, script: Script) -> None:
    script.answers(INSERT, [{"id": 1}])
    script.answers("SELECT users.id, users.name, users.tags, users.settings FROM users", [ADA])
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with engine.begin() as connection:
            insert = users.insert().returning(users.c.id)
            values = {"name": "Ada", "tags": ["a", "b"], "settings": {"dark": True}}
            key = (await connection.execute(insert, values)).scalar_one()
            result = await connection.execute(sa.select(users))
            return key, list(result.keys()), [row._asdict() for row in result]

    assert database.use(using(work)) == (1, ["id", "name", "tags", "settings"], [ADA])
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction():
        assert_ran(INSERT, "Ada", ["a", "b"], '{"dark": true}')
        assert_ran("SELECT users.id, users.name, users.tags, users.settings FROM users")
    tripwire.asyncpg.assert_close()


ADA = {"id": 1, "name": "Ada", "tags": ["a", "b"], "settings": {"dark": True}}


def test_a_unique_violation_is_an_integrity_error_and_rolls_back(database: Database, script: Script) -> None:
    database.has("INSERT INTO users (name) VALUES ('Ada')")
    insert = "INSERT INTO users (name) VALUES ($1::VARCHAR) RETURNING users.id"
    script.answers(insert, raises=DUPLICATE)
    script.answers("SELECT count(*) AS count_1 FROM users", [{"count_1": 1}])
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        try:
            async with engine.begin() as connection:
                await connection.execute(users.insert(), {"name": "Ada"})
        except exc.IntegrityError as error:
            async with engine.connect() as connection:
                left = (await connection.execute(sa.select(sa.func.count()).select_from(users))).scalar()
            cause: Any = error.orig
            return str(error).splitlines()[0], cause.sqlstate, cause.__cause__.constraint_name, left

    words, *rest = database.use(using(work))
    assert words.endswith((": " + DUPLICATE.args[0], "Error) " + DUPLICATE.args[0]))
    assert rest == ["23505", "users_name_key", 1]
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        assert_ran(insert, "Ada")
    with tripwire.asyncpg.assert_transaction(rollback=True):
        assert_ran("SELECT count(*) AS count_1 FROM users")
    tripwire.asyncpg.assert_close()


def test_a_savepoint_is_rolled_back_alone(database: Database, script: Script) -> None:
    savepoint = ["SAVEPOINT sa_savepoint_1", "ROLLBACK TO SAVEPOINT sa_savepoint_1"]
    insert = "INSERT INTO users (name) VALUES ($1::VARCHAR) RETURNING users.id"
    script.answers(insert, [{"id": 1}])
    script.expect("fetch", query=insert, returns=[], raises=DUPLICATE)
    for query in savepoint:
        script.answers(query)
    update = "UPDATE users SET name=$1::VARCHAR"
    script.answers(update, "UPDATE 1")
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with engine.begin() as connection:
            await connection.execute(users.insert(), {"name": "Ada"})
            with pytest.raises(exc.IntegrityError):
                async with connection.begin_nested():
                    await connection.execute(users.insert(), {"name": "Ada"})
            result = await connection.execute(users.update(), {"name": "Bob"})
            return result.rowcount

    assert database.use(using(work)) == 1
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction():
        assert_ran(insert, "Ada")
        assert_ran(savepoint[0])
        tripwire.asyncpg.assert_fetch(query=insert, args=["Ada"])
        assert_ran(savepoint[1])
        assert_ran(update, "Bob")
    tripwire.asyncpg.assert_close()


def test_a_stream_is_read_by_a_cursor(database: Database, script: Script) -> None:
    database.has("INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 120) AS n")
    select = "SELECT users.id, users.name FROM users ORDER BY users.id"
    rows = [{"id": number, "name": f"u{number}"} for number in range(1, 121)]
    script.answers(select, rows, method="cursor")
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        query = sa.select(users.c.id, users.c.name).order_by(users.c.id)
        async with engine.connect() as connection, connection.stream(query) as result:
            return [row._asdict() async for row in result]

    assert database.use(using(work)) == rows
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        assert_ran(select, method="cursor")
    tripwire.asyncpg.assert_close()


def test_the_orm_loads_and_saves_objects(database: Database, script: Script) -> None:
    database.has(
        "INSERT INTO users (name) VALUES ('Ada'); INSERT INTO posts (title, user_id) VALUES ('one', 1)"
    )
    load = "SELECT users.id, users.name, users.tags, users.settings FROM users WHERE users.id = $1::INTEGER"
    related = re.compile(r"^SELECT posts\.user_id.* FROM posts WHERE posts\.user_id IN")
    update = "UPDATE users SET name=$1::VARCHAR WHERE users.id = $2::INTEGER"
    insert = "INSERT INTO posts (title, user_id) VALUES ($1::VARCHAR, $2::INTEGER) RETURNING posts.id"
    script.answers(load, [{"id": 1, "name": "Ada", "tags": None, "settings": None}])
    script.answers(related, [{"user_id": 1, "id": 1, "title": "one"}])
    script.answers(insert, [{"id": 2}])
    script.answers(update, "UPDATE 1")
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            select = sa.select(User).where(User.id == 1).options(selectinload(User.posts))
            user = (await session.scalars(select)).one()
            user.name = "Lovelace"
            user.posts.append(Post(title="two"))
            await session.commit()
            return user.name, [(post.id, post.title) for post in user.posts]

    assert database.use(using(work)) == ("Lovelace", [(1, "one"), (2, "two")])
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction():
        assert_ran(load, 1)
        assert_ran(related, 1)
        assert_ran(update, "Lovelace", 1)
        assert_ran(insert, "two", 1)
    tripwire.asyncpg.assert_close()


def test_an_object_that_somebody_has_deleted(database: Database, script: Script) -> None:
    load = "SELECT users.id, users.name, users.tags, users.settings FROM users WHERE users.id = $1::INTEGER"
    update = "UPDATE users SET name=$1::VARCHAR WHERE users.id = $2::INTEGER"
    database.has("INSERT INTO users (name) VALUES ('Ada')")
    database.has("CREATE RULE gone AS ON UPDATE TO users DO INSTEAD NOTHING")
    script.answers(load, [{"id": 1, "name": "Ada", "tags": None, "settings": None}])
    script.answers(update, "UPDATE 0")
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with AsyncSession(engine) as session:
            user = (await session.scalars(sa.select(User).where(User.id == 1))).one()
            user.name = "Lovelace"
            await session.commit()

    database.error(StaleDataError, using(work))
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        assert_ran(load, 1)
        assert_ran(update, "Lovelace", 1)
    tripwire.asyncpg.assert_close()


def test_many_rows_are_inserted_by_executemany(database: Database, script: Script) -> None:
    insert = "INSERT INTO users (id, name) VALUES ($1::INTEGER, $2::VARCHAR)"
    rows = [(number, f"u{number}") for number in range(3)]
    script.expect("executemany", query=insert, args=rows, returns=None)
    script.expect("executemany", query=insert, returns=None, raises=AGAIN)
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        given = [{"id": key, "name": name} for key, name in rows]
        async with engine.connect() as connection:
            await connection.execute(users.insert(), given)
            await connection.commit()
            await connection.execute(users.insert(), given)

    error = database.error(exc.IntegrityError, using(work))
    assert error.params == rows
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_executemany(query=insert, args=rows)
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_executemany(query=insert, args=rows)
    tripwire.asyncpg.assert_close()


AGAIN = AsyncpgPlugin.error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "users_pkey"',
    detail="Key (id)=(0) already exists.",
    schema_name="public",
    table_name="users",
    constraint_name="users_pkey",
)
NOWHERE = AsyncpgPlugin.error("42P01", 'relation "nowhere" does not exist', position="15")
ENDED = AsyncpgPlugin.error("57P01", "terminating connection due to administrator command")
KILL = "SELECT pg_terminate_backend(pg_backend_pid())"


def test_an_error_of_prepare(database: Database, script: Script) -> None:
    script.expect("prepare", query="SELECT * FROM nowhere", returns=None, raises=NOWHERE)
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT * FROM nowhere"))

    error: Any = database.error(exc.ProgrammingError, using(work))
    assert error.orig.sqlstate == "42P01"
    script.assert_opened()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_prepare(query="SELECT * FROM nowhere")
    tripwire.asyncpg.assert_close()


@pytest.mark.parametrize("step", ["drop", "fetch"])
def test_a_lost_connection_is_replaced(database: Database, script: Script, step: str) -> None:
    script.expect("prepare", query=KILL, returns=None)
    script.expect(step, query=KILL, returns=None, raises=ENDED if step == "fetch" else None)
    second = Script(database, first=False)
    second.answers("SELECT 1", [{"value": 1}], times=2)
    second.expect("fetchrow", query=";", returns=None)
    second.closes()

    async def work(engine: AsyncEngine) -> Any:
        with pytest.raises(exc.DBAPIError) as caught:
            async with engine.connect() as connection:
                await connection.execute(sa.text(KILL))
        values = []
        for _ in range(2):
            async with engine.connect() as connection:
                values.append((await connection.execute(sa.text("SELECT 1"))).scalar())
        return caught.value.connection_invalidated, values

    assert database.use(using(work, pool_pre_ping=True)) == (True, [1, 1])
    script.assert_opened()
    tripwire.asyncpg.assert_begin()
    assert_ran(KILL)
    second.assert_opened()
    with tripwire.asyncpg.assert_transaction(rollback=True):
        assert_ran("SELECT 1")
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_fetchrow(query=";", args=[])
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_fetch(query="SELECT 1", args=[])
    tripwire.asyncpg.assert_close()


def test_connections_of_a_pool_have_scripts_of_their_own(database: Database, script: Script) -> None:
    script.answers("SELECT 1", [{"value": 1}])
    second = Script(database, first=False)
    second.answers("SELECT 2", [{"value": 2}])
    script.closes()
    second.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with engine.connect() as one, engine.connect() as two:
            return [
                (await one.execute(sa.text("SELECT 1"))).scalar(),
                (await two.execute(sa.text("SELECT 2"))).scalar(),
            ]

    assert database.use(using(work, pool_size=2)) == [1, 2]
    script.assert_opened()
    second.assert_opened()
    tripwire.asyncpg.assert_begin()
    assert_ran("SELECT 1")
    tripwire.asyncpg.assert_begin()
    assert_ran("SELECT 2")
    for _ in range(2):
        tripwire.asyncpg.assert_rollback()
    for _ in range(2):
        tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database, script: Script) -> None:
    script.closes()

    async def work(engine: AsyncEngine) -> Any:
        async with engine.connect() as connection:
            await connection.execute(sa.select(users.c.id))

    async def careless(engine: AsyncEngine) -> Any:
        await hide_async(work(engine))
        await hide_async(work(engine))

    def asserted() -> None:
        script.assert_opened()
        for _ in range(2):
            with tripwire.asyncpg.assert_transaction(rollback=True):
                pass
        tripwire.asyncpg.assert_close()

    query = "SELECT users.id \\nFROM users"
    assert database.hidden_trips(using(careless), asserted) == [
        "2 trips never reached the test:",
        f"  - UnmockedInteractionError: asyncpg.prepare('{query}'), 2 times",
    ]
