"""The scripted HTTP/1.1 server, one for every client that speaks to a socket: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from typing import NamedTuple

from tripwire.plugins.http_plugin._exchange import Reply, Request
from tripwire.plugins.http_plugin._reading import Reader, Sent
from tripwire.plugins.http_plugin._stream import Parts
from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

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
        self._reader = Reader()
        self._connection = ""

    # -- from the client

    def feed(self, data: bytes) -> Received | None:
        """Take what the client sends; gives the request that is complete with it.

        Bytes that are no HTTP are a request, too: one whose `fault` says what is wrong.
        """
        sent = self._reader.feed(data)
        if sent is None:
            self._out += self._reader.invitation()
            return None
        self._connection = sent.connection
        return Received(self._request(sent), sent.raw)

    def _request(self, sent: Sent) -> Request:
        if sent.fault:
            return Request(sent.method, self._origin + sent.target, fault=sent.fault)
        # A proxy is sent the whole URL; a path may hold another one.
        is_whole = sent.target[:1] != "/" and "://" in sent.target.partition("?")[0]
        url = sent.target if is_whole else self._origin_by(sent.host) + sent.target
        return Request(sent.method, url, sent.fields, sent.body)

    def _origin_by(self, host: str) -> str:
        """The origin the way the client writes it, where its Host header names the same."""
        scheme, _, authority = self._origin.partition("://")
        if host == authority:  # mostly
            return self._origin
        is_same = host.lower().removesuffix(f":{DEFAULT_PORTS[scheme]}") == authority.lower()
        return f"{scheme}://{host}" if is_same else self._origin

    # -- to the client

    def respond(self, request: Request, reply: Reply) -> None:
        """Begin a response; a body that comes part by part is taken as it is read."""
        lines = "".join([f"{name}: {value}\r\n" for name, value in reply.pairs])
        coding, stated, is_kept = _framing(lines)
        has_body = reply.has_body(request.method)
        is_bodiless = reply.status in _BODILESS
        self._is_chunked = coding == "chunked" and has_body
        has_length = has_body and not coding and not is_bodiless
        self._missing = int(stated) if has_length and stated and stated.isdecimal() else 0
        # What HTTP/2 says by its frames, HTTP/1.1 says by closing the connection.
        version = reply.http_version if reply.http_version in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"
        self._out += f"{version} {reply.status} {reply.reason}\r\n{lines}\r\n".encode("latin-1")
        self.eof = (
            _is_kept(self._connection) is False
            or is_kept is False
            or coding not in ("", "chunked")
            or (version == "HTTP/1.0" and is_kept is None)
            or not (coding or stated is not None or is_bodiless)
        )
        if reply.parts is None or not has_body:
            self._write(reply.body if has_body else b"")
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
        """Whether a client that asks finds something to read, at once or later: bytes, an error or the end."""
        parts = self._parts or self._async_parts
        return bool(self._out or parts is not None or self.error is not None or self.eof)

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


class _Framing(NamedTuple):
    """What header fields say of the body's coding and length, and of the connection's end."""

    coding: str
    length: str | None
    is_kept: bool | None


@lru_cache(maxsize=64)
def _framing(lines: str) -> _Framing:
    said: dict[str, str] = {}
    for line in lines.split("\r\n"):
        name, _, value = line.partition(": ")
        name = name.lower()
        said[name] = f"{said[name]}, {value}" if name in said else value
    coding = said.get("transfer-encoding", "").lower()
    return _Framing(coding, said.get("content-length"), _is_kept(said.get("connection", "")))


@lru_cache(maxsize=64)
def _is_kept(connection: str) -> bool | None:
    """Whether a Connection header says that the connection is kept open; None if it says nothing."""
    said = connection.lower()
    if "close" in said:
        return False
    return True if "keep-alive" in said else None
