"""What a scenario asks of any client: one small interface, behind which each adapter uses its client as people do."""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import tripwire

Flavour = Literal["sync", "asyncio", "trio"]


class LacksError(Exception):
    """The client has nothing for this."""


@dataclass(frozen=True)
class Ask:
    """One request. `parts` are sent from a generator or a file; of a response only so many `lines` are read."""

    method: str
    url: str
    parts: tuple[bytes, ...] = ()
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    lines: int = 0


@dataclass(frozen=True)
class Settings:
    """How a client is set up. `retries` after a failure to connect, or after a status of `retried`."""

    timeout: float | None = None
    retries: int = 0
    retried: tuple[int, ...] = ()
    proxy: str | None = None
    auth: tuple[str, str] | None = None
    http2: bool = False

    def lacking(self, *names: str) -> None:
        """Say which of these the client has nothing for.

        Raises:
            LacksError: one of them is asked for.
        """
        for name in names:
            if getattr(self, name):
                raise LacksError(name)


@dataclass(frozen=True)
class Got:
    """A response: the body, or the lines that were asked for."""

    status: int
    body: bytes = b""
    lines: tuple[bytes, ...] = ()
    version: str = "HTTP/1.1"


class Client(ABC):
    """An adapter. `errors` has the client's own exception for each failure by its neutral name."""

    name: ClassVar[str]
    flavour: Flavour
    errors: ClassVar[Mapping[str, type[Exception]]]

    @abstractmethod
    def own(self) -> Exception:
        """An exception of the client, as a test would make it."""

    @abstractmethod
    def play(self, settings: Settings, *asks: Ask) -> list[Got]:
        """Make a session, older than the sandbox, and the requests inside the sandbox."""


class SyncClient(Client):
    flavour = "sync"

    @abstractmethod
    def session(self, settings: Settings) -> AbstractContextManager[Any]:
        """What requests are made by."""

    @abstractmethod
    def ask(self, session: Any, ask: Ask) -> Got:
        """Make one request."""

    def play(self, settings: Settings, *asks: Ask) -> list[Got]:
        with self.session(settings) as session, tripwire.sandbox():
            return [self.ask(session, ask) for ask in asks]


class AsyncClient(Client):
    def __init__(self, flavour: Flavour = "asyncio") -> None:
        self.flavour = flavour

    @abstractmethod
    def session(self, settings: Settings) -> AbstractAsyncContextManager[Any]:
        """What requests are made by."""

    @abstractmethod
    async def ask(self, session: Any, ask: Ask) -> Got:
        """Make one request."""

    def play(self, settings: Settings, *asks: Ask) -> list[Got]:
        async def played() -> list[Got]:
            async with self.session(settings) as session:
                with tripwire.sandbox():
                    return [await self.ask(session, ask) for ask in asks]

        run: Callable[..., Any] = asyncio.run if self.flavour == "asyncio" else sys.modules["trio"].run
        got: list[Got] = run(played() if self.flavour == "asyncio" else played)
        return got
