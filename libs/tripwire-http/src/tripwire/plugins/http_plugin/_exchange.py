"""A request and its reply in plain values, the same for every client."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from tripwire._values import LONGEST_LITERAL, LONGEST_VALUE, cut
from tripwire.plugins.http_plugin._headers import Headers

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


@dataclass
class Request:
    """What a client sent. In words, `GET https://api.example.com/data`.

    `fault` says why it is no request that HTTP allows, where it is none.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    fault: str = ""

    def __str__(self) -> str:
        return f"{cut(self.method, LONGEST_VALUE)} {cut(self.url, LONGEST_LITERAL)}"


@dataclass(frozen=True)
class Reply:
    """What comes back; to a HEAD request without the body, which its headers still describe."""

    status: int
    headers: Headers
    body: bytes

    @property
    def reason(self) -> str:
        """The reason phrase that goes with the status."""
        return _PHRASES.get(self.status, "")

    def body_for(self, method: str) -> bytes:
        """The body that a request of this method gets to see."""
        return b"" if method.upper() == "HEAD" else self.body
