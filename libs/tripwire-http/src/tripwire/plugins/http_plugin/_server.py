"""The scripted HTTP/1.1 server, one for every client that speaks to a socket: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import h11

from tripwire.plugins.http_plugin._exchange import Reply, Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

if TYPE_CHECKING:
    from tripwire._plugin import Answer
    from tripwire._timeline import Interaction

_LARGEST_HEAD = 1 << 24


class PassedOn(NamedTuple):
    """A request that is to reach the real server: what it was, as it was sent, and its record."""

    request: Request
    raw: bytes
    interaction: Interaction


class Server:
    """The server's end of one connection.

    `origin` is scheme, host and port; `answer` decides a request and records it. What goes back is taken
    from `out`; then `error` is raised, if there is one, or the connection has ended, if `eof` is set.
    """

    def __init__(self, origin: str, answer: Callable[[Request], Answer]) -> None:
        self._origin, self._answer = origin, answer
        self.out = bytearray()
        self.error: BaseException | None = None
        self.eof = False
        self._begin()

    def _begin(self) -> None:
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._head: h11.Request | None = None
        self._body, self._raw = bytearray(), bytearray()

    def feed(self, data: bytes) -> PassedOn | None:
        """Take what the client sends; answer the request that is complete with it, or pass it on.

        Raises:
            UnmockedInteractionError: nothing answers the request.
        """
        self._raw += data
        try:
            self._parser.receive_data(data)
            while True:
                event = self._parser.next_event()
                if isinstance(event, h11.Request):
                    self._head = event
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return self._complete()
                else:
                    self._invite_body()
                    return None
        except h11.RemoteProtocolError as error:
            return self._decided(self._malformed(str(error)), bytes(self._raw))

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end of the connection.

        Raises:
            TimeoutError: there are none and the connection goes on; a real client would wait in vain.
        """
        if not self.out and self.error is not None:
            error, self.error = self.error, None
            raise error
        if not self.out and not self.eof:
            raise TimeoutError("timed out")
        data = bytes(self.out[:size])
        del self.out[:size]
        return data

    def _invite_body(self) -> None:
        if self._parser.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            self.out += self._parser.send(go_on) or b""

    def _complete(self) -> PassedOn | None:
        head = self._head
        assert head is not None
        target = head.target.decode("latin-1")
        request = Request(
            head.method.decode("latin-1"),
            # A proxy is sent the whole URL.
            target if "://" in target.partition("?")[0] else self._origin_by(head) + target,
            Headers.decoded(head.headers.raw_items()),
            bytes(self._body),
        )
        return self._decided(request, bytes(self._raw))

    def _decided(self, request: Request, raw: bytes) -> PassedOn | None:
        self._begin()
        answer = self._answer(request)
        if answer.raises is not None:
            self.error, self.eof = answer.raises, True
            return None
        if answer.value is None:
            return PassedOn(request, raw, answer.interaction)
        self._send(request, answer.value)
        return None

    def _origin_by(self, head: h11.Request) -> str:
        """The origin the way the client writes it, where its Host header names the same."""
        scheme, _, authority = self._origin.partition("://")
        port = f":{DEFAULT_PORTS[scheme]}"
        for name, value in head.headers:
            host = value.decode("latin-1")
            if name == b"host" and host.lower().removesuffix(port) == authority.lower():
                return f"{scheme}://{host}"
        return self._origin

    def _send(self, request: Request, reply: Reply) -> None:
        lines = [
            f"HTTP/1.1 {reply.status} {reply.reason}",
            *(f"{n}: {v}" for n, v in reply.headers.pairs),
            "",
            "",
        ]
        body = reply.body_for(request.method)
        coding = reply.headers.get("transfer-encoding", "").lower()
        if coding == "chunked" and request.method.upper() != "HEAD":
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        self.out += "\r\n".join(lines).encode("latin-1") + body
        self.eof = _closes(request.headers) or _closes(reply.headers) or coding not in ("", "chunked")

    def _malformed(self, fault: str) -> Request:
        """Bytes that are no request, by as much of their first line as there is."""
        line = bytes(self._raw).partition(b"\r\n")[0].decode("latin-1").split(" ")
        return Request(line[0], self._origin + (line[1] if len(line) > 1 else "/"), fault=fault)


def _closes(headers: Headers) -> bool:
    return "close" in headers.get("connection", "").lower()
