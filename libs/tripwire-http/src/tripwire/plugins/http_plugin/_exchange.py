"""A request and what answers it in plain values, the same for every client."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal, cast

from tripwire._values import LONGEST_LITERAL, LONGEST_VALUE, cut
from tripwire.plugins.http_plugin import _content, _secrets
from tripwire.plugins.http_plugin._headers import Headers, RawHeaders

_PHRASES = {int(status): status.phrase for status in HTTPStatus}

FailureName = Literal["connect", "timeout", "read", "dns", "tls"]
"""The ways to fail that every client has an exception of its own for."""


class _WhenLooked:
    """The headers of a request, which may be given raw; they are made of that when somebody looks."""

    def __get__(self, request: Request | None, _owner: type[Request] | None = None) -> Headers:
        if request is None:
            return cast("Headers", ())  # what `dataclass` takes for the default
        given = request.raw_headers
        if isinstance(given, tuple):
            given = request.raw_headers = Headers.of_raw(given)
        return given

    def __set__(self, request: Request, given: Headers | RawHeaders) -> None:
        request.raw_headers = given


@dataclass(repr=False)
class Request(_content.Content):
    """What a client sent. In words, `GET https://api.example.com/data`.

    `fault` says why it is no request that HTTP allows, where it is none. `socket`, which is told to a recording only,
    is the path of the Unix socket that the request goes by, if it goes by one.
    """

    method: str
    url: str
    headers: _WhenLooked = _WhenLooked()
    body: bytes = b""
    fault: str = field(default="", compare=False)
    socket: str = field(default="", compare=False)

    def __repr__(self) -> str:
        body = _secrets.in_value(self.body)
        return (
            f"Request({self.method!r}, {_secrets.in_url(self.url)!r}, headers={self.headers!r}, body={body})"
        )

    def __str__(self) -> str:
        return f"{cut(self.method, LONGEST_VALUE)} {cut(_secrets.in_url(self.url), LONGEST_LITERAL)}"


class Reply:
    """What comes back; to a HEAD request without the body, which its headers still describe.

    `parts` is a body that comes part by part, and then `body` is empty; a sync client is given an iterator.
    `delay`, in seconds, is how long a real client would have waited for the first byte: one that waits less runs
    into its timeout.
    """

    __slots__ = ("_headers", "body", "delay", "http_version", "pairs", "parts", "reason", "status")

    status: int
    pairs: tuple[tuple[str, str], ...]
    body: bytes
    parts: Iterator[bytes] | AsyncIterator[bytes] | None
    reason: str
    http_version: str
    delay: float

    def __init__(
        self,
        status: int,
        pairs: tuple[tuple[str, str], ...],
        body: bytes = b"",
        parts: Iterator[bytes] | AsyncIterator[bytes] | None = None,
        reason: str = "",
        http_version: str = "HTTP/1.1",
        delay: float = 0,
    ) -> None:
        self.status, self.pairs, self.body, self.parts = status, pairs, body, parts
        self.reason, self.http_version, self.delay = reason, http_version, delay
        self._headers: Headers | None = None

    @property
    def headers(self) -> Headers:
        """The fields of `pairs`, to be looked at."""
        if self._headers is None:
            self._headers = Headers(self.pairs)
        return self._headers

    def in_parts(self, parts: Iterator[bytes] | AsyncIterator[bytes]) -> Reply:
        """The same with a body that comes part by part."""
        reply = Reply(self.status, self.pairs, self.body, parts, self.reason, self.http_version, self.delay)
        reply._headers = self._headers
        return reply

    def has_body(self, method: str) -> bool:
        """Whether a request of this method gets to see the body."""
        return method.upper() != "HEAD"

    def body_for(self, method: str) -> bytes:
        """The body that a request of this method gets to see."""
        return self.body if self.has_body(method) else b""

    def __repr__(self) -> str:
        body = _secrets.in_value(self.body)
        return f"{type(self).__name__}({self.status}, headers={self.headers!r}, body={body})"


@dataclass(frozen=True)
class Failure:
    """A failure by its neutral name, of which each client makes its own exception."""

    name: FailureName

    @property
    def is_met_connecting(self) -> bool:
        """Whether a client meets it before it has sent anything."""
        return self.name in ("connect", "dns", "tls")

    def os_error(self) -> OSError:
        """What a socket raises, unless it waits in vain: the beginning of every client's own exception."""
        if self.name == "connect":
            return ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        if self.name == "dns":
            return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if self.name == "tls":
            return _certificate_error()
        assert self.name == "read", self.name
        return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


def _certificate_error() -> OSError:
    import ssl  # not there in every build of Python

    error = ssl.SSLCertVerificationError(
        1,
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate",
    )
    error.reason, error.library = "CERTIFICATE_VERIFY_FAILED", "SSL"
    error.verify_code, error.verify_message = 20, "unable to get local issuer certificate"
    return error


def phrase(status: int) -> str:
    """The reason phrase that goes with a status."""
    return _PHRASES.get(status, "")
