"""httpx and httpx2, sync and async, at their own transports: everything above runs as it is."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._patching import Target
from tripwire.plugins.http_plugin._exchange import Reply, Request
from tripwire.plugins.http_plugin._headers import Headers

if TYPE_CHECKING:
    from types import ModuleType

    from tripwire._plugin import Answer
    from tripwire._timeline import Interaction
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_LIBRARIES = ("httpx", "httpx2")
_CORES = ("httpcore", "httpcore2")
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
        if serving is None:
            return genuine(self, request)
        seen.body = b"".join(request.stream)
        answer = serving.answer(seen)
        if (response := _scripted(httpx, seen, answer)) is not None:
            return response
        with _genuinely(httpx, request, seen.body, answer.interaction):
            response = genuine(self, request)
        return _recorded(httpx, response, answer.interaction)

    return handle_request


def _async(
    plugin: type[HttpPlugin], library: str, genuine: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    httpx = sys.modules[library]

    @wraps(genuine)
    async def handle_async_request(self: Any, request: Any) -> Any:
        seen = _seen(request)
        serving = plugin.serving(plugin.request, seen)
        if serving is None:
            return await genuine(self, request)
        seen.body = b"".join([part async for part in request.stream])
        answer = await serving.answer_async(seen)
        if (response := _scripted(httpx, seen, answer)) is not None:
            return response
        with _genuinely(httpx, request, seen.body, answer.interaction):
            response = await genuine(self, request)
        return _recorded(httpx, response, answer.interaction)

    return handle_async_request


def _seen(request: Any) -> Request:
    return Request(request.method, str(request.url), Headers.decoded(request.headers.raw))


def _scripted(httpx: ModuleType, request: Request, answer: Answer) -> Any:
    """The response the answer stands for, or None for the genuine one."""
    if answer.raises is not None:
        raise answer.raises
    reply: Reply | None = answer.value
    if reply is None:
        return None
    return httpx.Response(
        reply.status,
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.pairs],
        stream=httpx.ByteStream(reply.body_for(request.method)),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": reply.reason.encode()},
    )


@contextmanager
def _genuinely(httpx: ModuleType, request: Any, body: bytes, interaction: Interaction) -> Iterator[None]:
    """Let the genuine transport send the body, which has been read; record what it raises."""
    stream = request.stream
    request.stream = httpx.ByteStream(body)
    try:
        yield
    except BaseException as error:
        interaction.complete(raised=error)
        raise
    finally:
        request.stream = stream


def _recorded(httpx: ModuleType, response: Any, interaction: Interaction) -> Any:
    headers = Headers.decoded(response.headers.raw)
    interaction.complete(status=response.status_code, response_headers=headers)
    response.stream = _recording_stream(httpx)(response.stream, interaction)
    return response


@lru_cache(maxsize=len(_LIBRARIES))
def _recording_stream(httpx: ModuleType) -> Callable[[Any, Interaction], Any]:
    """The class, for one library, of response streams that record what the program reads from them."""

    class RecordingStream(httpx.SyncByteStream, httpx.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, genuine: Any, interaction: Interaction) -> None:
            self._genuine, self._interaction = genuine, interaction
            self._body = bytearray()

        def __iter__(self) -> Iterator[bytes]:
            with self._recording():
                for part in self._genuine:
                    self._body += part
                    yield part

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with self._recording():
                async for part in self._genuine:
                    self._body += part
                    yield part

        def close(self) -> None:
            self._complete()
            self._genuine.close()

        async def aclose(self) -> None:
            self._complete()
            await self._genuine.aclose()

        @contextmanager
        def _recording(self) -> Iterator[None]:
            try:
                yield
            except Exception as error:
                self._interaction.complete(raised=error)
                raise
            finally:
                self._complete()

        def _complete(self) -> None:
            self._interaction.complete(response_body=bytes(self._body))

    return RecordingStream
