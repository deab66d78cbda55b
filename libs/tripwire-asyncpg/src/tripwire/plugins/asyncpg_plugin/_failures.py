"""Scripted exceptions: which of them the server can send, and in which fields."""

from __future__ import annotations

from typing import Any

from tripwire.plugins.asyncpg_plugin import _real_seam, _seam
from tripwire.plugins.asyncpg_plugin._wire import fits

ENDS = ("57P01", "57P02", "57P03", "57P04", "57P05", "25P03")
"""The codes that a server gives only when it ends the connection."""


def wire_fields(error: BaseException, severity: str = "ERROR") -> dict[str, str] | None:
    """The fields of an ErrorResponse from which asyncpg makes an exception of the same class.

    None where it would make another one: then the given exception itself has to be raised.
    """
    if not isinstance(error, _seam.postgres_error()) or _real_seam.is_refused_value(error):
        return None
    fields = {
        code: str(value)
        for code, name in _seam.error_fields().items()
        if (value := getattr(error, name, None)) is not None
    }
    fields.setdefault("S", "FATAL" if fields.get("C") in ENDS else severity)
    fields.setdefault("V", fields["S"])
    fields["M"] = str(error.args[0]) if error.args else fields.get("M", "")
    if not all(map(fits, fields.values())):
        return None
    return fields if type(_seam.error_from(fields)) is type(error) else None


def ends_connection(fields: dict[str, str] | None) -> bool:
    """Whether a server that sends this closes the connection."""
    return fields is not None and fields["V"] in ("FATAL", "PANIC")


def as_raised(error: BaseException) -> BaseException:
    """The exception a failed connection attempt raises for a scripted one."""
    fields = wire_fields(error, "FATAL")
    return error if fields is None else _seam.error_from(fields)


def carrier(error: BaseException) -> dict[str, Any]:
    """An ErrorResponse that ends the operation, in place of which `error` is raised."""
    words = f"tripwire: {type(error).__name__} is raised by the caller".replace("\0", " ")
    return {"S": "ERROR", "V": "ERROR", "C": "XX000", "M": words}
