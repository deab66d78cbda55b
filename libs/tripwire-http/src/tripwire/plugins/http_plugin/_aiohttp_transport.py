"""The transport that aiohttp's protocol finds: in memory, with the scripted server behind it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Generator
from types import coroutine
from typing import TYPE_CHECKING, Any

from tripwire.plugins.http_plugin import _aiohttp_errors
from tripwire.plugins.http_plugin._exchange import Failure, Reply
from tripwire.plugins.http_plugin._relay import _Record
from tripwire.plugins.http_plugin._server import Received, Server

if TYPE_CHECKING:
    from tripwire._plugin import Answer
    from tripwire.plugins.http_plugin._aiohttp_call import Attempt
    from tripwire.plugins.http_plugin._plugin import HttpPlugin
    from tripwire.plugins.http_plugin._stream import Parts

_LARGEST_READ = 256 * 1024  # as much as asyncio reads from a socket at once
_PASSES = (KeyboardInterrupt, SystemExit)  # those an event loop passes on; any other it would swallow
_COMPLETE = object()
"""Among the messages that a protocol has received: the server has all of the request."""


class ScriptedTransport(asyncio.Transport):
    """The wire of one connection.

    It decides where the program awaits the response, in its own task and context: for that it stands before the
    `read` of its protocol. `dial` makes the genuine connection, for a request that is to reach the real server;
    `socket` is the path of the Unix socket it goes by, if it goes by one.
    """

    plugin: HttpPlugin
    attempt: Attempt
    socket: str = ""

    def __init__(
        self, plugin: HttpPlugin, protocol: Any, attempt: Attempt, dial: Callable[..., Awaitable[Any]]
    ) -> None:
        url = attempt.req.url
        super().__init__({"peername": (url.host, attempt.req.port), "sockname": ("127.0.0.1", 0)})
        self.plugin, self.attempt = plugin, attempt
        self._protocol, self._dial = protocol, dial
        self._server = Server(str(url.origin().with_scheme("https" if attempt.req.is_ssl() else "http")))
        self._loop = asyncio.get_running_loop()
        self._received: Received | None = None
        self._passage: Passage | None = None
        self._advance: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._is_streaming = self._is_held = self._is_hung_up = self._is_over = False
        self._genuine_read, protocol.read = protocol.read, self._read
        plugin.keep(self)

    # -- what the client sends

    def write(self, data: Any) -> None:
        """Give bytes to the server."""
        received = self._server.feed(bytes(data)) if not self._is_over else None
        if received is not None:
            self._received = received
            self._protocol.feed_data(_COMPLETE, 0)
        elif self._server.has_data:
            self._loop.call_soon(self._deliver)

    # -- what it reads

    async def _read(self) -> Any:
        try:
            while (message := await self._genuine_read()) is _COMPLETE:
                for _ in range(2):  # on a real wire others get their turn, and aiohttp's own writer its end
                    await _turn_of_others()
                assert self._received is not None
                await self._respond(self._received)
        except BaseException as error:
            self.attempt.call.failed(error)
            raise
        return message

    async def _respond(self, received: Received) -> None:
        attempt = self.attempt
        answer = attempt.call.again(attempt.req)
        if answer is None:
            attempt.call.responded()
            received.request.socket = self.socket
            answer = await self.plugin.answer_async(received.request)
        attempt.call.answered(attempt.req, answer)
        outcome: Failure | Reply | None = answer.value
        if answer.raises is not None:
            self._fail(answer.raises)
        elif isinstance(outcome, Failure) and outcome.name == "timeout":
            self._loop.call_soon(self._protocol._on_read_timeout)
        elif isinstance(outcome, Failure):
            self._fail(_aiohttp_errors.os_error(outcome, attempt.req, self._loop))
        elif outcome is None:
            await self._pass(received, answer)
        elif not attempt.time_out(self._protocol, outcome.delay):
            attempt.call.responded()
            self._is_streaming = outcome.parts is not None
            self._server.respond(received.request, outcome)
            self._deliver()

    def _fail(self, error: BaseException) -> None:
        """Raise an error, or what aiohttp makes of an error of its socket, instead of a response."""
        if not _aiohttp_errors.is_of_socket(error):
            raise error
        req = self.attempt.req
        if (kind := _aiohttp_errors.connector_error(req, error)) is not None:
            if req.proxy is not None:
                req = type(req)("GET", req.proxy, auth=req.proxy_auth, loop=self._loop, ssl=req.ssl)
            raise kind(req.connection_key, error) from error
        self._loop.call_soon(self._finish, error)

    def _deliver(self) -> None:
        """Hand over what the server has, as long as it is taken."""
        while self._server.has_data and not (self._is_held or self._is_over or self._advance):
            if self._server.waits:
                self._advance = self._loop.create_task(self._await_part())
                return
            data, error = self._taken()
            if error is not None:
                self._break_off(error)
                return
            if not data:
                if self._server.eof:
                    self._finish(None)
                return
            self._protocol.data_received(data)
            if self._is_streaming:
                self._hold_back()

    def _taken(self) -> tuple[bytes, BaseException | None]:
        try:
            return self._server.take(_LARGEST_READ), None
        except _PASSES:
            raise
        except BaseException as error:  # noqa: BLE001 - that is how the body breaks off
            return b"", error

    def _hold_back(self) -> None:
        """Give the next part of a stream when this one has been taken, so that they arrive as parts."""
        payload = self._protocol._payload
        if payload is not None and payload._buffer and not payload.is_eof():
            self._protocol._reading_paused = self._is_held = True

    async def _await_part(self) -> None:
        broken = None
        try:
            await self._server.advance()
        except _PASSES:
            raise
        except BaseException as error:  # noqa: BLE001 - that is how the body breaks off
            broken = error
        finally:
            self._advance = None
        if broken is None:
            self._deliver()
        elif not self._is_over:
            self._break_off(broken)

    def _break_off(self, error: BaseException) -> None:
        if _aiohttp_errors.is_of_socket(error):
            self._finish(error)
        elif isinstance(error, (asyncio.TimeoutError, TimeoutError)):
            self._protocol._on_read_timeout()
        else:
            for reader in (self._protocol._payload, self._protocol):
                reader.set_exception(error)
            self._protocol.close()

    # -- a request that is passed through

    async def _pass(self, received: Received, answer: Answer) -> None:
        request, timeout = self.attempt.req, self.attempt.timeout
        aiohttp = sys.modules["aiohttp"]
        try:
            real = await asyncio.wait_for(self._dial(request, [], timeout), timeout.connect)
        except asyncio.TimeoutError as error:
            kind = getattr(aiohttp, "ConnectionTimeoutError", aiohttp.ServerTimeoutError)
            raise kind(f"Connection timeout to host {request.url}") from error
        if real.transport is None:  # the server has hung up at once
            self._loop.call_soon(self._finish, None)
            return
        self._passage = Passage(self, real.transport, _Record(received.request, answer.interaction))
        real.transport.set_protocol(self._passage)
        real.transport.write(received.raw)

    def passed(self, data: bytes, *, is_last: bool) -> None:
        """Bytes of the real server."""
        self.attempt.call.responded()
        if is_last:
            self._passage = None
        self._protocol.data_received(data)

    def passage_ended(self, error: BaseException | None) -> None:
        """The real connection is gone."""
        self._passage = None
        self._is_over = True
        self._protocol.connection_lost(error)

    # -- what else a transport does

    def hang_up(self) -> None:
        """Serve no further request; a response that has begun can be read to its end. From any thread."""
        self._is_hung_up = True

    def _finish(self, error: BaseException | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._protocol.connection_lost(error)

    def close(self) -> None:
        """Leave the server."""
        self.hang_up()
        self._leave()
        if self._passage is not None:
            self._passage.leave()
        elif not self._is_over:
            self._is_over = True
            if not self._loop.is_closed():
                self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def _leave(self) -> None:
        left, advance = self._server.leave(), self._advance
        if advance is not None:
            advance.cancel()
        if left is not None and not self._loop.is_closed():
            self._leaving = self._loop.create_task(_closed(left, advance))

    def is_closing(self) -> bool:
        """Whether it takes no further request."""
        return self._is_over or self._is_hung_up

    def pause_reading(self) -> None:
        """Hand over nothing until `resume_reading`."""
        self._is_held = True
        if self._passage is not None:
            self._passage.real.pause_reading()

    def resume_reading(self) -> None:
        """Hand over what there is."""
        self._is_held = False
        if self._passage is not None:
            self._passage.real.resume_reading()
        elif self._server.has_data:
            self._loop.call_soon(self._deliver)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection; of the real one, while it is there."""
        if self._passage is not None:
            return self._passage.real.get_extra_info(name, default)
        return super().get_extra_info(name, default)


@coroutine
def _turn_of_others() -> Generator[None, None, None]:
    """Let the event loop go round once; `asyncio.sleep` may be a test's own."""
    yield


async def _closed(parts: Parts, advance: asyncio.Task[None] | None) -> None:
    """Close what nobody reads any more, once nothing is at work in it."""
    if advance is not None and not advance.done():
        await asyncio.wait([advance])
    await parts.aclose()


class Passage(asyncio.Protocol):
    """The protocol of a genuine connection: hands on, and records, the response to one request."""

    def __init__(self, scripted: ScriptedTransport, real: Any, record: _Record) -> None:
        self.real = real
        self._scripted, self._record = scripted, record

    def data_received(self, data: bytes) -> None:
        """Hand on; after the last byte the real server is left, and what else comes is nobody's."""
        is_complete = self._record.take(data)
        if is_complete:
            self.real.set_protocol(asyncio.Protocol())
        self._scripted.passed(data, is_last=is_complete)
        if is_complete:
            self.leave()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Hand on."""
        if exc is not None:
            self._record.fail(exc)
        else:
            self._record.take(b"")
        self._record.end()
        self._scripted.passage_ended(exc)

    def leave(self) -> None:
        """Leave the real server; what has come so far is the recorded body."""
        self._record.end()
        self.real.abort()  # without the farewell of TLS, for which nobody would wait
