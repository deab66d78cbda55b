"""Scripts that lie, by what is wrong with them; with each lie what it says, what is true, and the remedy."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from verify.asyncpg.cases import Case, execute, fetch, row, value

RUNS = "a server runs this statement"
ORDER = "the order is another: it counts where rows are read by position"
JSON = (
    "without a codec asyncpg gives json as text: give a str, or let the program set one, with "
    "set_type_codec('jsonb', encoder=..., decoder=..., schema='pg_catalog')"
)
FUNCTION = "No function matches the given name and argument types. You might need to add explicit type casts."
STATUS = "a number of rows will do, too"
KEY = uuid.UUID("6d0c48e5-8a5a-4a3c-a5e1-2a0c5b7a9d10")
NOON = datetime.datetime(2026, 3, 1, 12, 0)


async def with_json(connection: Any) -> None:
    """Have jsonb decoded."""
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


STATEMENTS = {
    "syntax": fetch(
        "SELEC id FROM customers",
        gives=[],
        lies=[(RUNS, 'syntax error at or near "SELEC" (at character 1)')],
    ),
    "syntax further on": fetch(
        "SELECT id\nFROM customers\nWHER id = 1",
        gives=[],
        lies=[(RUNS, 'syntax error at or near "id" (at character 6 of line 3)')],
    ),
    "unknown table": fetch(
        "SELECT id FROM customer",
        gives=[{"id": 1}],
        lies=[(RUNS, 'relation "customer" does not exist (at character 16)')],
    ),
    "unknown column": row(
        "SELECT nme FROM customers WHERE id = $1",
        1,
        gives={"nme": "Ada"},
        lies=[
            (
                RUNS,
                'column "nme" does not exist (at character 8)',
                'Perhaps you meant to reference the column "customers.name".',
            )
        ],
    ),
    "unknown column, in a join": fetch(
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer WHERE c.name = $1",
        "Ada",
        gives=[],
        lies=[
            (
                RUNS,
                "column o.customer does not exist (at character 54)",
                'Perhaps you meant to reference the column "o.customer_id".',
            )
        ],
    ),
    "unknown function": value(
        "SELECT total_for($1::bigint)",
        1,
        gives=None,
        lies=[
            (
                RUNS,
                "function total_for(bigint) does not exist (at character 8)",
                FUNCTION,
            )
        ],
    ),
    "wrong number of arguments of a function": value(
        "SELECT total_of(1::bigint, 2)",
        gives=None,
        lies=[
            (
                RUNS,
                "function total_of(bigint, integer) does not exist (at character 8)",
                FUNCTION,
            )
        ],
    ),
    "unknown type": value(
        "SELECT $1::humour",
        "happy",
        gives="happy",
        lies=[(RUNS, 'type "humour" does not exist (at character 12)')],
    ),
    "operator without meaning": fetch(
        "SELECT id FROM customers WHERE mood = 1",
        gives=[],
        lies=[
            (
                RUNS,
                "operator does not exist: mood = integer (at character 37)",
                "No operator matches the given name and argument types. You might need to add explicit type casts.",
            )
        ],
    ),
    "a label in the text of a query": fetch(
        "SELECT id FROM customers WHERE mood = 'angry'",
        gives=[],
        lies=[(RUNS, 'invalid input value for enum mood: "angry" (at character 39)')],
    ),
    "columns and values that differ in number": execute(
        "INSERT INTO nodes (id, label) VALUES ($1)",
        1,
        gives="INSERT 0 1",
        lies=[(RUNS, "INSERT has more target columns than expressions (at character 24)")],
    ),
    "a generated column is written": execute(
        "UPDATE products SET gross = $1",
        1,
        gives="UPDATE 1",
        lies=[(RUNS, 'column "gross" can only be updated to DEFAULT')],
    ),
    "the second of two statements": execute(
        "UPDATE nodes SET label = 'x;y'; DELETE FROM node -- ; of it",
        gives="DELETE 1",
        lies=[("a server runs statement 2 of 2", 'relation "node" does not exist (at character 13)')],
    ),
    "not what the script itself creates": fetch(
        "SELECT id FROM recent_node",
        gives=[{"id": 1}],
        before=[("CREATE TEMP TABLE IF NOT EXISTS recent (id int)", "CREATE TABLE")],
        lies=[(RUNS, 'relation "recent_node" does not exist (at character 16)')],
        unchecked=["a utility statement: nothing but its syntax can be checked without running it"],
    ),
    "prepared": Case(
        "prepare",
        "SELECT id, nme FROM customers",
        method="prepare",
        lies=[
            (
                RUNS,
                'column "nme" does not exist (at character 12)',
                'Perhaps you meant to reference the column "customers.name".',
            )
        ],
    ),
    "prepared, with its columns": Case(
        "prepare",
        "SELECT id, name FROM customers",
        returns=["id", "nme"],
        lies=[
            (
                "the columns are 'id', 'nme'",
                "they are 'id', 'name'",
                "missing: 'name'; not there: 'nme'",
            )
        ],
    ),
    "an error that is another": fetch(
        "SELECT id FROM customer",
        gives=[],
        options={"raises": ValueError("no")},
        raises=ValueError,
        lies=[(RUNS, 'relation "customer" does not exist (at character 16)')],
    ),
}
ARGUMENTS = {
    "of a type that is not taken": fetch(
        "SELECT name FROM customers WHERE id = $1",
        "1",
        gives=[],
        lies=[
            (
                "argument $1 is '1', a str",
                "bigint: 'str' object cannot be interpreted as an integer",
            )
        ],
    ),
    "overflow": execute(
        "UPDATE products SET stock = $1 WHERE id = $2",
        40000,
        1,
        gives="UPDATE 1",
        lies=[("argument $1 is 40000, an int", "smallint: value out of int16 range")],
    ),
    "a label": execute(
        "UPDATE customers SET mood = $1",
        "angry",
        gives="UPDATE 1",
        lies=[("argument $1 is 'angry', a str", "mood has the labels 'happy', 'sad', 'curious'")],
    ),
    "a domain's check": execute(
        "INSERT INTO customers (name, email) VALUES ($1, $2)",
        "Ada",
        "ada",
        gives="INSERT 0 1",
        lies=[
            (
                "argument $2 is 'ada', a str",
                'email: value for domain email violates check constraint "email_check"',
            )
        ],
    ),
    "an aware datetime": fetch(
        "SELECT id FROM orders WHERE placed > $1",
        NOON.replace(tzinfo=datetime.timezone.utc),
        gives=[],
        lies=[
            (
                "argument $1 is datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc), a datetime",
                "timestamp without time zone: can't subtract offset-naive and offset-aware datetimes",
            )
        ],
    ),
    "a dict for jsonb": execute(
        "UPDATE customers SET settings = $1",
        {"a": 1},
        gives="UPDATE 1",
        lies=[("argument $1 is {'a': 1}, a dict", "jsonb: expected str, got dict")],
    ),
    "a text for ANY": fetch(
        "SELECT name FROM customers WHERE id = ANY($1)",
        "12",
        gives=[],
        lies=[
            (
                "argument $1 is '12', a str",
                "bigint[]: a sized iterable container expected (got type 'str')",
            )
        ],
    ),
    "in one of many rows": Case(
        "executemany",
        "INSERT INTO nodes (id, label) VALUES ($1, $2)",
        [[(1, "root"), (2, 3)]],
        lies=[("argument $2 of row 2 is 3, an int", "text: expected str, got int")],
    ),
    "in a copied record": Case(
        "copy_in",
        "nodes",
        method="copy_records_to_table",
        call={"records": [(1, None, "root"), (2, "1", "leaf")], "columns": ["id", "parent", "label"]},
        lies=[
            (
                "column 'parent' of record 2 is '1', a str",
                "integer: 'str' object cannot be interpreted as an integer",
            )
        ],
    ),
    "a copied record that is short": Case(
        "copy_in",
        "nodes",
        method="copy_records_to_table",
        call={"records": [(1, "root")]},
        lies=[("record 1 has 2 values", "the columns are 'id', 'parent', 'label'")],
    ),
    "a table to copy": Case(
        "copy_in",
        "node",
        method="copy_records_to_table",
        call={"records": [(1,)], "columns": ["id"]},
        lies=[(RUNS, 'relation "node" does not exist')],
    ),
    "a column to copy": Case(
        "copy_out",
        "nodes",
        method="copy_from_table",
        call={"columns": ["id", "name"], "output": "out"},
        returns=b"",
        lies=[(RUNS, 'column "name" does not exist')],
    ),
    "a query to copy": Case(
        "copy_out",
        "SELECT id FROM node WHERE id > $1",
        [1],
        method="copy_from_query",
        call={"output": "out"},
        returns=b"",
        lies=[(RUNS, 'relation "node" does not exist (at character 16)')],
    ),
}
COLUMNS = {
    "missing": row(
        "SELECT id, name FROM customers",
        gives={"id": 1},
        lies=[("the columns are 'id'", "they are 'id', 'name'", "missing: 'name'")],
    ),
    "extra": fetch(
        "SELECT id FROM customers",
        gives=[{"id": 1, "name": "Ada"}],
        lies=[("the columns are 'id', 'name'", "they are 'id'", "not there: 'name'")],
    ),
    "renamed": fetch(
        "SELECT count(*) FROM customers",
        gives=[{"total": 1}],
        lies=[("the columns are 'total'", "they are 'count'", "missing: 'count'; not there: 'total'")],
    ),
    "reordered": fetch(
        "SELECT * FROM nodes",
        gives=[{"label": "root", "id": 1, "parent": None}],
        lies=[("the columns are 'label', 'id', 'parent'", "they are 'id', 'parent', 'label'", ORDER)],
    ),
    "duplicate": fetch(
        "SELECT n.id, p.id FROM nodes n JOIN nodes p ON p.id = n.parent",
        gives=[{"id": 2}],
        lies=[
            (
                "the columns are 'id'",
                "they are 'id', 'id'",
                "more than once: 'id' (write columns=[...] and rows as tuples, or rename one by AS)",
            )
        ],
    ),
    "of a table that has grown": fetch(
        "SELECT * FROM audit.log",
        gives=[],
        options={"columns": ["id", "at", "what"]},
        lies=[
            (
                "the columns are 'id', 'at', 'what'",
                "they are 'id', 'at', 'what', 'detail'",
                "missing: 'detail'",
            )
        ],
    ),
    "rows of what returns none": fetch(
        "UPDATE nodes SET label = 'x'",
        gives=[{"id": 1}],
        lies=[
            (
                "it gives rows",
                "it gives none",
                'add RETURNING to it, or script its status, such as "UPDATE 1"',
            )
        ],
    ),
    "a value of what returns none": value(
        "DELETE FROM nodes",
        gives=1,
        lies=[
            (
                "it gives rows",
                "it gives none",
                'add RETURNING to it, or script its status, such as "UPDATE 1"',
            )
        ],
    ),
    "a status of what returns rows": fetch(
        "INSERT INTO nodes VALUES (1, NULL, 'a') RETURNING id",
        gives="INSERT 0 1",
        lies=[("it gives no rows, but a status", "it gives rows of 'id'")],
    ),
    "beyond the last": value(
        "SELECT id, name FROM customers",
        gives=1,
        call={"column": 2},
        lies=[("there is a column 2", "there are 2, counted from 0")],
    ),
}
STATUSES = {
    "of another verb": execute(
        "UPDATE nodes SET label = 'x'",
        gives="INSERT 0 1",
        lies=[("the status is 'INSERT 0 1'", "a server reports one such as 'UPDATE 1'", STATUS)],
    ),
    "without a number": execute(
        "DELETE FROM nodes",
        gives="DELETE",
        lies=[("the status is 'DELETE'", "a server reports one such as 'DELETE 1'", STATUS)],
    ),
    "of an insert, with one number": execute(
        "INSERT INTO nodes VALUES (1, NULL, 'a')",
        gives="INSERT 1",
        lies=[("the status is 'INSERT 1'", "a server reports one such as 'INSERT 0 1'", STATUS)],
    ),
    "of the first of two": execute(
        "DELETE FROM nodes; UPDATE nodes SET label = ''",
        gives="DELETE 1",
        lies=[("the status is 'DELETE 1'", "a server reports one such as 'UPDATE 1'", STATUS)],
    ),
}
