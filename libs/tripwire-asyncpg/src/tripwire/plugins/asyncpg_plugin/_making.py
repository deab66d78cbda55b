"""What tests make by hand: records for functions that take them, and errors with the fields a server sends."""

from __future__ import annotations

from typing import Any

from tripwire._errors import wrong_use
from tripwire._messages import nearest
from tripwire._values import is_a, short
from tripwire.plugins.asyncpg_plugin import _seam
from tripwire.plugins.asyncpg_plugin._wire import fits


def record(**values: Any) -> Any:
    """What `AsyncpgPlugin.record` gives."""
    from tripwire.plugins.asyncpg_plugin._records import make_record

    for name in values:
        if not fits(name):
            raise wrong_use(
                TypeError, f"a column's name must be text in UTF-8 without NUL, not {short(name)}"
            )
    return make_record(values)


def error(kind: Any, message: str = "", /, **fields: str) -> Any:
    """What `AsyncpgPlugin.error` gives."""
    by_name = {name: code for code, name in _seam.error_fields().items()}
    if is_a(kind, str):
        found = _seam.error_from({"C": kind, "M": message})
        if type(found).sqlstate != kind:  # type: ignore[attr-defined]
            raise wrong_use(TypeError, f'{short(kind)} is no code of an error; write for example "23505"')
    elif is_a(kind, type) and issubclass(kind, _seam.postgres_error()):
        found = kind(message)
    else:
        raise wrong_use(
            TypeError,
            f"{short(kind)} is no error that a server sends; write for example asyncpg.UniqueViolationError",
        )
    for name, value in fields.items():
        if name not in by_name or name in ("message", "sqlstate"):
            raise wrong_use(TypeError, f"an error has no field {name!r}; {nearest(name, by_name)}")
        if not is_a(value, str) or not fits(value):
            raise wrong_use(TypeError, f"{name}= must be text in UTF-8 without NUL, not {short(value)}")
        setattr(found, name, value)
    return found
