"""pgqueuer: a queue of jobs in a table, over a pool of asyncpg's, one connection of which listens."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest import mock
from uuid import UUID

import asyncpg
import pytest
from pgqueuer import Queries
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.errors import DuplicateJobError
from pgqueuer.queries import EntrypointExecutionParameter
from pgqueuer.types import QueueEntrypoint, QueueManagerId

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database

ENQUEUE = re.compile(r"INSERT INTO pgqueuer\b")
DEQUEUE = re.compile(r"FOR UPDATE .*SKIP LOCKED")
LOG = re.compile(r"INSERT INTO pgqueuer_log\b")
DUPLICATE = AsyncpgPlugin.error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "pgqueuer_unique_dedupe_key"',
    detail="Key (dedupe_key)=(k) already exists.",
    schema_name="public",
    table_name="pgqueuer",
    constraint_name="pgqueuer_unique_dedupe_key",
)


WORKER = UUID(int=1)
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
JOB: dict[str, Any] = {
    "id": 1,
    "priority": 0,
    **dict.fromkeys(("created", "updated", "heartbeat", "execute_after"), NOW),
    "status": "picked",
    "entrypoint": "mail",
    "payload": b"one",
    "attempts": 0,
    "queue_manager_id": WORKER,
    "headers": '{"a": "1"}',
}


async def dequeue(queries: Queries) -> Any:
    entrypoints = {QueueEntrypoint("mail"): EntrypointExecutionParameter(0)}
    return await queries.dequeue(10, entrypoints, QueueManagerId(WORKER), None, timedelta(minutes=1))


@pytest.fixture(autouse=True)
def _tables(database: Database) -> None:
    database.has(QueryBuilderEnvironment().build_install_query())


def test_a_job_is_announced_picked_and_logged(database: Database) -> None:
    database.in_order = False
    pool = tripwire.asyncpg.new_pool(acquires=True)
    pool.expect("listen", returns=None)
    pool.expect("fetch", query=ENQUEUE, returns=[{"id": 1}])
    pool.expect("notify", returns=("ch_pgqueuer", '{"type": "table_changed_event", "operation": "insert"}'))
    pool.expect("fetch", query=DEQUEUE, returns=[JOB])
    pool.expect("execute", query=LOG, returns=1)
    pool.expect("fetch", query=DEQUEUE, returns=[])

    async def program(address: str) -> Any:
        heard: asyncio.Queue[Any] = asyncio.Queue()
        async with asyncpg.create_pool(address, min_size=2, max_size=2) as pool:
            queries = Queries.from_asyncpg_pool(pool)
            async with queries.driver:
                await queries.driver.add_listener("ch_pgqueuer", heard.put_nowait)
                await queries.enqueue("mail", b"one", headers={"a": "1"})
                event = json.loads(await heard.get())
                (job,) = await dequeue(queries)
                await queries.log_jobs([(job, "successful", None)])
                left = await dequeue(queries)
        return event["type"], event["operation"], job.status, job.payload, job.headers, left

    assert database.use(program) == ("table_changed_event", "insert", "picked", b"one", {"a": "1"}, [])
    tripwire.asyncpg.assert_connect(dsn=database.address)
    tripwire.asyncpg.assert_acquire()
    tripwire.asyncpg.assert_listen(channel="ch_pgqueuer")
    given = [[0], ["mail"], [b"one"], [timedelta(0)], [None], ['{"a":"1"}']]
    for method, query, args in (
        ("fetch", ENQUEUE, given),
        ("fetch", DEQUEUE, [10, ["mail"], WORKER, timedelta(minutes=1)]),
        ("execute", LOG, [[1], ["successful"], [None]]),
        ("fetch", DEQUEUE, mock.ANY),
    ):
        tripwire.asyncpg.assert_acquire()
        getattr(tripwire.asyncpg, f"assert_{method}")(query=query, args=args)
        tripwire.asyncpg.assert_release()
    tripwire.asyncpg.assert_release()
    tripwire.asyncpg.assert_close()


def test_a_unique_violation_is_a_duplicate_job(database: Database) -> None:
    session = tripwire.asyncpg.new_session().expect("connect", returns=None)
    session.expect("fetch", query=ENQUEUE, returns=[{"id": 1}])
    session.expect("fetch", query=ENQUEUE, returns=[], raises=DUPLICATE)
    session.expect("fetch", query=ENQUEUE, returns=[{"id": 1}]).expect("close", returns=None)

    async def program(address: str) -> Any:
        connection = await asyncpg.connect(address)
        queries = Queries.from_asyncpg_connection(connection)
        try:
            async with connection.transaction():
                await queries.enqueue("mail", b"one", dedupe_key="k")
                await queries.enqueue("mail", b"two", dedupe_key="k")
        except DuplicateJobError as error:
            await queries.enqueue("mail", b"three", dedupe_key="k")
            return error.dedupe_key, repr(error.__cause__)
        finally:
            await connection.close()

    assert database.use(program) == (["k"], repr(DUPLICATE))
    tripwire.asyncpg.assert_connect(dsn=database.address)
    with tripwire.asyncpg.assert_transaction(rollback=True):
        for payload in (b"one", b"two"):
            given = [[0], ["mail"], [payload], [timedelta(0)], ["k"], mock.ANY]
            tripwire.asyncpg.assert_fetch(query=ENQUEUE, args=given)
    tripwire.asyncpg.assert_fetch(query=ENQUEUE, args=mock.ANY)
    tripwire.asyncpg.assert_close()


def test_a_trip_is_not_hidden(database: Database) -> None:
    tripwire.asyncpg.new_pool()

    async def program(address: str) -> Any:
        async with asyncpg.create_pool(address, min_size=1) as pool:
            await Queries.from_asyncpg_pool(pool).driver.notify("ch_pgqueuer", "{}")

    def asserted() -> None:
        tripwire.asyncpg.assert_connect(dsn=database.address)
        tripwire.asyncpg.assert_close()

    assert database.hidden_trips(program, asserted) == [
        "1 trip never reached the test:",
        "  - UnmockedInteractionError: asyncpg.execute('SELECT pg_notify($1, $2)', 'ch_pgqueuer', '{}')",
    ]
