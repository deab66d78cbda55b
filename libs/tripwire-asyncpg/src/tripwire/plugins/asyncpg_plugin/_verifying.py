"""The truth of PostgreSQL: a real server, which is asked what it makes of a statement and never runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam
from tripwire.plugins.asyncpg_plugin import _verifying_settings
from tripwire.plugins.asyncpg_plugin import _verifying_words as words
from tripwire.plugins.asyncpg_plugin._verifying_checking import Checking
from tripwire.plugins.asyncpg_plugin._verifying_server import Server
from tripwire.verifying import Claim, Lie, Truth, TruthError, TruthSettings, Unchecked

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._verifying_claims import Mocked
    from tripwire.plugins.asyncpg_plugin._verifying_session import Session


class PostgresTruth(Truth):
    """Asks one server."""

    def __init__(self, settings: _verifying_settings.Settings) -> None:
        self._server = Server(settings)
        self._bind = settings.bind

    def check(self, claim: Claim) -> Iterable[Lie | Unchecked]:
        """What is wrong with a statement and its answer."""
        return self._server.run(lambda: self._check(claim.detail))

    async def _check(self, mocked: Mocked) -> list[Lie | Unchecked]:
        session = await self._server.session(mocked.codecs)
        try:
            return [*_of_codecs(session, mocked), *await self._check_paths(session, mocked)]
        except seam.interface_error() as error:
            why = error.__context__ or error
            raise TruthError(f"the server of [tool.tripwire.verify] asyncpg is gone: {why}") from error

    async def _check_paths(self, session: Session, mocked: Mocked) -> list[Lie | Unchecked]:
        first: list[Lie | Unchecked] | None = None
        for path in mocked.paths:
            await session.follow(path)
            checking = Checking(session, mocked, bind=self._bind)
            try:
                await checking.check()
            finally:
                await session.back()
            if not any(isinstance(one, Lie) for one in checking.found):
                return checking.found
            first = first or checking.found
        return first or []

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()


def _of_codecs(session: Session, mocked: Mocked) -> Iterable[Lie | Unchecked]:
    for number, error in session.refused.items():
        method, args, _ = mocked.codecs[number]
        if isinstance(error, ValueError):
            yield Lie(f"the program sets a codec: {method}{args!r}", str(error))
        else:
            yield Unchecked(words.CODEC_NOT_SET)


def truth(settings: TruthSettings) -> PostgresTruth | None:
    """The truth that the settings name, if they do.

    Raises:
        TripwireConfigError: something is wrong with them.
    """
    found = _verifying_settings.read(settings)
    return None if found is None else PostgresTruth(found)
