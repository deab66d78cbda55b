"""A genuine connection behind a scripted socket, for a request that is passed through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tripwire.plugins.http_plugin._headers import Headers

if TYPE_CHECKING:
    import h11

    from tripwire._timeline import Interaction
    from tripwire.plugins.http_plugin._exchange import Request
    from tripwire.plugins.http_plugin._server import Received


class Relay:
    """Hands on the bytes of one response as they come, and records what they say."""

    def __init__(self, real: Any, request: Request, interaction: Interaction) -> None:
        self._real: Any = real
        self._record = _Record(request, interaction)
        self.completed: Callable[[], None] | None = None

    @classmethod
    def to_real_server(
        cls, dial: Callable[[], Any], received: Received, interaction: Interaction, timeout: float | None
    ) -> Relay:
        """Open the genuine connection and send the request the way the client did.

        What is set as `completed` is called once the whole response has been read.

        Raises:
            OSError: as the genuine connection does.
        """
        try:
            real = dial()
            if timeout is not None:
                real.settimeout(timeout)
            relay = cls(real, received.request, interaction)
            real.sendall(received.raw)
        except BaseException as error:
            interaction.complete(raised=error)
            raise
        return relay

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes of the response; none at its end.

        Raises:
            OSError: as the genuine connection does.
        """
        if self._real is None:
            return b""
        try:
            data: bytes = self._real.recv(size)
        except BaseException as error:
            self._record.fail(error)
            raise
        if self._record.take(data):
            completed = self.completed
            self.close()
            if completed is not None:
                completed()
        return data

    def settimeout(self, timeout: float | None) -> None:
        """Wait no longer than this."""
        if self._real is not None:
            self._real.settimeout(timeout)

    @property
    def is_open(self) -> bool:
        """Whether more may come."""
        return self._real is not None

    def fileno(self) -> int:
        """The genuine socket's."""
        return int(self._real.fileno())

    def close(self) -> None:
        """Leave the real server; what has come so far is the recorded body."""
        real, self._real = self._real, None
        self.completed = None
        if real is not None:
            self._record.end()
            real.close()


class _Record:
    """Reads a response along with the client."""

    def __init__(self, request: Request, interaction: Interaction) -> None:
        import h11  # not when a program starts: few pass a request through

        self._interaction = interaction
        self._body = bytearray()
        self._parser: h11.Connection | None = h11.Connection(h11.CLIENT)
        # Only the method decides how a response is read.
        self._parser.send(
            h11.Request(method=request.method, target="/", headers=[("Host", "passed-through")])
        )
        self._parser.send(h11.EndOfMessage())

    def take(self, data: bytes) -> bool:
        """Read on; true if the response is complete."""
        import h11

        if self._parser is None:
            return not data
        try:
            self._parser.receive_data(data)
            while True:
                event = self._parser.next_event()
                if isinstance(event, h11.Response):
                    headers = Headers.decoded(event.headers.raw_items())
                    self._interaction.complete(status=event.status_code, response_headers=headers)
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return True
                elif event in (h11.NEED_DATA, h11.PAUSED):
                    return False
        except h11.RemoteProtocolError:
            # A server may be laxer than the record's reader, and the client make sense of it.
            self._parser = None
            if not data:
                self.fail(self._cut_off())
            return not data

    def _cut_off(self) -> Exception:
        """What it means that nothing more comes."""
        if self._interaction.fields.get("status") is not None:
            return EOFError("the server hung up in the middle of its response")
        from http.client import RemoteDisconnected

        return RemoteDisconnected("Remote end closed connection without response")

    def fail(self, error: BaseException) -> None:
        """The connection broke."""
        self._interaction.complete(raised=error)

    def end(self) -> None:
        """Nothing more will come, or be wanted: what is left unread is no fault."""
        self._parser = None
        self._interaction.complete(response_body=bytes(self._body))
