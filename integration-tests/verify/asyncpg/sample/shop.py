"""The sample application: what a shop asks its database."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg

Row = Any


async def connect(address: str) -> Any:
    """A connection that decodes jsonb."""
    connection = await asyncpg.connect(address)
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    return connection


class Shop:
    """Customers, products and orders."""

    def __init__(self, connection: Any) -> None:
        self._db = connection

    # -- customers

    async def add_customer(
        self,
        key: uuid.UUID,
        name: str,
        email: str | None,
        joined: datetime.datetime,
        born: datetime.date | None,
    ) -> int:
        query = (
            "INSERT INTO customers (key, name, email, joined, born) VALUES ($1, $2, $3, $4, $5) RETURNING id"
        )
        return int(await self._db.fetchval(query, key, name, email, joined, born))

    async def customer(self, number: int) -> Row:
        return await self._db.fetchrow("SELECT * FROM customers WHERE id = $1", number)

    async def customer_by_key(self, key: uuid.UUID) -> Row:
        return await self._db.fetchrow("SELECT id, name, mood::text, born FROM customers WHERE key = $1", key)

    async def names_like(self, pattern: str) -> list[str]:
        rows = await self._db.fetch("SELECT name FROM customers WHERE name ILIKE $1 ORDER BY name", pattern)
        return [row["name"] for row in rows]

    async def set_mood(self, number: int, mood: str) -> bool:
        return bool(
            await self._db.execute("UPDATE customers SET mood = $2 WHERE id = $1", number, mood) == "UPDATE 1"
        )

    async def moods(self) -> list[Row]:
        return list(await self._db.fetch("SELECT mood, count(*) FROM customers GROUP BY mood ORDER BY mood"))

    async def known_moods(self) -> list[str]:
        return list(await self._db.fetchval("SELECT enum_range(NULL::mood)"))

    async def move(self, number: int, street: str, city: str, code: str | None) -> Row:
        query = (
            "UPDATE customers SET home = ROW($2, $3, $4)::address WHERE id = $1 RETURNING (home).city, home"
        )
        return await self._db.fetchrow(query, number, street, city, code)

    async def neighbours(self, city: str) -> list[Row]:
        return list(
            await self._db.fetch("SELECT id, (home).street FROM customers WHERE (home).city = $1", city)
        )

    async def tag(self, number: int, tags: Sequence[str]) -> list[str]:
        query = "UPDATE customers SET tags = tags || $2 WHERE id = $1 RETURNING tags"
        return list(await self._db.fetchval(query, number, list(tags)))

    async def tagged(self, tags: Sequence[str]) -> list[int]:
        rows = await self._db.fetch(
            "SELECT id FROM customers WHERE tags && $1::text[] ORDER BY id", list(tags)
        )
        return [row["id"] for row in rows]

    async def tag_cloud(self) -> list[Row]:
        query = "SELECT tag, count(*) AS used FROM customers, unnest(tags) AS tag GROUP BY tag ORDER BY used DESC, tag"
        return list(await self._db.fetch(query))

    async def configure(self, number: int, settings: dict[str, Any]) -> dict[str, Any]:
        query = "UPDATE customers SET settings = settings || $2 WHERE id = $1 RETURNING settings"
        return dict(await self._db.fetchval(query, number, settings))

    async def setting(self, number: int, name: str) -> Any:
        return await self._db.fetchval("SELECT settings -> $2 FROM customers WHERE id = $1", number, name)

    async def with_setting(self, wanted: dict[str, Any]) -> list[Row]:
        query = "SELECT id, settings ->> 'theme' AS theme FROM customers WHERE settings @> $1 ORDER BY id"
        return list(await self._db.fetch(query, wanted))

    async def seen(self, number: int, address: str) -> Any:
        query = "UPDATE customers SET seen_from = $2::text::inet WHERE id = $1 RETURNING seen_from"
        return await self._db.fetchval(query, number, address)

    async def age(self, number: int, day: datetime.date) -> datetime.timedelta:
        value = await self._db.fetchval(
            "SELECT age($2::date, born) FROM customers WHERE id = $1", number, day
        )
        assert isinstance(value, datetime.timedelta)
        return value

    async def merge(self, key: uuid.UUID, name: str, joined: datetime.datetime) -> Row:
        query = (
            "INSERT INTO customers (key, name, joined) VALUES ($1, $2, $3) "
            "ON CONFLICT (key) DO UPDATE SET name = excluded.name RETURNING id, name, (xmax = 0) AS is_new"
        )
        return await self._db.fetchrow(query, key, name, joined)

    async def deactivate_before(self, moment: datetime.datetime) -> str:
        return str(await self._db.execute("UPDATE customers SET active = false WHERE joined < $1", moment))

    # -- products

    async def add_products(self, rows: Sequence[tuple[str, str, decimal.Decimal, int]]) -> None:
        query = "INSERT INTO products (sku, title, price, stock) VALUES ($1, $2, $3, $4)"
        await self._db.executemany(query, rows)

    async def product(self, sku: str) -> Row:
        query = "SELECT id, sku, title, price, gross, discount, stock FROM products WHERE sku = $1"
        return await self._db.fetchrow(query, sku)

    async def cheapest(self, count: int) -> list[Row]:
        query = "SELECT title, price FROM products ORDER BY price LIMIT $1"
        return list(await self._db.fetch(query, count))

    async def average_price(self) -> decimal.Decimal:
        return decimal.Decimal(await self._db.fetchval("SELECT round(avg(price), 2) FROM products"))

    async def sizes(self, sku: str, low: int, high: int) -> Row:
        query = (
            "UPDATE products SET sizes = int4range($2, $3, '[]') WHERE sku = $1 RETURNING sizes, upper(sizes)"
        )
        return await self._db.fetchrow(query, sku, low, high)

    async def fitting(self, size: int) -> list[str]:
        return [
            row[0] for row in await self._db.fetch("SELECT sku FROM products WHERE sizes @> $1::int", size)
        ]

    async def photo(self, sku: str, data: bytes) -> int:
        query = "UPDATE products SET photo = $2 WHERE sku = $1 RETURNING length(photo)"
        return int(await self._db.fetchval(query, sku, data))

    async def weigh(self, sku: str, weights: Sequence[decimal.Decimal]) -> Row:
        query = (
            "UPDATE products SET weights = $2 WHERE sku = $1 "
            "RETURNING weights, (SELECT max(one) FROM unnest(weights) AS one) AS heaviest"
        )
        return await self._db.fetchrow(query, sku, list(weights))

    async def discount(self, sku: str, share: float) -> Row:
        query = "UPDATE products SET discount = $2 WHERE sku = $1 RETURNING discount, price * (1 - $2::numeric) AS now"
        return await self._db.fetchrow(query, sku, share)

    async def take(self, sku: str, amount: int) -> int | None:
        query = "UPDATE products SET stock = stock - $2 WHERE sku = $1 AND stock >= $2 RETURNING stock"
        left = await self._db.fetchval(query, sku, amount)
        return None if left is None else int(left)

    # -- orders

    async def order(self, customer: int, placed: datetime.datetime, lines: Sequence[tuple[str, int]]) -> int:
        async with self._db.transaction():
            number = await self._db.fetchval(
                "INSERT INTO orders (customer_id, placed, history) VALUES ($1, $2, $3) RETURNING id",
                customer,
                placed,
                ["new"],
            )
            for line, (sku, amount) in enumerate(lines, 1):
                await self._db.execute(
                    "INSERT INTO items (order_id, line, product_id, amount, price) "
                    "SELECT $1, $2, id, $4, price FROM products WHERE sku = $3",
                    number,
                    line,
                    sku,
                    amount,
                )
        return int(number)

    async def orders(self, customer: int) -> list[Row]:
        query = (
            "SELECT id, state, history, placed, took, ship_to FROM orders WHERE customer_id = $1 ORDER BY id"
        )
        return list(await self._db.fetch(query, customer))

    async def lines(self, order: int) -> list[Row]:
        query = (
            "SELECT i.line, p.title, i.amount, i.price, i.amount * i.price AS total, i.note "
            "FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id = $1 ORDER BY i.line"
        )
        return list(await self._db.fetch(query, order))

    async def total(self, order: int) -> decimal.Decimal:
        return decimal.Decimal(await self._db.fetchval("SELECT total_of($1)", order))

    async def advance(self, order: int, state: str, took: datetime.timedelta) -> Row:
        query = (
            "UPDATE orders SET state = $2, history = history || $2::order_state, took = $3 "
            "WHERE id = $1 RETURNING state, history, took"
        )
        return await self._db.fetchrow(query, order, state, took)

    async def orders_by_function(self, customer: int) -> list[Row]:
        return list(await self._db.fetch("SELECT * FROM orders_of($1) ORDER BY id", customer))

    async def with_orders(self) -> list[Row]:
        query = (
            "SELECT c.name, o.id AS order_id, o.state FROM customers c LEFT JOIN orders o ON o.customer_id = c.id "
            "ORDER BY c.name, o.id"
        )
        return list(await self._db.fetch(query))

    async def best(self) -> list[Row]:
        return list(
            await self._db.fetch("SELECT name, orders FROM best_customers ORDER BY orders DESC, name")
        )

    async def sales(self) -> list[Row]:
        await self._db.execute("REFRESH MATERIALIZED VIEW sales")
        return list(await self._db.fetch("SELECT * FROM sales ORDER BY product_id"))

    async def revenue(self) -> list[Row]:
        query = """
            WITH sold AS (
                SELECT product_id, sum(amount * price) AS turnover FROM items GROUP BY product_id
            )
            SELECT p.title, coalesce(sold.turnover, 0) AS turnover,
                rank() OVER (ORDER BY coalesce(sold.turnover, 0) DESC) AS place
            FROM products p LEFT JOIN sold ON sold.product_id = p.id
            ORDER BY place, p.title
        """
        return list(await self._db.fetch(query))

    async def states(self) -> list[Row]:
        query = "SELECT state, count(*) AS many FROM orders GROUP BY ROLLUP (state) ORDER BY state NULLS LAST"
        return list(await self._db.fetch(query))

    async def archive(self, before: datetime.datetime) -> int:
        query = (
            "WITH gone AS (DELETE FROM orders WHERE placed < $1 RETURNING id, state) "
            "INSERT INTO audit.log (what, detail) SELECT 'order ' || id, json_build_object('state', state) FROM gone"
        )
        status = await self._db.execute(query, before)
        return int(status.split()[-1])

    # -- the rest

    async def log(self) -> list[Row]:
        return list(await self._db.fetch("SELECT id, what, detail FROM audit.log ORDER BY id"))

    async def plant(self, nodes: Sequence[tuple[int, int | None, str]]) -> str:
        status = await self._db.copy_records_to_table(
            "nodes", records=nodes, columns=["id", "parent", "label"]
        )
        return str(status)

    async def path(self, node: int) -> list[str]:
        query = """
            WITH RECURSIVE up(id, parent, label, depth) AS (
                SELECT id, parent, label, 0 FROM nodes WHERE id = $1
                UNION ALL
                SELECT n.id, n.parent, n.label, up.depth + 1 FROM nodes n JOIN up ON n.id = up.parent
            )
            SELECT label FROM up ORDER BY depth DESC
        """
        return [row["label"] for row in await self._db.fetch(query, node)]

    async def leaves(self) -> list[str]:
        query = "SELECT label FROM nodes n WHERE NOT EXISTS (SELECT FROM nodes c WHERE c.parent = n.id) ORDER BY id"
        statement = await self._db.prepare(query)
        return [row["label"] for row in await statement.fetch()]

    async def every_label(self) -> list[str]:
        async with self._db.transaction():
            return [row["label"] async for row in self._db.cursor("SELECT label FROM nodes ORDER BY id")]

    async def ticket(self) -> int:
        return int(await self._db.fetchval("SELECT nextval('tickets')"))

    async def note(self, what: str) -> None:
        await self._db.execute("CALL note($1)", what)

    async def flags(self) -> Row:
        query = (
            "SELECT true AS yes, NULL::text AS nothing, ARRAY[1, NULL] AS some, '{\"a\": [1]}'::jsonb AS doc"
        )
        return await self._db.fetchrow(query)
