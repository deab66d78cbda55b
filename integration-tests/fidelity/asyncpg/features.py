"""What of asyncpg is there over a script: its members, and the scenarios that play them. The guide shows this table."""

from __future__ import annotations

FEATURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "statements": (
        "connections",
        ("Connection.execute", "Connection.fetch", "Connection.fetchrow", "Connection.fetchval"),
    ),
    "statements for many rows": ("statements", ("Connection.executemany", "Connection.fetchmany")),
    "prepared statements": (
        "statements",
        (
            "Connection.prepare",
            "PreparedStatement.executemany",
            "PreparedStatement.explain",
            "PreparedStatement.fetch",
            "PreparedStatement.fetchmany",
            "PreparedStatement.fetchrow",
            "PreparedStatement.fetchval",
            "PreparedStatement.get_attributes",
            "PreparedStatement.get_name",
            "PreparedStatement.get_parameters",
            "PreparedStatement.get_query",
            "PreparedStatement.get_statusmsg",
        ),
    ),
    "cursors, iterated and read by hand": (
        "cursors",
        (
            "Connection.cursor",
            "PreparedStatement.cursor",
            "Cursor.fetch",
            "Cursor.fetchrow",
            "Cursor.forward",
        ),
    ),
    "transactions, nested and by hand": (
        "transactions",
        (
            "Connection.is_in_transaction",
            "Connection.transaction",
            "Transaction.commit",
            "Transaction.rollback",
            "Transaction.start",
        ),
    ),
    "COPY": (
        "copying",
        (
            "Connection.copy_from_query",
            "Connection.copy_from_table",
            "Connection.copy_records_to_table",
            "Connection.copy_to_table",
        ),
    ),
    "listeners and loggers": (
        "listeners",
        (
            "Connection.add_listener",
            "Connection.add_log_listener",
            "Connection.add_query_logger",
            "Connection.add_termination_listener",
            "Connection.remove_listener",
            "Connection.remove_log_listener",
            "Connection.remove_query_logger",
            "Connection.remove_termination_listener",
        ),
    ),
    "codecs and housekeeping": (
        "connections",
        (
            "Connection.query_logger",
            "Connection.reload_schema_state",
            "Connection.reset",
            "Connection.reset_type_codec",
            "Connection.set_builtin_type_codec",
            "Connection.set_type_codec",
        ),
    ),
    "what a connection tells": (
        "connections",
        (
            "Connection.get_server_pid",
            "Connection.get_server_version",
            "Connection.get_settings",
            "Connection.is_closed",
        ),
    ),
    "timeouts, cancellation, the end": ("time", ("Connection.close", "Connection.terminate")),
    "pools": (
        "lending",
        (
            "Pool.acquire",
            "Pool.close",
            "Pool.copy_from_query",
            "Pool.copy_from_table",
            "Pool.copy_records_to_table",
            "Pool.copy_to_table",
            "Pool.execute",
            "Pool.executemany",
            "Pool.expire_connections",
            "Pool.fetch",
            "Pool.fetchmany",
            "Pool.fetchrow",
            "Pool.fetchval",
            "Pool.get_idle_size",
            "Pool.get_max_size",
            "Pool.get_min_size",
            "Pool.get_size",
            "Pool.is_closing",
            "Pool.release",
            "Pool.terminate",
        ),
    ),
}

LEFT_OUT: dict[str, str] = {
    "Connection.get_reset_query": "gives a text that asyncpg makes of the server's version",
    "Pool.get_init_size": "gives what `create_pool` was called with",
    "Pool.set_connect_args": "changes what a later connection is opened with, and asks no server",
}


def table() -> str:
    """The table as the guide shows it."""
    rows = [
        f"| {feature} | {_members(members)} | `test_{module}.py` |"
        for feature, (module, members) in FEATURES.items()
    ]
    return "\n".join(rows)


def _members(members: tuple[str, ...]) -> str:
    by_class: dict[str, list[str]] = {}
    for member in members:
        kind, _, name = member.partition(".")
        by_class.setdefault(kind, []).append(f"`{name}`")
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in by_class.items())
