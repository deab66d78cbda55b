"""The service, without a database."""

import asyncpg
import pytest

import tripwire

from .app import NameTakenError, Service

INSERT_USER = "INSERT INTO users (name) VALUES ($1) RETURNING id"
INSERT_MAILBOX = "INSERT INTO mailboxes (owner) VALUES ($1)"
TAKEN = tripwire.asyncpg.error(asyncpg.UniqueViolationError, "taken", constraint_name="users_name_key")


async def test_sign_up():
    script = tripwire.asyncpg.new_pool()
    script.expect("fetchval", query=INSERT_USER, returns=7).expect("execute", query=INSERT_MAILBOX, returns=1)

    async with tripwire, asyncpg.create_pool("postgresql://db.example/app") as pool:
        assert await Service(pool).sign_up("Ada") == 7

    tripwire.asyncpg.assert_connect(dsn="postgresql://db.example/app")
    with tripwire.asyncpg.assert_transaction(isolation="serializable"):
        tripwire.asyncpg.assert_fetchval(query=INSERT_USER, args=["Ada"])
        tripwire.asyncpg.assert_execute(query=INSERT_MAILBOX, args=[7])
    tripwire.asyncpg.assert_close()


async def test_a_name_that_is_taken_changes_nothing():
    tripwire.asyncpg.new_pool().expect("fetchval", returns=None, raises=TAKEN)

    async with tripwire, asyncpg.create_pool("postgresql://db.example/app") as pool:
        with pytest.raises(NameTakenError):
            await Service(pool).sign_up("Ada")

    tripwire.asyncpg.assert_connect(dsn="postgresql://db.example/app")
    with tripwire.asyncpg.assert_transaction(isolation="serializable", rollback=True):
        tripwire.asyncpg.assert_fetchval(query=INSERT_USER, args=["Ada"])
    tripwire.asyncpg.assert_close()


async def test_names():
    people = [{"name": f"user {n:03}"} for n in range(250)]
    tripwire.asyncpg.new_pool().expect("cursor", returns=people)

    async with tripwire, asyncpg.create_pool("postgresql://db.example/app") as pool:
        assert [name async for name in Service(pool).names()] == [row["name"] for row in people]

    tripwire.asyncpg.assert_connect(dsn="postgresql://db.example/app")
    with tripwire.asyncpg.assert_transaction(readonly=True):
        tripwire.asyncpg.assert_cursor(query="SELECT name FROM users ORDER BY name", args=[])
    tripwire.asyncpg.assert_close()


async def test_next_job():
    script = tripwire.asyncpg.new_pool()
    script.expect("listen", returns=None).expect("notify", returns=("jobs", "clean up"))

    async with tripwire, asyncpg.create_pool("postgresql://db.example/app") as pool:
        assert await Service(pool).next_job() == "clean up"

    tripwire.asyncpg.assert_connect(dsn="postgresql://db.example/app")
    tripwire.asyncpg.assert_listen(channel="jobs")
    tripwire.asyncpg.assert_unlisten(channel="jobs")
    tripwire.asyncpg.assert_close()
