"""What a client finds in the place of its socket: an in-memory one, with the scripted server behind it."""

from __future__ import annotations

import errno
import io
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard
from weakref import ref

from tripwire._errors import TripError
from tripwire._timeline import Interaction
from tripwire.plugins.http_plugin._carrier import raised_below
from tripwire.plugins.http_plugin._exchange import Failure, Reply
from tripwire.plugins.http_plugin._relay import Relay
from tripwire.plugins.http_plugin._server import Received, Server
from tripwire.plugins.http_plugin._socket_ends import Polled, Reader
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._http_client import Client
    from tripwire.plugins.http_plugin._plugin import HttpPlugin


_Buffer = bytes | bytearray | memoryview
_PIECE = 64 * 1024


class ScriptedSocket:
    """The socket of one connection.

    `owner` is the connection, in whose `sock` it lies; `dial` opens its genuine socket for a request that is to reach
    the real server; `client` knows the exceptions of opening it.
    """

    _timed_out = "timed out"

    def __init__(
        self,
        plugin: HttpPlugin,
        origin: str,
        owner: Any,
        dial: Callable[[Any], Any],
        client: Client,
    ) -> None:
        self.plugin = plugin
        self._server = Server(origin)
        self._origin = origin
        self._owner, self._dial, self._client = ref(owner), dial, client
        self._relay: Relay | None = None
        self._late: tuple[float, Interaction] | None = None
        timeout = getattr(owner, "timeout", None)
        is_said = timeout is None or isinstance(timeout, (int, float))
        self._timeout: float | None = timeout if is_said else socket.getdefaulttimeout()
        self._options: list[tuple[Any, ...]] = []
        self._polled: Polled | None = None
        self._readers = 0
        self._closed = self._is_shut = False
        plugin.keep(self)

    # -- sending

    def sendall(self, data: _Buffer, _flags: int = 0) -> None:
        """Give bytes to the server, which answers as soon as a request is complete."""
        if self._closed:
            raise OSError(errno.EBADF, "Bad file descriptor")
        received = self._server.feed(data if type(data) is bytes else memoryview(data).tobytes())
        if received is not None:
            self._answer(received)

    def _answer(self, received: Received) -> None:
        try:
            answer = self.plugin.answer(received.request)
        except TripError as trip:
            raise raised_below(trip) from trip.__cause__
        self._end_relay()
        if answer.raises is not None:
            self._fail_as_given(answer.raises)
        elif isinstance(answer.value, Failure):
            self._fail(answer.value, answer.interaction)
        elif answer.value is None:
            self._relay = Relay.to_real_server(self._dialled, received, answer.interaction, self._timeout)
            if getattr(answer, "is_asked_twice", False):
                # With its connection, which urllib lets go before the response has been read.
                again = partial(self._ask_again, self._owner(), received, answer.interaction)
                self._relay.completed = again
        else:
            self._respond(received, answer.value, answer.interaction)

    def _ask_again(self, owner: Any, received: Received, interaction: Interaction) -> None:
        """Send a request once more, for the record alone: what fails here does not concern the program."""
        again = Interaction(interaction.source, {}, plugin=self.plugin, place=None, sequence=-1)
        with suppress(Exception):
            relay = Relay.to_real_server(partial(self._dial, owner), received, again, self._timeout)
            while relay.recv(_PIECE):
                pass
            relay.close()
            self.plugin.asked_twice(interaction, again.fields)

    def _respond(self, received: Received, reply: Reply, interaction: Interaction) -> None:
        self._late = (reply.delay, interaction) if reply.delay else None
        self._server.respond(received.request, reply)

    def _fail(self, failure: Failure, interaction: Interaction) -> None:
        error: Exception = TimeoutError(self._timed_out) if failure.name == "timeout" else failure.os_error()
        if failure.is_met_connecting:
            error = self._not_opened(error)
        interaction.complete(raised=error)
        if failure.is_met_connecting:
            self._refuse(error)
        self._server.fail(error)

    def _fail_as_given(self, given: BaseException) -> None:
        """Raise an exception now, if a genuine connection would have met it before, or where it is read from."""
        error = raised_below(given)
        if error is not given:
            self._refuse(error)
        if _is_met_connecting(given):
            self._refuse(self._not_opened(given))
        self._server.fail(given)

    def _not_opened(self, error: Exception) -> Exception:
        owner = self._owner()
        if owner is None:
            return error
        return self._client.failed(owner, self._client.met(owner, error))

    def _refuse(self, error: BaseException) -> NoReturn:
        self.hang_up()
        raise error

    def _dialled(self) -> Any:
        """The genuine socket, with the options that were set on this one."""
        owner = self._owner()
        failure: Exception | None = None
        try:
            real = self._dial(owner)
        except Exception as error:  # noqa: BLE001 - it is raised below, where it does not become its own context
            failure = error
        if failure is not None:
            self.hang_up()
            raise self._client.failed(owner, failure)
        for option in self._options:
            real.setsockopt(*option)
        return real

    def send(self, data: _Buffer, _flags: int = 0) -> int:
        """Give bytes to the server."""
        self.sendall(data)
        return memoryview(data).nbytes

    # -- receiving

    def recv(self, size: int, _flags: int = 0) -> bytes:
        """Up to `size` bytes; none at the end of the connection."""
        if self._is_shut:
            return b""
        if self._relay is not None and not self._server.has_data:
            return self._relay.recv(size)
        if self._late is not None:
            self._wait(*self._late)
        data = self._server.take(size)
        if not data and not self._server.eof:
            raise TimeoutError(self._timed_out)  # a real client would wait in vain
        return data

    def _wait(self, delay: float, interaction: Interaction) -> None:
        """Let no time pass; a client that would not wait so long runs into its timeout."""
        if self._timeout is not None and self._timeout < delay:
            error = TimeoutError(self._timed_out)
            interaction.complete(status=None, response_headers=None, response_body=None, raised=error)
            raise error
        self._late = None

    def recv_into(self, buffer: Any, size: int = 0, _flags: int = 0) -> int:
        """Receive into a buffer; gives the number of bytes."""
        data = self.recv(size or len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str = "r", buffering: int | None = None, **text: Any) -> Any:
        """A file to read from; like a real socket's, it outlives `close`."""
        self._readers += 1
        raw = Reader(self)
        if buffering == 0:
            return raw
        buffered = io.BufferedReader(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, **text)

    # -- ending

    def close(self) -> None:
        """Send nothing more; open files can still be read."""
        self._closed = True
        polled, self._polled = self._polled, None
        if polled is not None:
            polled.close()
        if not self._readers:
            self._leave()

    def reader_closed(self) -> None:
        """A file of this socket has been closed."""
        self._readers -= 1
        if self._closed and not self._readers:
            self._leave()

    def hang_up(self) -> None:
        """Leave the connection as if it had never been opened: its next request opens it anew."""
        owner = self._owner()
        if owner is not None and scripted_in(owner.sock) is self:
            owner.sock = None
        self.close()

    def shutdown(self, how: int) -> None:
        """Read no more, if that is asked for."""
        self._is_shut = self._is_shut or how in (socket.SHUT_RD, socket.SHUT_RDWR)

    def _leave(self) -> None:
        """Read no more of a response, of the real server's or of a mock's."""
        self._end_relay()
        left = self._server.leave()
        if left is not None:
            left.close()

    def _end_relay(self) -> None:
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.close()

    # -- what is asked of every socket

    def settimeout(self, timeout: float | None) -> None:
        """Wait no longer than this for a real server, or for the delay of a scripted response."""
        self._timeout = timeout
        if self._relay is not None:
            self._relay.settimeout(timeout)

    def gettimeout(self) -> float | None:
        """What `settimeout` was given, or the connection."""
        return self._timeout

    def setsockopt(self, *option: Any) -> None:
        """Kept for the genuine socket."""
        self._options.append(option)

    def getsockname(self) -> tuple[str, int]:
        """None that anybody could reach."""
        return "127.0.0.1", 0

    def fileno(self) -> int:
        """A descriptor that is readable if there is something to read; one of a pair that exists from now on."""
        if self._closed:
            return -1
        if self._relay is not None and self._relay.is_open and not self._server.has_data:
            return self._relay.fileno()
        if self._polled is None:
            self._polled = Polled(self)
        return self._polled.fileno(is_readable=self._server.has_data)

    def getpeername(self) -> tuple[str, int]:
        """The host, not resolved, and its port."""
        scheme, _, authority = self._origin.partition("://")
        host, _, port = authority.rpartition(":")
        if not port.isdecimal():
            return authority.strip("[]"), DEFAULT_PORTS[scheme]
        return host.strip("[]"), int(port)


class ScriptedTLSSocket(ScriptedSocket):
    """That of a connection over TLS; it has no certificate to show."""

    _timed_out = "The read operation timed out"

    def getpeercert(self, binary_form: bool = False) -> dict[str, Any] | bytes:
        """An empty one."""
        return b"" if binary_form else {}

    def version(self) -> str:
        """The newest."""
        return "TLSv1.3"

    def cipher(self) -> tuple[str, str, int]:
        """The usual one."""
        return ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)

    def selected_alpn_protocol(self) -> None:
        """None: it is HTTP/1.1."""


def scripted_in(held: Any) -> ScriptedSocket | None:
    """The scripted socket that a connection holds, perhaps in an object that the program has wrapped around it."""
    if held is None or isinstance(held, ScriptedSocket):
        return held
    inside = getattr(held, "__dict__", {}).values()
    return next((one for one in inside if isinstance(one, ScriptedSocket)), None)


def _is_met_connecting(error: BaseException) -> TypeGuard[Exception]:
    """Whether a real connection would have met an error in `connect`, and not when it is read from."""
    if type(error) is OSError:
        return True
    tls = sys.modules.get("ssl")  # an error of it is there only where it has been imported
    if tls is not None and isinstance(error, tls.SSLError):
        return True
    return isinstance(error, (ConnectionRefusedError, socket.gaierror))
