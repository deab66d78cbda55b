"""The assertion of each step."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from tripwire import Interaction, Source
from tripwire._values import equal
from tripwire._writing._statement import ANY, Statement
from tripwire.plugins.asyncpg_plugin._compare import Query, Row, Sql
from tripwire.plugins.asyncpg_plugin._secrets import Masked

if TYPE_CHECKING:
    from tripwire import StrictVerifier

_NO_DEFAULT = object()
_DEFAULTS: dict[tuple[str, str], Any] = {
    ("begin", "isolation"): None,
    ("begin", "readonly"): False,
    ("begin", "deferrable"): False,
    ("begin", "savepoint"): False,
    ("commit", "savepoint"): False,
    ("rollback", "savepoint"): False,
    ("copy_out", "args"): [],
}


class Assertions:
    """The typed helpers of `tripwire.asyncpg`, and what they name.

    Each raises InteractionMismatchError if the next interaction is another, or differs. A `query` is compared
    without regard to white space and a trailing semicolon; like every value it may be a matcher, and a query
    a compiled pattern.
    """

    verifier: StrictVerifier

    connect: ClassVar[Source] = Source("asyncpg.connect")
    execute: ClassVar[Source] = Source("asyncpg.execute")
    executemany: ClassVar[Source] = Source("asyncpg.executemany")
    fetch: ClassVar[Source] = Source("asyncpg.fetch")
    fetchrow: ClassVar[Source] = Source("asyncpg.fetchrow")
    fetchval: ClassVar[Source] = Source("asyncpg.fetchval")
    fetchmany: ClassVar[Source] = Source("asyncpg.fetchmany")
    prepare: ClassVar[Source] = Source("asyncpg.prepare")
    cursor: ClassVar[Source] = Source("asyncpg.cursor")
    copy_in: ClassVar[Source] = Source("asyncpg.copy_in")
    copy_out: ClassVar[Source] = Source("asyncpg.copy_out")
    listen: ClassVar[Source] = Source("asyncpg.listen")
    unlisten: ClassVar[Source] = Source("asyncpg.unlisten")
    begin: ClassVar[Source] = Source("asyncpg.begin")
    commit: ClassVar[Source] = Source("asyncpg.commit")
    rollback: ClassVar[Source] = Source("asyncpg.rollback")
    acquire: ClassVar[Source] = Source("asyncpg.acquire")
    release: ClassVar[Source] = Source("asyncpg.release")
    close: ClassVar[Source] = Source("asyncpg.close")

    def assert_connect(self, **kwargs: Any) -> None:
        """Assert the next connect: those parameters of `asyncpg.connect` that are given here.

        A parameter that the program left out has its default. A pool of `new_pool()` connects once.
        """
        __tracebackhide__ = True
        self.verifier.take(self.connect, kwargs)

    def assert_execute(self, *, query: Any, args: Any) -> None:
        """Assert the next execute: its query, and the list of its arguments."""
        __tracebackhide__ = True
        self.verifier.take(self.execute, {"query": Query(query), "args": args})

    def assert_executemany(self, *, query: Any, args: Any) -> None:
        """Assert the next executemany: its query, and the list of the arguments of each row."""
        __tracebackhide__ = True
        self.verifier.take(self.executemany, {"query": Query(query), "args": args})

    def assert_fetch(self, *, query: Any, args: Any) -> None:
        """Assert the next fetch; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetch, {"query": Query(query), "args": args})

    def assert_fetchrow(self, *, query: Any, args: Any) -> None:
        """Assert the next fetchrow; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetchrow, {"query": Query(query), "args": args})

    def assert_fetchval(self, *, query: Any, args: Any) -> None:
        """Assert the next fetchval; see `assert_execute`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetchval, {"query": Query(query), "args": args})

    def assert_fetchmany(self, *, query: Any, args: Any) -> None:
        """Assert the next fetchmany; see `assert_executemany`."""
        __tracebackhide__ = True
        self.verifier.take(self.fetchmany, {"query": Query(query), "args": args})

    def assert_prepare(self, *, query: Any) -> None:
        """Assert that the next interaction prepares a statement. Its calls are asserted like any others."""
        __tracebackhide__ = True
        self.verifier.take(self.prepare, {"query": Query(query)})

    def assert_cursor(self, *, query: Any, args: Any) -> None:
        """Assert that the next interaction opens a cursor; what is read from it is part of that."""
        __tracebackhide__ = True
        self.verifier.take(self.cursor, {"query": Query(query), "args": args})

    def assert_copy_in(self, *, query: Any, data: Any) -> None:
        """Assert the next COPY FROM STDIN: the command, and the bytes or the list of records."""
        __tracebackhide__ = True
        self.verifier.take(self.copy_in, {"query": Query(query), "data": data})

    def assert_copy_out(self, *, query: Any, args: Any = None) -> None:
        """Assert the next COPY TO STDOUT: the command, and the arguments of the query in it."""
        __tracebackhide__ = True
        self.verifier.take(self.copy_out, {"query": Query(query), "args": [] if args is None else args})

    def assert_listen(self, *, channel: Any) -> None:
        """Assert that the next interaction listens to a channel, by `add_listener`."""
        __tracebackhide__ = True
        self.verifier.take(self.listen, {"channel": channel})

    def assert_unlisten(self, *, channel: Any) -> None:
        """Assert that the next interaction listens to a channel no longer, by `remove_listener`."""
        __tracebackhide__ = True
        self.verifier.take(self.unlisten, {"channel": channel})

    def assert_begin(
        self,
        *,
        isolation: Any = None,
        readonly: Any = False,
        deferrable: Any = False,
        savepoint: Any = False,
    ) -> None:
        """Assert that the next interaction begins a `transaction()`: its parameters, and whether it is nested."""
        __tracebackhide__ = True
        expected = {
            "isolation": isolation,
            "readonly": readonly,
            "deferrable": deferrable,
            "savepoint": savepoint,
        }
        self.verifier.take(self.begin, expected)

    def assert_savepoint(self) -> None:
        """Assert that the next interaction begins a nested `transaction()`."""
        __tracebackhide__ = True
        self.verifier.take(self.begin, {"savepoint": True})

    def assert_commit(self, *, savepoint: Any = False) -> None:
        """Assert that the next interaction commits a `transaction()`, the outermost or a nested one."""
        __tracebackhide__ = True
        self.verifier.take(self.commit, {"savepoint": savepoint})

    def assert_rollback(self, *, savepoint: Any = False) -> None:
        """Assert that the next interaction rolls a `transaction()` back, the outermost or a nested one."""
        __tracebackhide__ = True
        self.verifier.take(self.rollback, {"savepoint": savepoint})

    @contextmanager
    def assert_transaction(
        self,
        *,
        isolation: Any = None,
        readonly: Any = False,
        deferrable: Any = False,
        savepoint: Any = False,
        rollback: bool = False,
    ) -> Iterator[None]:
        """Assert a `transaction()` around the assertions in a block: that it begins, and that it commits.

        With `rollback` it must have been rolled back instead.
        """
        __tracebackhide__ = True
        self.assert_begin(isolation=isolation, readonly=readonly, deferrable=deferrable, savepoint=savepoint)
        yield
        (self.assert_rollback if rollback else self.assert_commit)(savepoint=savepoint)

    def assert_acquire(self) -> None:
        """Assert that the next interaction acquires a connection of a pool; see `new_pool(acquires=True)`."""
        __tracebackhide__ = True
        self.verifier.take(self.acquire, {})

    def assert_release(self) -> None:
        """Assert that the next interaction releases a connection to its pool."""
        __tracebackhide__ = True
        self.verifier.take(self.release, {})

    def assert_close(self) -> None:
        """Assert that the next interaction closes a connection, or a pool of `new_pool()`."""
        __tracebackhide__ = True
        self.verifier.take(self.close, {})


def assertion_of(interaction: Interaction, also: Collection[str] = ()) -> Statement:
    """The call of a typed helper, without what it takes by itself; for a value that is masked `mock.ANY`."""
    method = repr(interaction.source).rpartition(".")[2]
    given = {
        name: _plain(value)
        for name, value in interaction.fields.items()
        if name != "raised" and (name in also or not equal(_DEFAULTS.get((method, name), _NO_DEFAULT), value))
    }
    return Statement(f"tripwire.asyncpg.assert_{method}", (), given)


def _plain(value: Any) -> Any:
    """A recorded value without what we have made of it."""
    if isinstance(value, Masked):
        return ANY
    if isinstance(value, Sql):
        return str(value)
    rows = type(value) is list and any(type(one) is Row for one in value)
    return [tuple(one) if type(one) is Row else one for one in value] if rows else value
