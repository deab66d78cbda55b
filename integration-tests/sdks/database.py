"""A database that an SDK speaks to through asyncpg, twice: a real PostgreSQL server, and a script of its answers.

    def test_a_row(database: Database) -> None:
        database.has("CREATE TABLE users (id int); INSERT INTO users VALUES (1)")
        tripwire.asyncpg.new_pool().expect("fetchval", returns=1)

        async def program(address: str) -> Any:
            async with asyncpg.create_pool(address) as pool:
                return await pool.fetchval("SELECT id FROM users")

        assert database.use(program) == 1
        tripwire.asyncpg.assert_connect(dsn=database.address)

`use` runs a program without a sandbox against the real server, and again in one against what the test has scripted.
What it returns or raises, and all that asyncpg sends for it, must be equal.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, TypeVar

import asyncpg
import pytest
from asyncpg import introspection

import tripwire

from .api import hidden_trips

E = TypeVar("E", bound=Exception)
Program = Callable[[str], Awaitable[Any]]
"""What a user of the SDK writes, given the address of the database; it runs in an event loop of its own."""

_SENDING = ("query", "bind", "bind_execute", "bind_execute_many", "copy_in", "copy_out")
"""The methods of asyncpg's protocol that send a command."""
_LOOK_UPS = {value for name, value in vars(introspection).items() if name.isupper()}
"""What asyncpg asks of a real server about its types, and of a script about fewer."""
_FRESH_SCHEMA = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class Database:
    """The database: what the real one has, and what comes of using both."""

    def __init__(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address = address
        self.host = address.partition("host=")[2]
        self.in_order = True  # whether the program's connections send their commands in one order
        self._had: list[str] = []
        self._sent: list[Any] = []
        monkeypatch.setattr(asyncpg.Connection, "__init__", self._noting(asyncpg.Connection.__init__))

    def has(self, commands: str) -> None:
        """Let the real database have tables and rows."""
        self._had.append(commands)

    def use(self, program: Program) -> Any:
        """What the program returns."""
        result = self._use(program)
        if isinstance(result, Exception):
            raise result
        return result

    def error(self, kind: type[E], program: Program) -> E:
        """What the program raises."""
        error = self._use(program)
        assert isinstance(error, kind), repr(error)
        return error

    def hidden_trips(self, program: Program, asserted: Callable[[], object]) -> list[str]:
        """What the report says of trips; see `api.hidden_trips`."""
        return hidden_trips(partial(program, self.address), asserted)

    def _use(self, program: Program) -> Any:
        asyncio.run(self._prepared())
        real, really_sent = self._played(program)
        with tripwire.sandbox():
            scripted, sent = self._played(program)
        if isinstance(scripted, tripwire.TripError):
            raise scripted  # it tells what the script lacks
        assert _shape(scripted) == _shape(real), "the outcome with a script, and the real one"
        assert sent == really_sent, "the commands sent to the script, and to the real server"
        return scripted

    async def _prepared(self) -> None:
        connection = await asyncpg.connect(self.address)
        await connection.execute(";".join([_FRESH_SCHEMA, *self._had]))
        await connection.close()

    def _played(self, program: Program) -> tuple[Any, list[Any]]:
        self._sent.clear()
        try:
            outcome: Any = asyncio.run(_whole(program, self.address))
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises is to be compared
            outcome = error
        return outcome, self._sent.copy() if self.in_order else sorted(self._sent, key=repr)

    def _noting(self, genuine: Any) -> Any:
        @wraps(genuine)
        def init(connection: Any, *args: Any, **kwargs: Any) -> None:
            genuine(connection, *args, **kwargs)
            connection._protocol = _Protocol(connection._protocol, self._sent)

        return init


class _Protocol:
    """asyncpg's protocol, and a note of each command it sends."""

    def __init__(self, genuine: Any, sent: list[Any]) -> None:
        self._genuine, self._sent = genuine, sent

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._genuine, name)
        return self._noting(name, member) if name in _SENDING else member

    def _noting(self, name: str, member: Any) -> Any:
        def send(*args: Any, **kwargs: Any) -> Any:
            command, *given = (*args, *kwargs.values())
            query = getattr(command, "query", command)
            if query not in _LOOK_UPS and "'jit'" not in query:  # it is off while they are looked up
                self._sent.append((name, _steady(query), list(given[0]) if name.startswith("bind") else []))
            return member(*args, **kwargs)

        return send


async def _whole(program: Program, address: str) -> Any:
    result = await program(address)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "a task is left"
    return result


def _shape(outcome: Any) -> Any:
    """What of an outcome can be compared."""
    return _error(outcome) if isinstance(outcome, BaseException) else (type(outcome), outcome)


def _error(error: BaseException | None) -> Any:
    if error is None:
        return None
    fields = error.as_dict() if isinstance(error, asyncpg.PostgresError) else {}
    told = {name: value for name, value in fields.items() if not name.startswith("server_source")}
    return (type(error), _steady(str(error)), told, _error(error.__cause__ or error.__context__))


def _steady(words: str) -> str:
    """Without the numbers in asyncpg's names and the addresses of objects, which differ from run to run."""
    return re.sub(r"(0x|__asyncpg_\w+?_)[0-9a-f]+", r"\1*", words)
