"""What is said of a script and a server that differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from tripwire._values import short
from tripwire.plugins.asyncpg_plugin import _verifying_seam as seam

if TYPE_CHECKING:
    from tripwire.plugins.asyncpg_plugin._verifying_values import Item

ONLY_SYNTAX = "a utility statement: nothing but its syntax can be checked without running it"
COLUMNS_AT_WORK = "the columns of a statement that a server knows only when it runs"
EMPTY = "a query without a statement"
LOCKED = "another session held a lock for too long"
NOT_ALLOWED = "the user of the verifying connection may not use what a statement names"
NOT_DESCRIBED = "the server or asyncpg could not describe a statement"
NOT_BOUND = "arguments that the server could not bind, for a reason that may lie in the moment"
CHECKED_BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"
CODEC_FAILED = "a codec of the program cannot encode the value that it is said to decode"
CODEC_NOT_SET = "a codec of the program could not be set"
OF_YOUR_OWN = "a value of a class of your own, which is not equal to what the codec decodes"
MAY_BE_NULL = "None in a column that is computed: whether it can be NULL is not known"
COPY_UNKNOWN = "a COPY that asyncpg has not written"
_JSON = (
    "without a codec asyncpg gives json as text: give a str, or let the program set one, "
    "with set_type_codec({!r}, encoder=..., decoder=..., schema='pg_catalog')"
)
_SHOWN_LABELS = 10


def of_no_type(shown: str) -> str:
    """Why a value is unchecked."""
    return f"a value of the pseudo-type {shown}"


def no_input(shown: str) -> str:
    """Why a value is unchecked."""
    return f"a value of the type {shown}, which a server did not take"


def _a(kind: type) -> str:
    name = kind.__name__
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def said(one: Item) -> str:
    """What a script says of a value."""
    return f"{one.where} is {short(one.value)}, {_a(type(one.value))}"


def true_value(one: Item, true: Any) -> str:
    """What a program gets instead."""
    kind = "" if type(true) is type(one.value) else f", {_a(type(true))}"
    return f"{one.type.shown} comes as {short(true)}{kind}"


def refused(one: Item, error: BaseException) -> str:
    """Why neither the server nor asyncpg takes a value."""
    if one.type.labels and seam.code_of(error):
        shown = ", ".join(map(repr, one.type.labels[:_SHOWN_LABELS]))
        more = len(one.type.labels) - _SHOWN_LABELS
        return f"{one.type.shown} has the labels {shown}{f' and {more} more' if more > 0 else ''}"
    detail = getattr(error, "detail", None)
    return f"{one.type.shown}: {seam.why_refused(error)}{f' ({detail})' if detail else ''}"


def how_to_json(one: Item) -> str:
    """How a script tells JSON, where it is that."""
    return _JSON.format(one.type.shown) if one.type.shown in ("json", "jsonb") and one.is_answer else ""


def how_to_record(true: Any) -> str:
    """How a script tells a record, where it is one."""
    if seam.is_record(true):
        fields = ", ".join(f"{name}={short(value)}" for name, value in true.items())
        return f"write tripwire.asyncpg.record({fields})"
    return ""


def names(given: Collection[str]) -> str:
    """Names of columns."""
    return ", ".join(map(repr, given)) if given else "none"


def column_names(said: Sequence[str], true: Sequence[str]) -> tuple[str, str, str]:
    """What a script says of the columns, what they are, and how they differ."""
    parts = []
    if missing := [name for name in dict.fromkeys(true) if name not in said]:
        parts.append(f"missing: {names(missing)}")
    if extra := [name for name in dict.fromkeys(said) if name not in true]:
        parts.append(f"not there: {names(extra)}")
    if twice := [name for name in dict.fromkeys(true) if true.count(name) > max(1, said.count(name))]:
        parts.append(
            f"more than once: {names(twice)} (write columns=[...] and rows as tuples, or rename one by AS)"
        )
    if not parts:
        parts.append("the order is another: it counts where rows are read by position")
    return f"the columns are {names(said)}", f"they are {names(true)}", "; ".join(parts)


def position(number: int, of: int) -> str:
    """Which statement of several."""
    return f"statement {number} of {of}" if of > 1 else "this statement"


CREATED = (
    "a statement about what the script itself creates, which is never run there: let `setup` in "
    "[tool.tripwire.verify] asyncpg create it"
)


def server_error(error: BaseException, query: str) -> str:
    """What a server says of a statement, and where in it."""
    message = str(getattr(error, "message", None) or error)
    place = getattr(error, "position", None)
    if place is None or not query:
        return message
    before = query[: int(place) - 1]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return f"{message} (at character {column}{f' of line {line}' if line > 1 else ''})"


_PLAIN = ("builtins", "decimal", "datetime", "uuid", "ipaddress")


def is_plain(value: Any) -> bool:
    """Whether equality of a value, and of all that is in it, is known to mean something."""
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    module = type(value).__module__
    return module in _PLAIN or module.startswith("asyncpg.")
