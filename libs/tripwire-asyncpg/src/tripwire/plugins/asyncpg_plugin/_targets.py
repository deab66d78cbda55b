"""What is patched: where connections are made, and the methods that tell what is done with them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from tripwire import Source, Target
from tripwire.plugins.asyncpg_plugin import _connecting, _pools, _seam
from tripwire.plugins.asyncpg_plugin._methods import SET_CODECS, Methods
from tripwire.plugins.asyncpg_plugin._operation import HOUSEKEEPING, TRANSACTION

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._plugin import AsyncpgPlugin

STATEMENTS = {
    **{
        name: name
        for name in ("execute", "executemany", "fetch", "fetchrow", "fetchval", "fetchmany", "prepare")
    },
    "add_listener": "listen",
    "remove_listener": "unlisten",
}
COPIES = {
    "copy_from_table": "copy_out",
    "copy_from_query": "copy_out",
    "copy_to_table": "copy_in",
    "copy_records_to_table": "copy_in",
}
_PREPARED = ("executemany", "fetch", "fetchmany", "fetchrow", "fetchval")
_CURSORS = (
    "CursorFactory.__await__",
    "Cursor.fetch",
    "Cursor.fetchrow",
    "Cursor.forward",
    "CursorIterator.__anext__",
)
_HOUSEKEEPING = ("reset", "_reset", *SET_CODECS)
_TRANSACTION = {"start": "begin", "commit": "commit", "rollback": "rollback", "__aexit__": "commit"}


@lru_cache(maxsize=4)
def of(plugin_class: type[AsyncpgPlugin]) -> tuple[Target, ...]:
    """The targets of a plugin class: the same ones for every test, so that what is made of them stays."""
    return tuple(_made(plugin_class))


def _made(plugin_class: type[AsyncpgPlugin]) -> Iterator[Target]:
    methods = Methods(plugin_class)
    yield Target(_seam.CONNECT_UTILS, "_connect", _connecting.connect(plugin_class))
    yield Target(_seam.CONNECT_UTILS, "_connect_addr", _connecting.connect_addr)
    yield Target(_seam.CONNECT_UTILS, "_cancel", _connecting.cancel)
    for name, method in STATEMENTS.items():
        yield Target(_seam.CONNECTION, name, methods.statement(name, method))
    for name, method in COPIES.items():
        yield Target(_seam.CONNECTION, name, methods.copy(name, method))
    for name in _HOUSEKEEPING:
        make = methods.unscripted(name, HOUSEKEEPING, Source(f"asyncpg.{name}"))
        yield Target(_seam.CONNECTION, name, make)
    for name, source in _TRANSACTION.items():
        make = methods.unscripted(f"transaction().{name}", TRANSACTION, getattr(plugin_class, source))
        yield Target(_seam.TRANSACTION, name, make)
    for name in _PREPARED:
        yield Target(_seam.STATEMENT, name, methods.prepared(name))
    for path in _CURSORS:
        owner, _, name = path.partition(".")
        yield Target(f"{_seam.CURSORS}.{owner}", name, methods.cursor(path))
    yield Target(_seam.CONNECTION, "transaction", methods.guarded("transaction", plugin_class.begin))
    yield Target(_seam.CONNECTION, "cursor", methods.guarded("cursor", plugin_class.cursor))
    yield Target(_seam.CONNECTION, "close", methods.close)
    yield from _pools.targets(plugin_class)
