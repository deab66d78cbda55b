"""Scripts that are true: nothing may be told of them, and what cannot be checked is not called true."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import json
import uuid
from typing import Any

import asyncpg

from verify.asyncpg.cases import Case, execute, fetch, row, value
from verify.asyncpg.lies import KEY, NOON, with_json

MILLENNIUM = datetime.date(2000, 1, 1)
AWARE = NOON.replace(tzinfo=datetime.timezone.utc)


async def with_tuples(connection: Any) -> None:
    """Have dates as numbers, and decoded JSON in a way of one's own."""
    await connection.set_type_codec(
        "date",
        encoder=lambda value: ((value - MILLENNIUM).days,),
        decoder=lambda value: MILLENNIUM + datetime.timedelta(value[0]),
        schema="pg_catalog",
        format="tuple",
    )
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\1" + json.dumps(value).encode(),
        decoder=lambda value: json.loads(value[1:]),
        schema="pg_catalog",
        format="binary",
    )


def of(column: str, said: Any, table: str = "customers", **options: Any) -> Case:
    """A value of a column."""
    return row(f"SELECT {column} FROM {table}", gives={column: said}, **options)


STATEMENTS = {
    "rows": fetch("SELECT id, name FROM customers", gives=[{"id": 1, "name": "Ada"}]),
    "no rows": fetch("SELECT id, name FROM customers", gives=[]),
    "no row": row("SELECT id FROM customers WHERE id = $1", 1, gives=None),
    "no value": value("SELECT id FROM customers WHERE id = $1", 1, gives=None),
    "the second column": value("SELECT id, name FROM customers", gives="Ada", call={"column": 1}),
    "the last column": value("SELECT id, name FROM customers", gives="Ada", call={"column": -1}),
    "two columns of one name": fetch(
        "SELECT n.id, p.id FROM nodes n JOIN nodes p ON p.id = n.parent",
        gives=[(2, 1)],
        options={"columns": ["id", "id"]},
    ),
    "status": execute("UPDATE nodes SET label = 'x'", gives="UPDATE 3"),
    "status as a number": execute("INSERT INTO nodes VALUES (1, NULL, 'a')", gives=1),
    "status of WITH": execute("WITH x AS (DELETE FROM nodes RETURNING 1) SELECT * FROM x", gives="SELECT 2"),
    "status of a fetch": fetch("DELETE FROM nodes", gives="DELETE 1"),
    "several statements": execute(
        "DELETE FROM nodes; /* ; */ UPDATE nodes SET label = ';'; -- done", gives="UPDATE 0"
    ),
    "upsert": row(
        "INSERT INTO nodes (id, label) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET label = excluded.label "
        "RETURNING id, (xmax = 0) AS is_new",
        1,
        "root",
        gives={"id": 1, "is_new": True},
    ),
    "a scripted error": fetch(
        "SELECT id FROM nodes WHERE id = $1",
        "not a number, which is why",
        gives=[],
        options={"raises": asyncpg.DataError("invalid input")},
        raises=asyncpg.DataError,
    ),
    "a scripted error of the statement": fetch(
        "SELECT id FROM customer",
        gives=[],
        options={"raises": asyncpg.UndefinedTableError('relation "customer" does not exist')},
        raises=asyncpg.UndefinedTableError,
    ),
    "prepared": Case("prepare", "SELECT id, name FROM customers", returns=["id", "name"]),
    "many rows": Case("executemany", "INSERT INTO nodes (id, label) VALUES ($1, $2)", [[(1, "a"), (2, "b")]]),
    "many rows, fetched": Case(
        "fetchmany",
        "INSERT INTO nodes (id, label) VALUES ($1, $2) RETURNING id",
        [[(1, "a"), (2, "b")]],
        [{"id": 1}, {"id": 2}],
    ),
    "cursor": Case("cursor", "SELECT label FROM nodes WHERE id > $1", [1], [{"label": "a"}]),
    "records are copied": Case(
        "copy_in",
        "nodes",
        method="copy_records_to_table",
        call={"records": [(1, None, "root")], "columns": ["id", "parent", "label"]},
    ),
    "records without a generated column": Case(
        "copy_in",
        "items",
        method="copy_records_to_table",
        call={"records": [(1, 1, 1, 1, decimal.Decimal(1), None)]},
    ),
    "a table is copied": Case(
        "copy_out",
        "log",
        method="copy_from_table",
        returns=b"",
        call={"schema_name": "audit", "columns": ["id", "what"], "output": "out"},
    ),
    "a query is copied": Case(
        "copy_out",
        "SELECT id FROM nodes WHERE id > $1",
        [1],
        returns=b"1\n",
        method="copy_from_query",
        call={"output": "out"},
    ),
    "a search path of the connection": fetch(
        "SELECT id FROM log", gives=[{"id": 1}], connect={"server_settings": {"search_path": "audit, public"}}
    ),
    "a search path of its options": fetch(
        "SELECT id FROM log",
        gives=[{"id": 1}],
        connect={"server_settings": {"options": "-c search_path=audit"}},
    ),
    "a search path that the program sets": fetch(
        "SELECT id FROM log", gives=[{"id": 1}], before=[("SET search_path TO audit, 'public'", "SET")]
    ),
    "a search path that is no more": fetch(
        "SELECT id FROM nodes", gives=[{"id": 1}], before=[("SET search_path = audit;", "SET")]
    ),
    "EXPLAIN": fetch("EXPLAIN SELECT id FROM nodes", gives=[{"QUERY PLAN": "Seq Scan on nodes"}]),
    "transaction control": execute("BEGIN; SAVEPOINT a; COMMIT", gives="COMMIT"),
    "a table of a query": execute("CREATE TEMP TABLE x AS SELECT id FROM nodes", gives="SELECT 1"),
    "VALUES": execute("VALUES (1), (2)", gives="SELECT 2"),
}
BY_FUNCTION = "a value of a domain whose checks call functions of yours, without `bind = true`"
ONLY_SYNTAX = "a utility statement: nothing but its syntax can be checked without running it"
UNCHECKED = {
    "what the script itself creates": fetch(
        "SELECT id FROM recent",
        gives=[{"id": 1}],
        before=[("CREATE TEMP TABLE IF NOT EXISTS recent (id int)", "CREATE TABLE")],
        unchecked=[
            ONLY_SYNTAX,
            "a statement about what the script itself creates, which is never run there: let `setup` in "
            "[tool.tripwire.verify] asyncpg create it",
        ],
    ),
    "TRUNCATE": execute("TRUNCATE node", gives="TRUNCATE TABLE", unchecked=[ONLY_SYNTAX]),
    "CREATE": execute("CREATE UNIQUE INDEX i ON node (id)", gives="CREATE INDEX", unchecked=[ONLY_SYNTAX]),
    "DO": execute("DO $$ BEGIN PERFORM nothing(); END $$", gives="DO", unchecked=[ONLY_SYNTAX]),
    "EXECUTE": execute("EXECUTE plan", gives="UPDATE 1", unchecked=[ONLY_SYNTAX]),
    "FETCH": fetch(
        "FETCH 5 FROM c",
        gives=[{"id": 1}],
        unchecked=[ONLY_SYNTAX, "the columns of a statement that a server knows only when it runs"],
    ),
    "a function of statements": execute(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
        gives="CREATE FUNCTION",
        unchecked=[ONLY_SYNTAX],
    ),
    "no statement": execute("-- nothing", gives="", unchecked=["a query without a statement"]),
    "a computed NULL": value("SELECT 1, max(id) FROM customers", gives=None),
    "a computed NULL in a row": fetch(
        "SELECT max(id) FROM customers",
        gives=[{"max": None}],
        unchecked=["None in a column that is computed: whether it can be NULL is not known"],
    ),
    "a NULL of a view": fetch(
        "SELECT name FROM best_customers",
        gives=[{"name": None}],
        unchecked=["None in a column that is computed: whether it can be NULL is not known"],
    ),
    "an anonymous record": value(
        "SELECT (1, 'a')", gives=(1, "a"), unchecked=["a value of the pseudo-type record"]
    ),
    "a domain with a function": execute(
        "UPDATE products SET sku = $1", "no sku at all", gives="UPDATE 1", unchecked=[BY_FUNCTION]
    ),
    "an array of such a domain": value(
        "SELECT array_agg(sku) FROM products",
        gives=["AB-1"],
        unchecked=[BY_FUNCTION],
    ),
    "an encoder that only a decoder was written for": of(
        "settings",
        {"a": 1},
        setup=lambda connection: connection.set_type_codec(
            "jsonb", encoder=str, decoder=json.loads, schema="pg_catalog"
        ),
        unchecked=["a codec of the program cannot encode the value that it is said to decode"],
    ),
}
VALUES = {
    "numeric": of("price", decimal.Decimal("9.5"), "products"),
    "a sum": fetch("SELECT sum(id) AS ids FROM customers", gives=[{"ids": decimal.Decimal(5)}]),
    "double precision": of("discount", 0.1, "products"),
    "a number that is none": of("discount", float("nan"), "products"),
    "real": of("score", 0.1),
    "uuid": of("key", KEY),
    "uuid of its own": of("key", uuid.UUID(int=5)),
    "date": of("born", datetime.date(2026, 3, 1)),
    "time": of("wakes", datetime.time(7, 30)),
    "interval": of("took", datetime.timedelta(hours=5), "orders"),
    "aware": of("joined", AWARE),
    "aware, elsewhere": of("joined", AWARE.astimezone(datetime.timezone(datetime.timedelta(hours=2)))),
    "naive": of("placed", NOON, "orders"),
    "inet": of("seen_from", ipaddress.ip_address("10.0.0.1")),
    "bool": of("active", True),
    "smallint": of("stock", 5, "products"),
    "bytea": of("photo", b"jpg", "products"),
    "enum": of("mood", "sad"),
    "array of an enum": of("history", ["new", "paid"], "orders"),
    "array": of("tags", ["a", None]),
    "array of numbers": of("weights", [decimal.Decimal("1.5")], "products"),
    "no array": of("tags", []),
    "composite": of("home", ("record", {"street": "Elm", "city": "Ely", "zip": None})),
    "range": of("sizes", asyncpg.Range(1, 6), "products"),
    "multirange": of("seasons", [asyncpg.Range(1, 6)], "products"),
    "generated column": of("gross", decimal.Decimal("11.90"), "products"),
    "domain": of("email", "ada@example.com"),
    "domain with a function": of("sku", "AB-12", "products", unchecked=[BY_FUNCTION]),
    "jsonb as text": of("settings", '{"a":1,"b": [true]}'),
    "jsonb by a codec": of("settings", {"a": [1, None, 2.5]}, setup=with_json),
    "jsonb by a codec in binary": row(
        "SELECT settings, born FROM customers",
        gives={"settings": {"a": 1}, "born": datetime.date(2026, 3, 1)},
        setup=with_tuples,
    ),
    "json by a codec of the other": row(
        "SELECT detail FROM audit.log", gives={"detail": '{"a": 1}'}, setup=with_json
    ),
    "character, with its blanks": of("code", "ab  "),
    "void": value("SELECT pg_notify('a', 'b')", gives=None),
    "subclass": of(
        "joined", type("Fake", (datetime.datetime,), {})(2026, 3, 1, tzinfo=datetime.timezone.utc)
    ),
}
NULLS = {
    "a column that may be NULL": of("email", None),
    "behind an outer join": fetch(
        "SELECT c.id, o.id AS order_id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id",
        gives=[{"id": 1, "order_id": None}],
    ),
    "of grouping sets": fetch(
        "SELECT state, count(*) FROM orders GROUP BY ROLLUP (state)", gives=[{"state": None, "count": 1}]
    ),
    "of a parent by inheritance": of("name", None, "things"),
    "of a union": fetch("SELECT id FROM nodes UNION SELECT parent FROM nodes", gives=[{"id": None}]),
}
