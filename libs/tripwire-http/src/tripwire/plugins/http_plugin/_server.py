"""The scripted HTTP/1.1 server, one for every client that speaks to a socket: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import h11

from tripwire.plugins.http_plugin._exchange import Reply, Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._stream import Parts
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

_LARGEST_HEAD = 1 << 24
_BODILESS = (204, 304)


class Received(NamedTuple):
    """A complete request: what it is, and as it was sent."""

    request: Request
    raw: bytes


class Server:
    """The server's end of one connection; decides nothing.

    `origin` is scheme, host and port. `feed` takes what the client sends and tells of each complete request;
    whoever drives the connection then calls `respond` or `fail`, and hands the client what `take` gives. Where
    `waits` is true, `advance` has to be awaited first: the body comes from an async source.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._out = bytearray()
        self._parts: Iterator[bytes] | None = None
        self._async_parts: AsyncIterator[bytes] | None = None
        self._is_chunked = False
        self._missing = 0
        self.error: BaseException | None = None
        self.eof = False
        self._begin()

    def _begin(self) -> None:
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._head: h11.Request | None = None
        self._body, self._raw = bytearray(), bytearray()

    # -- from the client

    def feed(self, data: bytes) -> Received | None:
        """Take what the client sends; gives the request that is complete with it.

        Bytes that are no HTTP are a request, too: one whose `fault` says what is wrong.
        """
        if not data:
            return None  # to h11 that would be the end of the connection
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
                    return self._received(self._request())
                else:
                    self._invite_body()
                    return None
        except h11.RemoteProtocolError as error:
            return self._received(self._malformed(str(error)))

    def _invite_body(self) -> None:
        if self._parser.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            self._out += self._parser.send(go_on) or b""

    def _received(self, request: Request) -> Received:
        received = Received(request, bytes(self._raw))
        self._begin()
        return received

    def _request(self) -> Request:
        head = self._head
        assert head is not None
        target = head.target.decode("latin-1")
        return Request(
            head.method.decode("latin-1"),
            # A proxy is sent the whole URL.
            target if "://" in target.partition("?")[0] else self._origin_by(head) + target,
            Headers.decoded(head.headers.raw_items()),
            bytes(self._body),
        )

    def _origin_by(self, head: h11.Request) -> str:
        """The origin the way the client writes it, where its Host header names the same."""
        scheme, _, authority = self._origin.partition("://")
        port = f":{DEFAULT_PORTS[scheme]}"
        for name, value in head.headers:
            host = value.decode("latin-1")
            if name == b"host" and host.lower().removesuffix(port) == authority.lower():
                return f"{scheme}://{host}"
        return self._origin

    def _malformed(self, fault: str) -> Request:
        """Bytes that are no request, by as much of their first line as there is."""
        line = bytes(self._raw).partition(b"\r\n")[0].decode("latin-1").split(" ")
        return Request(line[0], self._origin + (line[1] if len(line) > 1 else "/"), fault=fault)

    # -- to the client

    def respond(self, request: Request, reply: Reply) -> None:
        """Begin a response; a body that comes part by part is taken as it is read."""
        coding = reply.headers.get("transfer-encoding", "").lower()
        has_body = reply.has_body(request.method)
        self._is_chunked = coding == "chunked" and has_body
        stated = reply.headers.get("content-length", "")
        has_length = has_body and not coding and reply.status not in _BODILESS and stated.isdecimal()
        self._missing = int(stated) if has_length else 0
        # What HTTP/2 says by its frames, HTTP/1.1 says by closing the connection.
        version = reply.http_version if reply.http_version in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"
        lines = [f"{version} {reply.status} {reply.reason}"]
        lines += (f"{name}: {value}" for name, value in reply.headers.pairs)
        self._out += "\r\n".join((*lines, "", "")).encode("latin-1")
        self.eof = (
            _is_kept(request.headers) is False
            or _is_kept(reply.headers) is False
            or coding not in ("", "chunked")
            or (version == "HTTP/1.0" and _is_kept(reply.headers) is None)
            or not (coding or "content-length" in reply.headers or reply.status in _BODILESS)
        )
        if reply.parts is None or not has_body:
            self._write(reply.body_for(request.method))
            self._write_end()
        elif isinstance(reply.parts, AsyncIterator):
            self._async_parts = reply.parts
        else:
            self._parts = reply.parts

    def fail(self, error: BaseException) -> None:
        """Raise an error, instead of a response, where the client reads."""
        self.error, self.eof = error, True

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; none if there are none yet, and at the end of the connection if `eof` is set.

        Raises:
            BaseException: what `fail` was given, or the source of the body raises.
        """
        while not self._out and self._parts is not None:
            try:
                self._write(next(self._parts))
            except StopIteration:
                self._parts = None
                self._write_end()
            except EOFError:
                self._break_off()  # the server hangs up: the client finds the end
            except BaseException:
                self._break_off()
                raise
        if not self._out and self.error is not None:
            error, self.error = self.error, None
            raise error
        data = bytes(self._out[:size])
        del self._out[:size]
        return data

    @property
    def has_data(self) -> bool:
        """Whether a client that asks finds something to read: bytes, an error or the end."""
        return bool(self._out or self._parts is not None or self.error is not None or self.eof)

    @property
    def waits(self) -> bool:
        """Whether the next bytes have to be awaited."""
        return not self._out and self._async_parts is not None

    async def advance(self) -> None:
        """Await the next part of a body from an async source.

        Raises:
            BaseException: what that source raises.
        """
        assert self._async_parts is not None
        try:
            self._write(await self._async_parts.__anext__())
        except StopAsyncIteration:
            self._async_parts = None
            self._write_end()
        except EOFError:
            self._break_off()
        except BaseException:
            self._break_off()
            raise

    def _write(self, part: bytes) -> None:
        self._missing -= len(part)
        if part:
            self._out += b"%x\r\n%b\r\n" % (len(part), part) if self._is_chunked else part

    def _write_end(self) -> None:
        if self._is_chunked:
            self._out += b"0\r\n\r\n"
        if self._missing > 0:
            self.eof = True  # a server with no more to send hangs up

    def leave(self) -> Parts | None:
        """Send no more of a body; gives what is left of it, to be closed."""
        left = self._parts or self._async_parts
        self._parts = self._async_parts = None
        return left if isinstance(left, Parts) else None

    def _break_off(self) -> None:
        self.leave()
        self.eof = True


def _is_kept(headers: Headers) -> bool | None:
    """Whether headers say that the connection is kept open; None if they say nothing."""
    said = headers.get("connection", "").lower()
    if "close" in said:
        return False
    return True if "keep-alive" in said else None
