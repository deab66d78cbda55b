"""urllib3, and so requests and botocore: its connections have a `connect` of their own, and exceptions for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._patching import Target
from tripwire.plugins.http_plugin import _subclasses
from tripwire.plugins.http_plugin._http_client import Client, connecting

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_POOL = "urllib3.connectionpool:HTTPConnectionPool"
_MODULE = "urllib3.connection"
_CONNECTION = f"{_MODULE}:HTTPConnection"

PUBLIC_NAMES = (
    "urllib3:request",
    "urllib3:PoolManager.request",
    "urllib3:PoolManager.urlopen",
    f"{_POOL}.ConnectionCls",
    f"{_POOL}.urlopen",
    "urllib3.connectionpool:HTTPSConnectionPool.ConnectionCls",
    f"{_CONNECTION}.connect",
    f"{_MODULE}:HTTPSConnection.connect",
)

_failing: ContextVar[Exception | None] = ContextVar("tripwire_http_failing", default=None)
"""The error that the socket being opened meets."""


def targets(plugin: type[HttpPlugin]) -> Iterable[Target]:
    """Where a connection is opened, and where an error of its socket becomes urllib3's own."""
    opening = partial(connecting, plugin, Client(_opened, _met, _failed))
    return (
        Target(_CONNECTION, "connect", opening),
        Target(f"{_MODULE}:HTTPSConnection", "connect", opening, optional=True),
        Target("urllib3.util.connection:", "create_connection", _creating),
        Target(_CONNECTION, "_new_conn", _making),
        _subclasses.target(plugin),
    )


def _making(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def _new_conn(self: Any, failing: Exception | None = None) -> Any:
        token = _failing.set(failing)
        try:
            return genuine(self)
        finally:
            _failing.reset(token)

    return _new_conn


def _creating(genuine: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(genuine)
    def create_connection(*args: Any, **kwargs: Any) -> Any:
        error = _failing.get()
        if error is not None:
            raise error
        return genuine(*args, **kwargs)

    return create_connection


def _met(connection: Any, error: Exception) -> Exception:
    """What urllib3's own code makes of an error that a socket meets while it is opened."""
    if not isinstance(error, OSError) or _is_of_tls(error):
        return error
    made: Exception = error
    try:
        # Not what a subclass has made of it, which may speak to a SOCKS proxy.
        sys.modules[_MODULE].HTTPConnection._new_conn(connection, failing=error)
    except Exception as raised:  # noqa: BLE001 - whatever urllib3 raises is what is asked for
        made = raised
    return made


def _failed(connection: Any, error: Exception) -> Exception:
    """Say of a connection that it was not opened, after the pool had seen that it was.

    To the pool an error of TLS has now come late, and it would keep less of it.
    """
    connection.is_verified = False
    if _is_newer(connection):  # pragma: no branch - urllib3 2.2
        connection._has_connected_to_proxy, connection.proxy_is_verified = False, None
    if not _is_newer(connection) or not _is_of_tls(error):
        return error
    made: Exception = sys.modules["urllib3.exceptions"].SSLError(error)
    made.__context__ = error
    return made


def _is_of_tls(error: Exception) -> bool:
    tls = sys.modules.get("ssl")
    return tls is not None and isinstance(error, tls.SSLError)


def _is_newer(connection: Any) -> bool:
    """Whether it is urllib3 2, and not 1.26."""
    return hasattr(connection, "_has_connected_to_proxy")


def _opened(connection: Any) -> None:
    """Say of a connection, and of its proxy, what a genuine one says: urllib3 warns of unverified ones."""
    is_tls = hasattr(connection, "cert_reqs")
    verified = is_tls and (_is_required(connection.cert_reqs) or bool(connection.assert_fingerprint))
    is_forwarded = getattr(connection, "proxy_is_forwarding", False)  # not known before 2.2
    connection.is_verified = verified and not is_forwarded
    proxy = connection.proxy
    if _is_newer(connection):  # pragma: no branch - urllib3 2.2
        connection._has_connected_to_proxy = bool(proxy)
    if proxy and _is_newer(connection):
        connection.proxy_is_verified = is_tls and proxy.scheme == "https" and _is_verified_proxy(connection)


def _is_verified_proxy(connection: Any) -> bool:
    """Whether a proxy's own certificate is verified, by its settings or those of the connection."""
    settings = connection.proxy_config
    context = getattr(settings, "ssl_context", None)
    required = _is_required(connection.cert_reqs if context is None else context.verify_mode)
    return required or bool(getattr(settings, "assert_fingerprint", None))


def _is_required(setting: Any) -> bool:
    """Whether a setting (a constant of `ssl`, its name, or None for the default) asks for a valid certificate."""
    resolved = sys.modules["urllib3.util.ssl_"].resolve_cert_reqs(setting)
    return bool(resolved == sys.modules["ssl"].CERT_REQUIRED)
