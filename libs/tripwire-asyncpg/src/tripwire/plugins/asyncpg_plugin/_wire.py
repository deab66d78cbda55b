"""The PostgreSQL protocol, version 3, as far as a scripted server speaks it: bytes in, bytes out.

The formats are those of the PostgreSQL manual, "Frontend/Backend Protocol: Message Formats".
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

MOST = 2**15 - 1
"""How many arguments a message can count."""

_SHORT = 1_000
"""Up to so many bytes, what was cut or parsed is kept."""

STARTUP = b""
"""Stands for the kind of the first message, which has none on the wire."""


class Column(NamedTuple):
    """One column of a result: its `name`, and the `oid` of its type."""

    name: str
    oid: int


class Frames:
    """Cuts what a client writes into messages."""

    def __init__(self) -> None:
        self._pending = b""
        self._started = False

    def feed(self, data: bytes) -> Sequence[tuple[bytes, bytes]]:
        """The kind and body of each message that is complete."""
        data = self._pending + data
        # A statement that is executed again is the same to the byte.
        cut = _cut if len(data) <= _SHORT else _cut.__wrapped__
        messages, self._pending = cut(data, self._started)
        self._started = self._started or bool(messages)
        return messages


@lru_cache(maxsize=256)
def _cut(data: bytes, started: bool) -> tuple[Sequence[tuple[bytes, bytes]], bytes]:
    messages, start, head = [], 0, int(started)
    while len(data) >= (body := start + head + 4):
        end = body - 4 + int.from_bytes(data[body - 4 : body], "big")
        if len(data) < end:
            break
        messages.append((data[start : body - 4], data[body:end]))
        start, head = end, 1
    return tuple(messages), data[start:]


# -- what clients send


def parse_text(body: bytes) -> tuple[str, bytes]:
    """The first zero-terminated text of a body, and the rest."""
    text, _, rest = body.partition(b"\0")
    return text.decode(), rest


def parse_bind(body: bytes) -> tuple[str, str, Sequence[bytes | None]]:
    """Portal, statement and the encoded arguments of a Bind message."""
    return (_parse_bind if len(body) <= _SHORT else _parse_bind.__wrapped__)(body)


@lru_cache(maxsize=256)
def _parse_bind(body: bytes) -> tuple[str, str, Sequence[bytes | None]]:
    portal, rest = parse_text(body)
    statement, rest = parse_text(rest)
    (formats,) = struct.unpack_from("!h", rest)
    position = 2 + 2 * formats
    (count,) = struct.unpack_from("!h", rest, position)
    position += 2
    arguments: list[bytes | None] = []
    for _ in range(count):
        (size,) = struct.unpack_from("!i", rest, position)
        position += 4
        arguments.append(None if size < 0 else rest[position : position + size])
        position += max(size, 0)
    return portal, statement, tuple(arguments)


@lru_cache(maxsize=256)
def parse_execute(body: bytes) -> tuple[str, int]:
    """Portal and row limit (0 for none) of an Execute message."""
    portal, rest = parse_text(body)
    return portal, struct.unpack("!i", rest)[0]


# -- what the server sends


def message(kind: bytes, *parts: bytes) -> bytes:
    """One message."""
    body = b"".join(parts)
    return kind + struct.pack("!i", len(body) + 4) + body


def fits(words: str) -> bool:
    """Whether a zero-terminated text can hold these words."""
    try:
        return b"\0" not in words.encode()
    except UnicodeEncodeError:
        return False


def text(value: object) -> bytes:
    """A zero-terminated text."""
    return str(value).encode() + b"\0"


AUTHENTICATED = message(b"R", struct.pack("!i", 0))
PARSED = message(b"1")
BOUND = message(b"2")
CLOSED = message(b"3")
NO_DATA = message(b"n")
SUSPENDED = message(b"s")


@lru_cache(maxsize=3)
def ready(status: bytes) -> bytes:
    """ReadyForQuery; the status is I (idle), T (in a transaction) or E (in a failed one)."""
    return message(b"Z", status)


def backend_key(pid: int, secret: int) -> bytes:
    """What a client needs to ask for a cancellation."""
    return message(b"K", struct.pack("!ii", pid, secret))


def parameter_status(name: str, value: str) -> bytes:
    """A setting of the server."""
    return message(b"S", text(name), text(value))


def parameters(oids: Sequence[int]) -> bytes:
    """The types of a statement's arguments."""
    return message(b"t", struct.pack("!h", len(oids)), *(struct.pack("!i", oid) for oid in oids))


def row_description(columns: Iterable[Column]) -> bytes:
    """The columns of a result, all in binary format."""
    described = [text(name) + struct.pack("!ihihih", 0, 0, oid, 4, -1, 1) for name, oid in columns]
    return message(b"T", struct.pack("!h", len(described)), *described)


def row(values: Sequence[bytes | None]) -> bytes:
    """One row."""
    encoded = (
        struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in values
    )
    return message(b"D", struct.pack("!h", len(values)), *encoded)


@lru_cache(maxsize=256)
def row_by_reference(nulls: tuple[bool, ...]) -> bytes:
    """One row that tells no more than which of its values are NULL."""
    return row([None if null else b"" for null in nulls])


@lru_cache(maxsize=256)
def complete(tag: str) -> bytes:
    """The end of a command, with its status."""
    return message(b"C", text(tag))


def notification(pid: int, channel: str, payload: str) -> bytes:
    """NotificationResponse."""
    return message(b"A", struct.pack("!i", pid), text(channel), text(payload))


def notice(fields: Mapping[str, Any]) -> bytes:
    """NoticeResponse, from field codes."""
    return b"N" + error(fields)[1:]


def error(fields: Mapping[str, Any]) -> bytes:
    """ErrorResponse, from field codes."""
    return message(b"E", *(code.encode() + text(value) for code, value in fields.items()), b"\0")
