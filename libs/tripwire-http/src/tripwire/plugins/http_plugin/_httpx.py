"""httpx and httpx2, sync and async, at their own transports: everything above runs as it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial, wraps
from itertools import chain
from typing import TYPE_CHECKING, Any

from tripwire import _messages
from tripwire._errors import TripwireError
from tripwire._patching import Target
from tripwire.plugins.http_plugin import _httpx_bodies as bodies
from tripwire.plugins.http_plugin._exchange import Failure, Reply, Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._httpx_wire import Backend, Wire, checkpoint, running_backend

if TYPE_CHECKING:
    from types import ModuleType

    from tripwire._plugin import Answer
    from tripwire._timeline import Interaction
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_LIBRARIES = ("httpx", "httpx2")
_CORES = ("httpcore", "httpcore2")
_SCHEMES = ("http", "https")
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LEGAL_NAME = re.compile(_NAME).fullmatch
_LEGAL_FIELDS = re.compile(
    rf"(?:{_NAME}\0(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?\0)*".encode("latin-1")
).fullmatch
_VERBS = ("request", "stream", "get", "options", "head", "post", "put", "patch", "delete")

PUBLIC_NAMES = (
    *(f"{library}:HTTPTransport.handle_request" for library in _LIBRARIES),
    *(f"{library}:AsyncHTTPTransport.handle_async_request" for library in _LIBRARIES),
    *(
        f"{library}:{client}.{verb}"
        for library in _LIBRARIES
        for client in ("Client", "AsyncClient")
        for verb in ("send", *_VERBS, "_transport_for_url")
    ),
    *(
        f"{library}:{name}"
        for library in _LIBRARIES
        for name in (*_VERBS, "Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport")
    ),
    *(f"{core}:ConnectionPool.handle_request" for core in _CORES),
    *(f"{core}:AsyncConnectionPool.handle_async_request" for core in _CORES),
)


def targets(plugin: type[HttpPlugin]) -> Iterable[Target]:
    """The public transports that open connections; those a program makes itself are left alone."""
    for library in _LIBRARIES:
        yield Target(f"{library}:HTTPTransport", "handle_request", partial(_sync, plugin, library))
        yield Target(
            f"{library}:AsyncHTTPTransport", "handle_async_request", partial(_async, plugin, library)
        )


def _sync(plugin: type[HttpPlugin], library: str, genuine: Callable[..., Any]) -> Callable[..., Any]:
    httpx = sys.modules[library]

    @wraps(genuine)
    def handle_request(self: Any, request: Any) -> Any:
        seen = _seen(request)
        serving = plugin.serving(plugin.request, seen)
        if serving is None or request.url.scheme not in _SCHEMES:  # another one it refuses by itself
            return genuine(self, request)
        sent = list(request.stream)
        asked = _Asked(serving, httpx, self, request, seen, sent, "sync")
        while not asked.is_answered:
            response = asked.take(serving.answer(seen))
        if response is not None:
            return response
        with asked.genuinely():
            return asked.recorded(genuine(self, request), partial(asked.ask_again, genuine))

    return handle_request


def _async(
    plugin: type[HttpPlugin], library: str, genuine: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    httpx = sys.modules[library]

    @wraps(genuine)
    async def handle_async_request(self: Any, request: Any) -> Any:
        seen = _seen(request)
        serving = plugin.serving(plugin.request, seen)
        if serving is None or request.url.scheme not in _SCHEMES:
            return await genuine(self, request)
        stream = request.stream
        is_plain = type(stream) is httpx.ByteStream  # which needs no event loop to be read
        sent = list(stream) if is_plain else [part async for part in stream]
        asked = _Asked(serving, httpx, self, request, seen, sent, running_backend())
        await checkpoint(asked.backend)
        while not asked.is_answered:
            response = asked.take(await serving.answer_async(seen))
        if response is not None:
            return response
        with asked.genuinely():
            return asked.recorded(await genuine(self, request), partial(asked.ask_again_async, genuine))

    return handle_async_request


def _seen(request: Any) -> Request:
    """The request as it is sent: without what a URL says to the client only, and its host first."""
    url = str(request.url)
    if "#" in url:
        url = url.partition("#")[0]
    if "@" in url and request.url.userinfo:
        scheme, _, rest = url.partition("://")
        url = f"{scheme}://{rest.partition('@')[2]}"
    fields: list[tuple[bytes, bytes]] = request.headers.raw
    if fields and fields[0][0].lower() != b"host":
        fields.sort(key=lambda field: field[0].lower() != b"host")
    return Request(request.method, url, tuple(chain.from_iterable(fields)))


@lru_cache(maxsize=64)  # a client sends mostly the same
def _looked_at(raw: tuple[bytes, ...]) -> tuple[bool, bytes | None]:
    """Whether header fields are such as HTTP/1.1 allows, and the length of the body that they state."""
    text = b"\0".join((*raw, b""))
    is_legal = _LEGAL_FIELDS(text) is not None and text.count(b"\0") == len(raw)  # what is legal has no NUL
    lengths = [
        value for name, value in zip(raw[::2], raw[1::2], strict=True) if name.lower() == b"content-length"
    ]
    if not lengths:
        return is_legal, None
    return is_legal and len(lengths) == 1 and lengths[0].isdigit(), lengths[-1]


class _Asked:
    """A request that is to be answered; what sync and async have in common."""

    def __init__(
        self,
        serving: HttpPlugin,
        httpx: ModuleType,
        transport: Any,
        request: Any,
        seen: Request,
        sent: list[bytes],
        backend: Backend,
    ) -> None:
        self._serving, self._httpx, self._transport = serving, httpx, transport
        self._request, self._sent, self.backend = request, sent, backend
        self._seen = seen
        self._interaction: Interaction
        self._failures = 0
        self.is_answered = False
        self._wire = Wire(httpx, request.url, backend)
        self._is_asked_twice = False
        seen.body = b"".join(sent)
        if serving.verifier.scribe is not None:
            seen.socket = _socket_of(transport)
        self._check(len(seen.body))

    def take(self, answer: Answer) -> Any:
        """The response that an answer stands for, or None: for the genuine one, or for trying anew.

        Raises:
            BaseException: what the answer stands for.
        """
        self._interaction = answer.interaction
        if answer.raises is not None:
            raise answer.raises
        value = answer.value
        if isinstance(value, Failure):
            self._failures += 1
            error = self._wire.failed(value)
            answer.interaction.complete(raised=error)
            if value.is_met_connecting and self._failures <= self._retries():
                return None
            raise error from error.__cause__
        self.is_answered = True
        self._is_asked_twice = getattr(answer, "is_asked_twice", False)
        return self._response(value) if value is not None else None

    def _response(self, reply: Reply) -> Any:
        if reply.delay:
            self._wait(reply.delay)
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.pairs]
        extensions: dict[str, Any] = {"http_version": reply.http_version.encode()}
        if reply.http_version == "HTTP/2":
            fields = [(name.lower(), value) for name, value in fields]
            extensions.update(network_stream=self._wire.network_stream(), stream_id=1)
        else:
            extensions["reason_phrase"] = reply.reason.encode("latin-1", "replace")
            extensions["network_stream"] = self._wire.network_stream()
        return self._httpx.Response(
            reply.status, headers=fields, stream=self._stream(reply), extensions=extensions
        )

    def _wait(self, delay: float) -> None:
        """Let no time pass; but a client that waits less finds its timeout.

        Raises:
            ReadTimeout: httpx's.
        """
        read = self._request.extensions.get("timeout", {}).get("read")
        if read is not None and read <= delay:
            error = self._wire.timed_out()
            self._interaction.complete(status=None, response_headers=None, response_body=None, raised=error)
            raise error from error.__cause__

    def _stream(self, reply: Reply) -> Any:
        body = reply.body_for(self._seen.method)
        if reply.parts is None and len(body) <= bodies.PIECE:
            return bodies.whole(self._httpx)(body)
        parts = iter((body,)) if reply.parts is None else reply.parts
        stated = str(reply.headers.get("content-length", "")) if reply.parts is not None else ""
        length = int(stated) if stated.isdigit() else None
        return bodies.scripted(self._httpx)(parts, self._wire, self._interaction, length)

    def _check(self, size: int) -> None:
        """Refuse what HTTP/1.1 does not allow to be sent, as httpx's core does.

        Raises:
            LocalProtocolError: httpx's; for a body of another length h11's, which httpx lets through.
        """
        raw: Any = self._seen.raw_headers
        is_legal, stated = _looked_at(raw)
        if not is_legal or not _LEGAL_NAME(self._seen.method):
            self._refuse_illegal()
        if stated is not None and int(stated) != size:
            import h11

            much = "little" if size < int(stated) else "much"
            raise h11.LocalProtocolError(f"Too {much} data for declared Content-Length") from None

    def _refuse_illegal(self) -> None:
        import h11  # not when a program starts: few make it

        request = self._request
        try:
            h11.Request(method=self._seen.method, target=request.url.raw_path, headers=request.headers.raw)
        except h11.LocalProtocolError as illegal:
            error = self._wire.illegal(illegal)
            raise error from error.__cause__

    def _retries(self) -> int:
        """How often the transport tries anew to connect: neither library tells it in public."""
        try:
            retries: int = self._transport._pool._retries
        except AttributeError:
            owner = f"{self._httpx.__name__}:HTTPTransport"
            raise TripwireError(
                _messages.seam_moved(type(self._serving), Target(owner, "_pool._retries", lambda held: held)),
                code="unsupported-version",
            ) from None
        return retries

    # -- the genuine call

    @contextmanager
    def genuinely(self) -> Iterator[None]:
        """Let the genuine transport send the body, which has been read; record what it raises."""
        with self._replaying():
            try:
                yield
            except BaseException as error:
                self._interaction.complete(raised=error)
                raise

    @contextmanager
    def _replaying(self) -> Iterator[None]:
        request, stream = self._request, self._request.stream
        request.stream = bodies.replaying(self._httpx)(self._sent)
        try:
            yield
        finally:
            request.stream = stream

    def recorded(self, response: Any, again: Callable[[], Any]) -> Any:
        """The genuine response, which records what is read from it; `again` asks for another."""
        self._interaction.complete(**_head_of(response))
        after = again if self._is_asked_twice else None
        response.stream = bodies.recording(self._httpx)(response.stream, self._interaction, after)
        return response

    def ask_again(self, genuine: Callable[..., Any]) -> None:
        """Send the request once more, for the record alone: what fails here does not concern the program."""
        with suppress(Exception), self._replaying():
            response = genuine(self._transport, self._request)
            body = b"".join(response.stream)
            response.stream.close()
            self._serving.asked_twice(self._interaction, {**_head_of(response), "response_body": body})

    async def ask_again_async(self, genuine: Callable[..., Any]) -> None:
        """The same for an async client."""
        with suppress(Exception), self._replaying():
            response = await genuine(self._transport, self._request)
            body = b"".join([part async for part in response.stream])
            await response.stream.aclose()
            self._serving.asked_twice(self._interaction, {**_head_of(response), "response_body": body})


def _head_of(response: Any) -> dict[str, Any]:
    return {"status": response.status_code, "response_headers": Headers.decoded(response.headers.raw)}


def _socket_of(transport: Any) -> str:
    """The Unix socket by which a transport goes: neither library tells it in public."""
    return str(getattr(getattr(transport, "_pool", None), "_uds", None) or "")
