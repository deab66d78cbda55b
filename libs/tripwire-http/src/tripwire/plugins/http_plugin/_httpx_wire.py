"""What httpx finds beneath it in place of a connection: errors chained as by a real one, and the network stream."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Awaitable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from tripwire.plugins.http_plugin._url import DEFAULT_PORTS

if TYPE_CHECKING:
    from types import ModuleType

    import h11

    from tripwire.plugins.http_plugin._exchange import Failure

Backend = Literal["sync", "asyncio", "trio"]

_CORES = {"httpx": "httpcore", "httpx2": "httpcore2"}


def running_backend() -> Backend:
    """The async library that runs the caller."""
    trio = sys.modules.get("trio")
    if trio is not None:  # pragma: no branch - see below
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            return "asyncio"
        return "trio"
    return "asyncio"  # pragma: no cover - the tests of httpx import trio


def checkpoint(backend: Backend) -> Awaitable[None]:
    """To be awaited: let others run, and a cancellation arrive, as waiting for the network does."""
    is_trio = backend == "trio"
    waiting: Awaitable[None] = (
        sys.modules["trio"].lowlevel.checkpoint() if is_trio else sys.modules["asyncio"].sleep(0)
    )
    return waiting


class Wire:
    """One request's connection that is not there: `library` and `backend` say who would have used it."""

    __slots__ = ("_url", "backend", "library")

    def __init__(self, library: ModuleType, url: Any, backend: Backend) -> None:
        self.library, self._url, self.backend = library, url, backend

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the server."""
        return self._url.host, self._url.port or DEFAULT_PORTS[self._url.scheme]

    def network_stream(self) -> Any:
        """What a response says that it came by."""
        return _network_stream(self.library, self.backend == "sync")(self)

    # -- the exceptions of httpx

    def failed(self, failure: Failure) -> Exception:
        """What a failure raises instead of a response."""
        if failure.name == "timeout":
            return self.timed_out()
        error = failure.os_error()
        if failure.name == "read":
            return self._error("ReadError", self._broken(error))
        if failure.name == "connect" and self.backend != "sync":
            host, port = self.address
            tried = f"all attempts to connect to {host}:{port} failed"
            error = OSError(tried if self.backend == "trio" else "All connection attempts failed")
        elif failure.name == "tls" and self.backend == "trio":
            return self._error("ConnectError", sys.modules["trio"].BrokenResourceError())
        return self._error("ConnectError", error)

    def timed_out(self, *, in_body: bool = False) -> Exception:
        """What waiting too long for the server raises."""
        error: Exception = TimeoutError()
        if self.backend == "trio":
            error = sys.modules["trio"].TooSlowError()
        elif self.backend == "sync":
            is_tls = self._url.scheme == "https"
            error = TimeoutError("The read operation timed out" if is_tls else "timed out")
        return self._error("ReadTimeout", error, in_body=in_body)

    def broke(self, error: OSError) -> Exception:
        """What a connection that breaks in the middle of a body raises."""
        if isinstance(error, TimeoutError):
            return self.timed_out(in_body=True)
        return self._error("ReadError", self._broken(error), in_body=True)

    def ended_early(self, received: int, expected: int | None) -> Exception:
        """What a body that is shorter than its Content-Length, or ends amid its chunks, raises."""
        import h11

        lengths = f"received {received} bytes, expected {expected}"
        if expected is None:
            lengths = "incomplete chunked read"
        error = h11.RemoteProtocolError(
            f"peer closed connection without sending complete message body ({lengths})"
        )
        return self._error("RemoteProtocolError", error, in_body=True)

    def illegal(self, error: h11.LocalProtocolError) -> Exception:
        """What a request that HTTP does not allow raises."""
        return self._error("LocalProtocolError", error)

    def _broken(self, error: OSError) -> Exception:
        """An error of the system as the async library tells it."""
        if self.backend == "sync":
            return error
        if self.backend == "trio":
            told: Exception = sys.modules["trio"].BrokenResourceError(f"socket connection broken: {error}")
        else:
            told = importlib.import_module("anyio").BrokenResourceError()
        told.__cause__ = error
        return told

    def _error(self, name: str, inner: Exception, *, in_body: bool = False) -> Exception:
        """The exception of this name of httpx, from that of its core, from what the core met."""
        httpcore = _core(self.library)
        core: Exception = getattr(httpcore, name)(inner)
        # Both cores hide what they met before there was a response; httpcore hides it later, too.
        core.__suppress_context__ = True
        if in_body and httpcore.__name__ != "httpcore":
            core.__cause__ = inner
        error: Exception = getattr(self.library, name)(str(core))
        error.__cause__ = core
        return error


def _core(library: ModuleType) -> ModuleType:
    """The library's core, which it imports as late itself."""
    return importlib.import_module(_CORES[library.__name__])


@lru_cache(maxsize=2 * len(_CORES))
def _network_stream(library: ModuleType, is_sync: bool) -> Any:
    """The class, for one library, of network streams that have no network."""
    core = _core(library)

    class ScriptedNetworkStream(core.NetworkStream if is_sync else core.AsyncNetworkStream):  # type: ignore[misc]
        def __init__(self, wire: Wire) -> None:
            self._wire = wire

        def get_extra_info(self, info: str) -> Any:
            if info == "server_addr":
                return self._wire.address
            return {"client_addr": ("127.0.0.1", 0), "is_readable": False}.get(info)

    return ScriptedNetworkStream
