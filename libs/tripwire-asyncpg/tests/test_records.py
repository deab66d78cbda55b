"""Scripted rows are genuine records: compared point by point with records asyncpg makes itself."""

import collections.abc
import copy
import json
import operator
import pickle
import re
import sys
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from asyncpg.protocol import protocol

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]
AssertAll = Callable[[], list[str]]
Look = Callable[[Any], object]


def genuine(values: dict[str, Any]) -> asyncpg.Record:
    return protocol._create_record({name: n for n, name in enumerate(values)}, tuple(values.values()))


class Index:
    def __index__(self) -> int:
        return 1


def match(record: asyncpg.Record) -> str:
    match record:
        case {"id": _}:
            return "mapping"
        case (_, _):
            return "sequence"
        case _:
            return "neither"


def item(key: object) -> Look:
    return lambda r: r[key]


POINTS: dict[str, Look] = {
    "repr": repr,
    "str": str,
    "format": lambda r: f"{r}",
    "format spec": lambda r: f"{r:>3}",
    "format field": lambda r: "{[id]}".format(r),  # noqa: UP032
    "%": lambda r: "%(id)s" % r,  # noqa: UP031
    "format_map": lambda r: "{id}".format_map(r),
    **{f"[{key!r}]": item(key) for key in (0, -1, 2, -3, "id", "zz", 1.0, None, True, b"id", 10**30)},
    "[[]]": lambda r: r[[]],
    "[()]": lambda r: r[()],
    "[index]": lambda r: r[Index()],
    "slice": lambda r: (r[0:1], r[::-1], r[5:]),
    "iteration": list,
    "reversed": lambda r: list(reversed(r)),
    "keys": lambda r: list(r.keys()),
    "values": lambda r: list(r.values()),
    "items": lambda r: list(r.items()),
    "types": lambda r: [type(one).__name__ for one in (iter(r), r.keys(), r.values(), r.items())],
    "len keys": lambda r: len(r.keys()),
    "len items": lambda r: len(r.items()),
    "hint": lambda r: operator.length_hint(r.items()),
    "twice": lambda r: (list(i := r.items()), list(i), list(k := r.keys()), list(k)),
    "get": lambda r: (r.get("id"), r.get("zz"), r.get("zz", 5), r.get(0)),
    "get by keyword": lambda r: r.get("zz", default=5),
    "contains": lambda r: ("id" in r, "Alice" in r, 1 in r, 0 in r),
    "len": len,
    "bool": bool,
    "hash": hash,
    "== record": lambda r: (r == genuine({"id": 1, "name": "Alice"}), r == genuine({"a": 1, "b": "Alice"})),
    "!= record": lambda r: (
        r != genuine({"id": 1, "name": "Alice"}),
        r != genuine({"id": 2, "name": "Alice"}),
    ),
    "== tuple": lambda r: (r == (1, "Alice"), r == (1, "Alice"), r == (1,)),
    "== list": lambda r: (r == [1, "Alice"], r != [1, "Alice"], r == [1, "Alice"]),
    "== other": lambda r: (r == 1, r == None, r != "x"),  # noqa: E711
    "order": lambda r: (
        r < (2,),
        r > (0,),
        r <= r,
        r < (2, "A"),
        sorted([genuine({"a": 2}), genuine({"a": 1})]),
    ),
    "< list": lambda r: r < [2],
    "< dict": lambda r: r < {},
    "dict": lambda r: (dict(r), dict(**r), {**r}),
    "update": lambda r: (d := {}, d.update(r)),
    "tuple": lambda r: (tuple(r), [*r]),
    "dict |": lambda r: {} | r,
    "classes": lambda r: [
        isinstance(r, kind)
        for kind in (
            asyncpg.Record,
            tuple,
            collections.abc.Mapping,
            collections.abc.Sequence,
            collections.abc.Iterable,
            collections.abc.Sized,
            collections.abc.Hashable,
        )
    ],
    "setitem": lambda r: operator.setitem(r, "id", 2),
    "delitem": lambda r: operator.delitem(r, "id"),
    "attribute": lambda r: r.id,
    "setattr": lambda r: setattr(r, "x", 1),
    "__dict__": lambda r: r.__dict__,
    "add": lambda r: r + r,
    "mul": lambda r: r * 2,
    "index": lambda r: r.index("Alice"),
    "dir": lambda r: [name for name in dir(r) if name not in (*dir(object), "__module__")],
    "match": match,
    "json": lambda r: json.dumps(dict(r)),
    "json itself": lambda r: json.dumps(r),
    "sizeof": sys.getsizeof,
    "weakref": lambda r: __import__("weakref").ref(r),
    "pickle": pickle.dumps,
    "pickle 0": lambda r: seen(lambda r: pickle.dumps(r, 0), r)[0],  # in other words, as for any subclass
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "name": lambda r: (type(r).__name__, type(r).__module__, type(r).__qualname__, type(r).__doc__),
    "end": lambda r: next(iter(r[2:])),
    "gc": lambda r: __import__("gc").is_tracked(r),
}
ON_OTHERS: dict[str, tuple[dict[str, Any], Look]] = {
    "empty": ({}, lambda r: (repr(r), len(r), bool(r), list(r), hash(r))),
    "unhashable": ({"a": []}, hash),
    "uncomparable": ({"a": 1}, lambda r: r < genuine({"a": "x"})),
    "nested": ({"a": genuine({"b": 1})}, repr),
}
CASES: dict[str, tuple[dict[str, Any], Look]] = {
    **{name: ({"id": 1, "name": "Alice"}, look) for name, look in POINTS.items()},
    **ON_OTHERS,
}


def seen(look: Look, record: asyncpg.Record) -> Any:
    try:
        return look(record)
    except Exception as error:  # noqa: BLE001 - every error is an observation
        # A class of Python's own making is named without its module where C code names it.
        return type(error), re.sub(r"\basyncpg(\.protocol\.record)?\.Record\b", "Record", str(error))


@pytest.mark.parametrize("name", CASES)
async def test_a_scripted_row_is_a_genuine_record(
    scripted: Scripted, name: str, assert_all: AssertAll
) -> None:
    values, look = CASES[name]
    scripted(("fetchrow", values))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        record = await conn.fetchrow("SELECT")
    assert seen(look, record) == seen(look, genuine(values))
    assert_all()


@pytest.mark.parametrize("name", CASES)
def test_a_record_made_by_hand_is_a_genuine_one(name: str) -> None:
    values, look = CASES[name]
    assert seen(look, tripwire.asyncpg.record(**values)) == seen(look, genuine(values))


async def test_the_one_addition_is_equality_with_mappings(scripted: Scripted, assert_all: AssertAll) -> None:
    values = {"id": 1, "name": "Alice"}
    scripted(("fetch", [values, {"id": 2, "name": "Bob"}]), ("fetch", [values]))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h")
        rows = await conn.fetch("SELECT")
        plain = await conn.fetch("SELECT", record_class=asyncpg.Record)
    assert rows == [values, {"id": 2, "name": "Bob"}]
    assert [values, {"id": 2, "name": "Bob"}] == rows
    assert rows[0] != {"id": 1}
    assert rows[0] != {"id": 1, "name": "Bob"}
    assert not rows[0] != values  # noqa: SIM202
    assert plain == [values]
    assert rows[0] == plain[0]
    assert_all()
