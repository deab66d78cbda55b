"""Reads the requests that a client sends: mostly at a glance, else by h11.

A parser that is ready for anything would be half the cost of a mocked GET. So a request that comes complete, in one
piece and in the usual form is read by one regular expression, which takes nothing that h11 reads in another way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import h11

    from tripwire.plugins.http_plugin._headers import RawHeaders

_LARGEST_HEAD = 1 << 24
_LARGEST_USUAL_HEAD = 1 << 16
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FIELD = rf"({_NAME}): ([!-~]+(?:[ \t]+[!-~]+)*)\r\n"
_EACH_FIELD = re.compile(_FIELD)
_FIELDS = re.compile(rf"(?:{_FIELD})+")
_REQUEST_LINE = re.compile(rf"({_NAME}) ([!-~]+) HTTP/1\.1")
_UNUSUAL = frozenset(("transfer-encoding", "expect", "upgrade"))


class Sent(NamedTuple):
    """A request as it was sent, decoded; `raw` is all of it. `fault` says why it is no request that HTTP allows.

    `host` and `connection` are two of its fields.
    """

    method: str
    target: str
    fields: RawHeaders
    host: str
    connection: str
    body: bytes
    raw: bytes
    fault: str = ""


class Reader:
    """Takes what a client sends on one connection, one request after another."""

    def __init__(self) -> None:
        self._partly: _Partly | None = None

    def feed(self, data: bytes) -> Sent | None:
        """Read on; gives the request that is complete with this."""
        if not data:  # to h11 that would be the end
            return None
        if self._partly is None:
            if (usual := _usual(data)) is not None:
                return usual
            self._partly = _Partly()
        sent = self._partly.feed(data)
        if sent is not None:
            self._partly = None
        return sent

    def invitation(self) -> bytes:
        """What to tell a client that waits with its body until it is asked for it; nothing to any other."""
        return b"" if self._partly is None else self._partly.invitation()


def _usual(data: bytes) -> Sent | None:
    """The request that these bytes are; None if they are not exactly one, or one of an unusual form."""
    end = data.find(b"\r\n\r\n", 0, _LARGEST_USUAL_HEAD) + 4
    line, _, lines = data[: end - 2].decode("latin-1").partition("\r\n")
    asked = _REQUEST_LINE.fullmatch(line)
    fields = _fields(lines) if asked is not None else None
    if asked is None or fields is None or fields.length != str(len(data) - end):
        return None
    return Sent(asked[1], asked[2], fields.raw, fields.host, fields.connection, data[end:], data)


class _Fields(NamedTuple):
    raw: RawHeaders
    host: str
    connection: str
    length: str


@lru_cache(maxsize=32)
def _fields(lines: str) -> _Fields | None:
    """The header fields in some lines, which are the same for many requests of a client; None if one is unusual."""
    if _FIELDS.fullmatch(lines) is None:
        return None
    pairs = _EACH_FIELD.findall(lines)
    said = {name.lower(): value for name, value in pairs}
    if len(said) < len(pairs) or "host" not in said or not _UNUSUAL.isdisjoint(said):
        return None
    raw = tuple(chain.from_iterable(pairs))
    return _Fields(raw, said["host"], said.get("connection", ""), said.get("content-length", "0"))


class _Partly:
    """A request that comes in pieces, or in an unusual form."""

    def __init__(self) -> None:
        import h11  # few programs need it, and each would pay for it when it starts

        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._head: h11.Request | None = None
        self._body, self._raw = bytearray(), bytearray()

    def feed(self, data: bytes) -> Sent | None:
        """Read on."""
        import h11

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
                    return None
        except h11.RemoteProtocolError as error:
            return self._malformed(str(error))

    def _complete(self) -> Sent:
        head = self._head
        assert head is not None
        return Sent(
            head.method.decode("latin-1"),
            head.target.decode("latin-1"),
            tuple(chain.from_iterable(head.headers.raw_items())),
            _value_of(b"host", head),
            _value_of(b"connection", head),
            bytes(self._body),
            bytes(self._raw),
        )

    def _malformed(self, fault: str) -> Sent:
        """Bytes that are no request, by as much of their first line as there is."""
        line = bytes(self._raw).partition(b"\r\n")[0].decode("latin-1").split(" ")
        return Sent(line[0], line[1] if len(line) > 1 else "/", (), "", "", b"", bytes(self._raw), fault)

    def invitation(self) -> bytes:
        """The interim response, once."""
        import h11

        if not self._parser.they_are_waiting_for_100_continue:
            return b""
        go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
        return self._parser.send(go_on) or b""


def _value_of(wanted: bytes, head: h11.Request) -> str:
    return b", ".join(value for name, value in head.headers if name == wanted).decode("latin-1")
