"""The HTTP/2 side of the servers: one connection, by h2."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h2.config
import h2.connection
import h2.errors
import h2.events

if TYPE_CHECKING:
    from .server import Received, Route, Servers


class Connection:
    """One HTTP/2 connection. Its requests are answered one after the other."""

    def __init__(self, servers: Servers, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.servers, self.reader, self.writer = servers, reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(False, header_encoding="latin-1"))
        self.origin = servers.origin_of(writer)
        self.heads: dict[int, Received] = {}
        self.has_window = asyncio.Event()

    async def serve(self) -> None:
        self.h2.initiate_connection()
        answering: set[asyncio.Task[None]] = set()
        try:
            while True:
                self.writer.write(self.h2.data_to_send())
                if not (data := await self.reader.read(65536)):
                    return
                for event in self.h2.receive_data(data):
                    if (ended := self.receive(event)) is not None:
                        answering.add(asyncio.create_task(self.answer(ended)))
        finally:
            for task in answering:
                task.cancel()

    def receive(self, event: h2.events.Event) -> int | None:
        """Take an event; gives the stream whose request is complete with it."""
        from .server import Received

        if isinstance(event, h2.events.RequestReceived):
            fields = [(str(name), str(value)) for name, value in event.headers or ()]
            pseudo = {name: value for name, value in fields if name.startswith(":")}
            headers = [("host", pseudo[":authority"])]
            headers += [field for field in fields if not field[0].startswith(":")]
            assert event.stream_id is not None
            self.heads[event.stream_id] = Received(
                pseudo[":method"], pseudo[":path"], headers, origin=self.origin
            )
        elif isinstance(event, h2.events.DataReceived):
            assert event.stream_id is not None
            self.heads[event.stream_id].body += event.data or b""
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif isinstance(event, h2.events.WindowUpdated):
            self.has_window.set()
        elif isinstance(event, h2.events.StreamEnded):
            return event.stream_id
        return None

    async def answer(self, stream: int) -> None:
        request = self.heads.pop(stream)
        route = self.servers.script.take(request)
        if route.fails == "timeout":
            return
        if route.fails == "read":
            self.writer.transport.abort()
            return
        await asyncio.sleep(route.delay)
        await self.respond(stream, request, route)

    async def respond(self, stream: int, request: Received, route: Route) -> None:
        fields = [(n.lower(), v) for n, v in route.sent_headers() if n.lower() != "transfer-encoding"]
        self.h2.send_headers(stream, [(":status", str(route.status)), *fields])
        parts = [route.body] if route.stream is None else route.stream
        for part in () if request.method == "HEAD" else parts:
            if isinstance(part, BaseException):
                await asyncio.sleep(0.02)
                self.h2.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
                self.writer.write(self.h2.data_to_send())
                return
            await self.send(stream, part)
        self.h2.end_stream(stream)
        self.writer.write(self.h2.data_to_send())

    async def send(self, stream: int, part: bytes) -> None:
        while part:
            size = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(part))
            if not size:
                self.has_window.clear()
                await self.has_window.wait()
                continue
            self.h2.send_data(stream, part[:size])
            part = part[size:]
            self.writer.write(self.h2.data_to_send())
            await asyncio.sleep(0.004)
