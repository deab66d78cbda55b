"""Content encodings: of what a real server sent."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def decoded(body: bytes, headers: Mapping[str, Any]) -> tuple[bytes, bool]:
    """A body without its content encodings; or as it is, and true, if it cannot be decoded."""
    names = [name.strip().lower() for name in str(headers.get("content-encoding", "")).split(",")]
    left = body
    try:
        for name in reversed([one for one in names if one and one != "identity"]):
            left = _DECODERS[name](left) if left else left
    except Exception:  # noqa: BLE001 - each of the libraries has errors of its own
        return body, True
    return left, False


def _gunzipped(body: bytes) -> bytes:
    left, found = body, b""
    while left:  # of several members
        member = zlib.decompressobj(31)
        found += member.decompress(left) + member.flush()
        left = member.unused_data
    return found


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -15)  # many a server leaves the wrapping out


def _by(modules: Iterable[str], body: bytes) -> bytes:
    for name in modules:
        try:
            module: Any = import_module(name)
        except ImportError:
            continue
        plain: bytes = module.decompress(body)
        return plain
    raise LookupError


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
    "br": lambda body: _by(("brotli", "brotlicffi"), body),
    "zstd": lambda body: _by(("compression.zstd", "zstandard"), body),
}
