"""Values that a column never yields."""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
from typing import Any

import asyncpg

from verify.asyncpg.cases import Case, fetch, row, value
from verify.asyncpg.lies import JSON, KEY, NOON, with_json


class Mood(str, enum.Enum):
    """As programs have it."""

    HAPPY = "happy"


AWARE = NOON.replace(tzinfo=datetime.timezone.utc)


def of(
    column: str, said: Any, true: str, shown: str = "", table: str = "customers", *more: str, **options: Any
) -> Case:
    """A value of a column."""
    shown = shown or f"{said!r}, {kind(said)}"
    lie = (f"column {column!r} is {shown}", true, *more)
    return row(f"SELECT {column} FROM {table}", gives={column: said}, lies=[lie], **options)


def kind(said: Any) -> str:
    """In words."""
    name = type(said).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


VALUES = {
    "float for numeric": of(
        "price", 9.5, "numeric(10,2) comes as Decimal('9.50'), a Decimal", table="products"
    ),
    "int for a sum": fetch(
        "SELECT sum(id) AS ids FROM customers",
        gives=[{"ids": 5}],
        lies=[("column 'ids' is 5, an int", "numeric comes as Decimal('5'), a Decimal")],
    ),
    "int for double precision": of("discount", 1, "double precision comes as 1.0, a float", table="products"),
    "str for uuid": of("key", str(KEY), f"uuid comes as UUID('{KEY}'), a UUID"),
    "str for date": of("born", "2026-03-01", "date: 'str' object has no attribute 'toordinal'"),
    "datetime for date": of("born", NOON, "date comes as datetime.date(2026, 3, 1), a date"),
    "str for timestamptz": of(
        "joined",
        "2026-03-01",
        "timestamp with time zone: expected a datetime.date or datetime.datetime instance, got 'str'",
    ),
    "str for inet": of("seen_from", "10.0.0.1", "inet comes as IPv4Address('10.0.0.1'), an IPv4Address"),
    "bool for int": of("stock", True, "smallint comes as 1, an int", table="products"),
    "int for bool": of("active", 1, "boolean: a boolean is required (got type int)"),
    "tuple for array": of("tags", ("a",), "text[] comes as ['a'], a list"),
    "a value in an array": of("weights", [1.5], "numeric[] comes as [Decimal('1.5')]", table="products"),
    "naive for aware": of("joined", NOON, f"timestamp with time zone comes as {AWARE!r}"),
    "aware for naive": of(
        "placed",
        AWARE,
        "timestamp(0) without time zone: can't subtract offset-naive and offset-aware datetimes",
        table="orders",
    ),
    "microseconds where there are none": of(
        "placed",
        NOON.replace(microsecond=7),
        f"timestamp(0) without time zone comes as {NOON!r}",
        table="orders",
    ),
    "dict for jsonb": of("settings", {"a": 1}, "jsonb: expected str, got dict", "", "customers", JSON),
    "dict that JSON does not have": of("settings", {1: "a"}, "jsonb comes as {'1': 'a'}", setup=with_json),
    "int for text": of("name", 5, "text: expected str, got int"),
    "too long": of("nick", "Augusta Ada", "character varying(8) comes as 'Augusta '"),
    "without its blanks": of("code", "ab", "character(4) comes as 'ab  '"),
    "too many digits": of(
        "price",
        decimal.Decimal("123456789.5"),
        "numeric(10,2): numeric field overflow (A field with precision 10, scale 2 must round to an absolute "
        "value less than 10^8.)",
        table="products",
    ),
    "too small a fraction": of(
        "price",
        decimal.Decimal("1.005"),
        "numeric(10,2) comes as Decimal('1.01')",
        table="products",
    ),
    "overflow": of("id", 2**31, "integer: value out of int32 range", table="products"),
    "a label": of("mood", "angry", "mood has the labels 'happy', 'sad', 'curious'"),
    "a label in an array": of(
        "history",
        ["new", "lost"],
        "order_state[] has the labels 'new', 'paid', 'shipped', 'returned'",
        table="orders",
    ),
    "an enum of Python's": of("mood", Mood.HAPPY, "mood comes as 'happy', a str", f"{Mood.HAPPY!r}, a Mood"),
    "a dict for a composite": of(
        "home",
        {"street": "Elm", "city": "Ely", "zip": None},
        "address comes as <Record street='Elm' city='Ely' zip=None>, a Record",
        "",
        "customers",
        "write tripwire.asyncpg.record(street='Elm', city='Ely', zip=None)",
    ),
    "a range that PostgreSQL writes otherwise": of(
        "sizes",
        asyncpg.Range(1, 5, upper_inc=True),
        "int4range comes as <Range [1, 6)>",
        table="products",
    ),
    "a domain's check": of(
        "price",
        decimal.Decimal(-1),
        'positive: value for domain positive violates check constraint "positive_check"',
        table="products",
    ),
    "str for bytes": of(
        "photo", "jpg", "bytea: a bytes-like object is required, not 'str'", table="products"
    ),
    "int for interval": of("took", 5, "interval: 'int' object has no attribute 'days'", table="orders"),
    "a network for an address": of(
        "seen_from",
        ipaddress.ip_network("10.0.0.0/8"),
        "inet comes as IPv4Interface('10.0.0.0/8'), an IPv4Interface",
    ),
    "of a procedure without a result": value(
        "SELECT pg_notify('a', 'b')",
        gives="done",
        lies=[("column 'pg_notify' is 'done', a str", "void is None")],
    ),
    "one of several rows": fetch(
        "SELECT id, price FROM products",
        gives=[
            {"id": 1, "price": decimal.Decimal("1")},
            {"id": "2", "price": 2.5},
            {"id": "3", "price": 2.5},
        ],
        lies=[
            (
                "column 'id' of row 2 is '2', a str",
                "integer: 'str' object cannot be interpreted as an integer",
            ),
            ("column 'price' of row 2 is 2.5, a float", "numeric(10,2) comes as Decimal('2.50'), a Decimal"),
        ],
    ),
    "the second column": value(
        "SELECT id, price FROM products",
        gives=5,
        call={"column": 1},
        lies=[("column 'price' is 5, an int", "numeric(10,2) comes as Decimal('5.00'), a Decimal")],
    ),
}
NULLS = {
    "of a column that is NOT NULL": of("name", None, "it comes from a column that is NOT NULL", "None"),
    "of a primary key, in a subquery": fetch(
        "SELECT x.id, x.email FROM (SELECT id, email FROM customers) x",
        gives=[{"id": 1, "email": None}, {"id": None, "email": None}],
        lies=[("column 'id' of row 2 is None", "it comes from a column that is NOT NULL")],
    ),
    "of a partitioned table": of("state", None, "it comes from a column that is NOT NULL", "None", "orders"),
    "of what was inserted": row(
        "INSERT INTO audit.log (what) VALUES ($1) RETURNING id, detail",
        "x",
        gives={"id": None, "detail": None},
        lies=[("column 'id' is None", "it comes from a column that is NOT NULL")],
    ),
}
