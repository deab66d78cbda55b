"""tortoise-orm, whose models live over a pool of asyncpg's."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import asyncpg
import pytest
from tortoise import Tortoise, fields
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.models import Model
from tortoise.transactions import in_transaction

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database, Program


class Author(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=50, unique=True)
    born = fields.DateField(null=True)


TABLE = "CREATE TABLE author (id serial PRIMARY KEY, name varchar(50) NOT NULL UNIQUE, born date)"
INSERT = 'INSERT INTO "author" ("name","born") VALUES ($1,$2) RETURNING "id"'
COUNT = 'SELECT COUNT(*) FROM "author"'
BORN = date(1815, 12, 10)
DUPLICATE = AsyncpgPlugin.error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "author_name_key"',
    detail="Key (name)=(Ada) already exists.",
    schema_name="public",
    table_name="author",
    constraint_name="author_name_key",
)


def using(work: Any) -> Program:
    async def program(address: str) -> Any:
        credentials = {
            "host": address.partition("host=")[2],
            "port": 5432,
            "user": "postgres",
            "password": None,
            "database": "postgres",
        }
        await Tortoise.init(
            {
                "connections": {
                    "default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}
                },
                "apps": {"models": {"models": [__name__], "default_connection": "default"}},
            }
        )
        try:
            return await work()
        finally:
            await Tortoise.close_connections()

    return program


@pytest.fixture(autouse=True)
def _table(database: Database) -> None:
    database.has(TABLE)


def assert_connect(database: Database) -> None:
    tripwire.asyncpg.assert_connect(host=database.host, port=5432, user="postgres", database="postgres")


def test_objects_are_saved_and_found(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    pool.expect("fetchrow", returns={"id": 1})
    pool.expect("executemany", returns=None)
    pool.expect("execute", returns="UPDATE 1")
    pool.expect("fetch", returns=[{"id": 1, "name": "Lovelace"}])
    pool.expect("fetch", returns=[{"id": 1, "name": "Lovelace", "born": BORN}])
    pool.expect("fetch", returns=[{"count": 3}])
    pool.expect("execute", returns=2)

    async def work() -> Any:
        ada = await Author.create(name="Ada", born=BORN)
        await Author.bulk_create([Author(name="Bob"), Author(name="Eve")])
        ada.name = "Lovelace"
        await ada.save(update_fields=["name"])
        found = await Author.filter(name__startswith="L").values("id", "name")
        same = await Author.get(id=ada.id)
        count = await Author.all().count()
        return found, same.name, same.born, count, await Author.filter(id__gt=1).delete()

    found = [{"id": 1, "name": "Lovelace"}]
    assert database.use(using(work)) == (found, "Lovelace", BORN, 3, 2)
    assert_connect(database)
    tripwire.asyncpg.assert_fetchrow(query=INSERT, args=["Ada", BORN])
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_executemany(query=INSERT, args=[["Bob", None], ["Eve", None]])
    tripwire.asyncpg.assert_execute(query='UPDATE "author" SET "name"=$1 WHERE "id"=$2', args=["Lovelace", 1])
    like = re.compile(r'^SELECT "id" "id","name" "name" FROM "author" WHERE .* LIKE \$1')
    tripwire.asyncpg.assert_fetch(query=like, args=["L%"])
    one = re.compile(r'^SELECT .* FROM "author" WHERE "id"=\$1 LIMIT \$2$')
    tripwire.asyncpg.assert_fetch(query=one, args=[1, 2])
    tripwire.asyncpg.assert_fetch(query=COUNT, args=[])
    tripwire.asyncpg.assert_execute(query='DELETE FROM "author" WHERE "id">$1', args=[1])
    tripwire.asyncpg.assert_close()


def test_a_unique_violation_rolls_a_savepoint_back(database: Database) -> None:
    pool = tripwire.asyncpg.new_pool()
    pool.expect("fetchrow", returns={"id": 1})
    pool.expect("fetchrow", returns=None, raises=DUPLICATE)
    pool.expect("fetch", returns=[{"count": 1}])

    async def work() -> Any:
        async with in_transaction() as outer:
            await Author.create(name="Ada")
            try:
                async with in_transaction():
                    await Author.create(name="Ada")
            except IntegrityError as error:
                return str(error), await Author.all().using_db(outer).count()

    assert database.use(using(work)) == (str(DUPLICATE), 1)
    assert_connect(database)
    with tripwire.asyncpg.assert_transaction():
        tripwire.asyncpg.assert_fetchrow(query=INSERT, args=["Ada", None])
        with tripwire.asyncpg.assert_transaction(savepoint=True, rollback=True):
            tripwire.asyncpg.assert_fetchrow(query=INSERT, args=["Ada", None])
        tripwire.asyncpg.assert_fetch(query=COUNT, args=[])
    tripwire.asyncpg.assert_close()


def test_a_data_error_is_an_operational_error(database: Database) -> None:
    division = AsyncpgPlugin.error(asyncpg.DivisionByZeroError, "division by zero")
    tripwire.asyncpg.new_pool().expect("fetch", returns=[], raises=division)

    async def work() -> Any:
        async with in_transaction() as connection:
            await connection.execute_query("SELECT 1 / $1::int", [0])

    error = database.error(OperationalError, using(work))
    assert str(error) == "division by zero"
    assert_connect(database)
    with tripwire.asyncpg.assert_transaction(rollback=True):
        tripwire.asyncpg.assert_fetch(query="SELECT 1 / $1::int", args=[0])
    tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_pool()

    async def work() -> Any:
        async with in_transaction():
            await Author.create(name="Ada")

    def asserted() -> None:
        assert_connect(database)
        with tripwire.asyncpg.assert_transaction(rollback=True):
            pass
        tripwire.asyncpg.assert_close()

    lines = database.hidden_trips(using(work), asserted)
    assert lines == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: asyncpg.fetchrow({INSERT!r}, 'Ada', None)",
    ]
