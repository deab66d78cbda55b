"""Scenarios that are written once, and played against a real PostgreSQL and against a script."""

from __future__ import annotations

import asyncio
import re
import sys
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

import tripwire

Run = Callable[[Coroutine[Any, Any, Any]], Any]
Play = Callable[[Any, "Observer"], Awaitable[None]]

USERS = "CREATE TEMP TABLE users (id int PRIMARY KEY, name text NOT NULL, note text)"
PEOPLE = f"{USERS}; INSERT INTO users VALUES (1, 'Alice', NULL), (2, 'Bob', 'x')"

ALICE = {"id": 1, "name": "Alice", "note": None}
BOB = {"id": 2, "name": "Bob", "note": "x"}

FIELDS = (
    "severity",
    "sqlstate",
    "detail",
    "hint",
    "schema_name",
    "table_name",
    "column_name",
    "constraint_name",
)


class Observer:
    """Notes what a program can see. `kill` lets the server end a connection."""

    def __init__(self, kill: Callable[[Any], Awaitable[None]]) -> None:
        self.seen: list[Any] = []
        self._kill = kill

    def value(self, value: Any) -> None:
        self.seen.append(shape(value))

    def state(self, conn: Any) -> None:
        in_transaction = None if conn.is_closed() else conn.is_in_transaction()
        self.seen.append({"closed": conn.is_closed(), "in transaction": in_transaction})

    async def result(self, call: Awaitable[Any]) -> None:
        """What a call gives, or how it fails."""
        try:
            self.value(await call)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - every error is an observation
            self.seen.append(failure(error))

    async def until_at_work(self) -> None:
        """Let a server begin with what it was just asked."""
        await asyncio.sleep(0.1)
        for _ in range(20):  # also where the machine was busy all the time
            await asyncio.sleep(0)

    async def kill(self, conn: Any) -> None:
        """The server goes away."""
        await self._kill(conn)
        for _ in range(1000):
            try:
                if conn.is_closed():
                    return
            except asyncpg.InterfaceError:
                return  # the pool has it back already
            await asyncio.sleep(0.005)


def shape(value: Any) -> Any:
    if isinstance(value, asyncpg.Record):
        return ("record", type(value).__name__, list(value.items()), repr(value), len(value), hash(value))
    if isinstance(value, list | tuple):
        return [type(value), *(shape(one) for one in value)]
    return (type(value), value)


def failure(error: BaseException) -> Any:
    fields = {name: getattr(error, name, None) for name in (*FIELDS, "query")}
    if str(fields["schema_name"]).startswith("pg_temp"):
        fields["schema_name"] = "pg_temp"  # the number of a temporary schema varies
    fields["query"] = None if fields["query"] is None else _steady(fields["query"])
    return (type(error), _steady(str(error)), [_steady(str(arg)) for arg in error.args], fields)


def _steady(words: str) -> str:
    """Without addresses and numbers that differ from run to run."""
    return re.sub(r"0x[0-9a-f]+|__asyncpg_(\w+?)_[0-9a-f]+__", "*", words)


def server_error(kind: type[asyncpg.PostgresError], message: str, **fields: str) -> asyncpg.PostgresError:
    error = kind(message)
    for name, value in fields.items():
        setattr(error, name, value)
    return error


DUPLICATE = server_error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "users_pkey"',
    detail="Key (id)=(1) already exists.",
    schema_name="pg_temp_0",
    table_name="users",
    constraint_name="users_pkey",
)
FAILED = "SELECT 1 / (id - id) FROM users"
DIVISION = server_error(asyncpg.DivisionByZeroError, "division by zero")
NOWHERE = server_error(asyncpg.UndefinedTableError, 'relation "nowhere" does not exist')


def step(method: str, returns: Any = None, **given: Any) -> dict[str, Any]:
    """One step of a scenario's script, with all that `expect` takes."""
    return {"method": method, "returns": returns, **given}


@dataclass
class Scenario:
    play: Play
    steps: tuple[Any, ...]
    tables: str
    connect: dict[str, Any]
    pool: dict[str, Any] | None = field(default=None)

    @property
    def name(self) -> str:
        return self.play.__name__


class Scenarios(list[Scenario]):
    """The scenarios of one module; calling it registers one more."""

    def __call__(
        self, *steps: Any, tables: str = "", pool: dict[str, Any] | None = None, **connect: Any
    ) -> Callable[[Play], Play]:
        """What the script answers, and what the real server must have for the same."""

        def register(play: Play) -> Play:
            self.append(Scenario(play, steps, tables, connect, pool))
            return play

        return register

    def test(self) -> Callable[..., None]:
        """The test of all of them."""

        @pytest.mark.parametrize("one", self, ids=lambda one: one.name)
        def test_the_script_is_as_the_server(one: Scenario, postgres: str, run: Run) -> None:
            real = run(against_reality(one, postgres))
            assert run(against_script(one)) == real

        return test_the_script_is_as_the_server


async def played(one: Scenario, subject: Any, kill: Callable[[Any], Awaitable[None]]) -> list[Any]:
    observer = Observer(kill)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(
        lambda _, context: observer.value(_steady(context["message"]).partition("<")[0])
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await one.play(subject, observer)
        await asyncio.sleep(0)
    if one.pool is None:
        observer.state(subject)
    observer.seen += [(entry.category, str(entry.message).partition("<")[0]) for entry in caught]
    return observer.seen


async def against_reality(one: Scenario, address: str) -> list[Any]:
    async def kill(conn: Any) -> None:
        other = await asyncpg.connect(address)
        await other.execute("SELECT pg_terminate_backend($1)", conn.get_server_pid())
        await other.close()

    if one.pool is not None:
        return await _with_pool(one, address, kill)
    conn = await asyncpg.connect(address, **one.connect)
    try:
        if one.tables:
            await conn.execute(one.tables)
        return await played(one, conn, kill)
    finally:
        await conn.close()


async def _with_pool(one: Scenario, address: str, kill: Callable[[Any], Awaitable[None]]) -> list[Any]:
    assert one.pool is not None
    if one.tables:
        setting_up = await asyncpg.connect(address)
        await setting_up.execute(one.tables)
        await setting_up.close()
    pool = asyncpg.create_pool(address, **{"min_size": 1, "max_size": 1, **one.pool})
    try:
        return await played(one, pool, kill)
    finally:
        if pool._initialized and not pool._closed:
            pool.terminate()
            await asyncio.sleep(0)


async def against_script(one: Scenario) -> list[Any]:
    async def killed(conn: Any) -> None:
        """The script has a step for it."""

    script: Any = tripwire.asyncpg.new_pool() if one.pool is not None else tripwire.asyncpg.new_session()
    if one.pool is None:
        script.expect("connect", returns=None)
    for each in one.steps:
        given = each if isinstance(each, dict) else step(*each)
        if isinstance(given["returns"], BaseException):
            given = {**given, "returns": None, "raises": given["returns"]}
        script.expect(given["method"], **{name: given[name] for name in given if name != "method"})
    async with tripwire.sandbox():
        if one.pool is not None:
            seen = await _with_pool(
                Scenario(one.play, (), "", {}, one.pool), "postgresql://postgres@db.example/postgres", killed
            )
        else:
            script.expect("close", returns=None, required=False)
            conn = await asyncpg.connect("postgresql://postgres@db.example/postgres", **one.connect)
            seen = await played(one, conn, killed)
            await conn.close()
    assert_all()
    return seen


def assert_all() -> None:
    for interaction in list(tripwire.current_verifier().timeline):
        tripwire.assert_interaction(interaction.source)


@contextmanager
def recorded(kinds: tuple[type, ...]) -> Iterator[set[tuple[str, str]]]:
    """Which public members of some classes are used, by the name of the class and the member's."""
    used: set[tuple[str, str]] = set()
    genuine = {}
    for kind in kinds:
        for name in dir(kind):
            member = getattr(kind, name)
            if not name.startswith("_") and callable(member):
                genuine[kind, name] = vars(kind).get(name)
                setattr(kind, name, _noting(used, kind.__name__, name, member))
    try:
        yield used
    finally:
        for (kind, name), member in genuine.items():
            if member is None:
                delattr(kind, name)
            else:
                setattr(kind, name, member)


def _noting(used: set[tuple[str, str]], kind: str, name: str, member: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        # A pool calls on behalf of the program; what the others call is their own affair.
        caller = sys._getframe(1).f_globals["__name__"]
        if caller == "asyncpg.pool" or not caller.startswith("asyncpg."):
            used.add((kind, name))
        return member(*args, **kwargs)

    return call
