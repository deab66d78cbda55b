"""Where a scripted server deliberately looks different from a real one. The guide's table is made from this one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """What differs, and why it does."""

    what: str
    why: str


DIFFERENCES: dict[str, Difference] = {
    "sql": Difference(
        "No SQL is run or checked: what is wrong with a query is an error only where the script says so (`raises=`).",
        "The server is a script. The step tells what the database would.",
    ),
    "arguments": Difference(
        "Arguments and results cross as they are: no value is refused for its type, converted or rounded.",
        "The types of a statement's arguments are known to a database only.",
    ),
    "codecs": Difference(
        "`set_type_codec` succeeds for every name, and no encoder or decoder is called: script the decoded value.",
        "Values cross as they are.",
    ),
    "types": Difference(
        "`get_parameters()` and `get_attributes()` tell their number and the columns' names; each type is `object`.",
        "As for arguments.",
    ),
    "names": Difference(
        'A second `prepare(..., name="x")` of the same name is not refused.',
        "The step of the second one says whether it is.",
    ),
    "statuses": Difference(
        "`get_statusmsg()` of a prepared statement counts the scripted rows: after an `UPDATE` without `RETURNING` "
        "`UPDATE 0`, unless its `fetch` step returns the status.",
        "A step returns rows or a status, and which of them it is only the script can tell.",
    ),
    "copied rows": Difference(
        "The status of a COPY counts lines (tuples in binary format), a header and a line break in a value among them.",
        "The data is not read. For COPY into a table the step may return the status.",
    ),
    "notify": Difference(
        "`NOTIFY` and `pg_notify` reach nobody; a `notify` step reaches the connections that listen.",
        "No SQL is run.",
    ),
    "notices": Difference(
        "A notice comes when its call has returned, and so has no `query`.",
        "The server does by itself what its script says between two calls.",
    ),
    "server": Difference(
        "The version is 17.0, settings are a fresh server's, and process ids are greater than any of Linux's.",
        "No server is there to have others.",
    ),
    "outer timeouts": Difference(
        "`asyncio.timeout()` and `wait_for()` around a call know nothing of a `delay`; use `delay=math.inf` for them.",
        "They are timers of the program's own event loop, which runs in real time.",
    ),
}
