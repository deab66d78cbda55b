"""What aiohttp makes of the errors of its socket."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._exchange import Failure


def is_of_socket(error: BaseException) -> bool:
    """Whether aiohttp would make an exception of its own from an error; what is one, or a timeout, it raises."""
    is_timeout = (
        isinstance(error, (asyncio.TimeoutError, TimeoutError)) and getattr(error, "errno", None) is None
    )
    return (
        isinstance(error, OSError)
        and not is_timeout
        and not isinstance(error, sys.modules["aiohttp"].ClientError)
    )


def os_error(failure: Failure, req: Any, loop: asyncio.AbstractEventLoop) -> OSError:
    """What the socket of a connection raises."""
    error = failure.os_error()
    if failure.name == "connect" and isinstance(loop, asyncio.BaseEventLoop):
        url = req.proxy or req.url
        return type(error)(error.errno, f"Connect call failed {(url.raw_host, url.port)}")
    return error


def connector_error(req: Any, error: BaseException) -> Any:
    """The exception for an error that is met when a connection is made; None for any other."""
    aiohttp = sys.modules["aiohttp"]
    # An error of it is there only where it has been imported.
    if (tls := sys.modules.get("ssl")) is not None:  # pragma: no branch - the tests import it
        if isinstance(error, (tls.CertificateError, tls.SSLCertVerificationError)):
            return aiohttp.ClientConnectorCertificateError
        if isinstance(error, tls.SSLError):
            return aiohttp.ClientConnectorSSLError
    if isinstance(error, socket.gaierror):
        return getattr(aiohttp, "ClientConnectorDNSError", aiohttp.ClientConnectorError)
    if isinstance(error, ConnectionRefusedError) or type(error) is OSError:
        return aiohttp.ClientProxyConnectionError if req.proxy is not None else aiohttp.ClientConnectorError
    return None
