"""The authorities' certificates, which a client loads for every new context: inside a sandbox, when it needs them.

A fresh `httpx.get` or `urlopen` spends some 30 ms on loading them, and a mocked call never looks at them. Only the
bundles of the system, of certifi and of the run's environment are put off: those are there, and in order.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Any

from tripwire._patching import Target

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._plugin import HttpPlugin

_OWNER = "ssl:SSLContext"
_PUT_OFF = "_tripwire_put_off"
_loads = threading.Lock()
_NEEDING = ("wrap_socket", "wrap_bio", "get_ca_certs", "cert_store_stats")


def targets(_plugin: type[HttpPlugin]) -> Iterable[Target]:
    """What loads certificates."""
    for name in ("load_verify_locations", "set_default_verify_paths"):
        yield Target(_OWNER, name, _loading)


def _loading(genuine: Callable[..., None]) -> Callable[..., None]:
    @wraps(genuine)
    def load(self: Any, *args: Any, **kwargs: Any) -> None:
        usual = sys.modules["ssl"].SSLContext
        if type(self) not in (usual, _lazy(usual)) or not _are_usual(*args, **kwargs):
            return genuine(self, *args, **kwargs)
        vars(self).setdefault(_PUT_OFF, []).append(partial(genuine, self, *args, **kwargs))
        self.__class__ = _lazy(usual)
        return None

    return load


def _are_usual(cafile: Any = None, capath: Any = None, cadata: Any = None) -> bool:
    """Whether certificates come from nowhere else than the system, certifi and the run's environment."""
    if cadata is not None or _environment() != _AT_START:
        return False
    certifi = sys.modules.get("certifi")
    known = (*_AT_START, *_places_of_system(), certifi.where() if certifi is not None else None)
    return all(place is None or (place in known and os.path.exists(place)) for place in (cafile, capath))


def _environment() -> tuple[str | None, str | None]:
    return os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")


_AT_START = _environment()


@lru_cache(maxsize=1)
def _places_of_system() -> tuple[str, str]:
    paths = sys.modules["ssl"].get_default_verify_paths()
    return paths.openssl_cafile, paths.openssl_capath


@lru_cache(maxsize=2)
def _lazy(usual: Any) -> Any:
    """The class of contexts whose certificates are put off. Each becomes a usual one when it needs them."""

    def needing(name: str) -> Callable[..., Any]:
        genuine = getattr(usual, name)

        @wraps(genuine)
        def needs(self: Any, *args: Any, **kwargs: Any) -> Any:
            with _loads:  # another thread may be about to use the same context
                for load in vars(self).pop(_PUT_OFF, ()):
                    load()
                self.__class__ = usual
            return genuine(self, *args, **kwargs)

        return needs

    names = {"__module__": usual.__module__, "__doc__": usual.__doc__}
    return type(usual.__name__, (usual,), {**names, **{name: needing(name) for name in _NEEDING}})
