"""What the sample application is asked, in this order, and what its database answers: the mocks of its tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Any, NamedTuple
from uuid import UUID

from asyncpg import Range

from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

record = AsyncpgPlugin.record
UTC = timezone.utc
ADA, BOB, CAL = (UUID(int=number) for number in (1, 2, 3))


class Call(NamedTuple):
    """A method of the shop, its arguments, and the steps of the script: what is called, and what it returns."""

    name: str
    args: Sequence[Any]
    steps: Sequence[tuple[str, Any]]


CALLS = [
    Call(
        "add_customer",
        (ADA, "Ada", "ada@example.com", datetime(2026, 3, 1, 12, tzinfo=UTC), date(1990, 12, 10)),
        [("fetchval", 1)],
    ),
    Call("add_customer", (BOB, "Bob", None, datetime(2026, 3, 2, 12, tzinfo=UTC), None), [("fetchval", 2)]),
    Call(
        "customer",
        (1,),
        [
            (
                "fetchrow",
                {
                    "id": 1,
                    "key": ADA,
                    "name": "Ada",
                    "nick": None,
                    "code": None,
                    "email": "ada@example.com",
                    "mood": "happy",
                    "home": None,
                    "tags": [],
                    "settings": {},
                    "seen_from": None,
                    "born": date(1990, 12, 10),
                    "score": None,
                    "active": True,
                    "joined": datetime(2026, 3, 1, 12, tzinfo=UTC),
                    "wakes": None,
                },
            )
        ],
    ),
    Call("customer", (99,), [("fetchrow", None)]),
    Call("customer_by_key", (BOB,), [("fetchrow", {"id": 2, "name": "Bob", "mood": "happy", "born": None})]),
    Call("names_like", ("%a%",), [("fetch", [{"name": "Ada"}])]),
    Call("set_mood", (2, "curious"), [("execute", "UPDATE 1")]),
    Call("moods", (), [("fetch", [{"mood": "happy", "count": 1}, {"mood": "curious", "count": 1}])]),
    Call("known_moods", (), [("fetchval", ["happy", "sad", "curious"])]),
    Call(
        "move",
        (1, "Elm", "Ely", "CB7"),
        [("fetchrow", {"city": "Ely", "home": record(street="Elm", city="Ely", zip="CB7")})],
    ),
    Call("neighbours", ("Ely",), [("fetch", [{"id": 1, "street": "Elm"}])]),
    Call("tag", (1, ["new", "vip"]), [("fetchval", ["new", "vip"])]),
    Call("tagged", (["vip"],), [("fetch", [{"id": 1}])]),
    Call("tag_cloud", (), [("fetch", [{"tag": "new", "used": 1}, {"tag": "vip", "used": 1}])]),
    Call("configure", (1, {"theme": "dark", "size": 2.5}), [("fetchval", {"size": 2.5, "theme": "dark"})]),
    Call("setting", (1, "size"), [("fetchval", 2.5)]),
    Call("setting", (2, "size"), [("fetchval", None)]),
    Call("with_setting", ({"theme": "dark"},), [("fetch", [{"id": 1, "theme": "dark"}])]),
    Call("seen", (1, "10.0.0.7"), [("fetchval", IPv4Address("10.0.0.7"))]),
    Call("age", (1, date(2026, 3, 1)), [("fetchval", timedelta(days=12857, seconds=0))]),
    Call(
        "merge",
        (BOB, "Rob", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        [("fetchrow", {"id": 2, "name": "Rob", "is_new": False})],
    ),
    Call(
        "merge",
        (CAL, "Cal", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        [("fetchrow", {"id": 4, "name": "Cal", "is_new": True})],
    ),
    Call("deactivate_before", (datetime(2026, 3, 1, 12, tzinfo=UTC),), [("execute", "UPDATE 0")]),
    Call(
        "add_products",
        (
            [
                ("AB-1", "Anvil", Decimal("9.50"), 10),
                ("AB-2", "Bell", Decimal("2.25"), 0),
                ("CD-3", "Crate", Decimal("30.00"), 4),
            ],
        ),
        [("executemany", None)],
    ),
    Call(
        "product",
        ("AB-1",),
        [
            (
                "fetchrow",
                {
                    "id": 1,
                    "sku": "AB-1",
                    "title": "Anvil",
                    "price": Decimal("9.50"),
                    "gross": Decimal("11.31"),
                    "discount": 0.0,
                    "stock": 10,
                },
            )
        ],
    ),
    Call(
        "cheapest",
        (2,),
        [
            (
                "fetch",
                [{"title": "Bell", "price": Decimal("2.25")}, {"title": "Anvil", "price": Decimal("9.50")}],
            )
        ],
    ),
    Call("average_price", (), [("fetchval", Decimal("13.92"))]),
    Call("sizes", ("AB-1", 1, 5), [("fetchrow", {"sizes": Range(1, 6), "upper": 6})]),
    Call("fitting", (5,), [("fetch", [{"sku": "AB-1"}])]),
    Call("photo", ("AB-2", b"\x00jpg"), [("fetchval", 4)]),
    Call(
        "weigh",
        ("CD-3", [Decimal("1.5"), Decimal("20")]),
        [("fetchrow", {"weights": [Decimal("1.5"), Decimal("20")], "heaviest": Decimal("20")})],
    ),
    Call("discount", ("CD-3", 0.25), [("fetchrow", {"discount": 0.25, "now": Decimal("22.5000")})]),
    Call("take", ("AB-1", 3), [("fetchval", 7)]),
    Call("take", ("AB-2", 1), [("fetchval", None)]),
    Call(
        "order",
        (1, datetime(2026, 3, 2, 9, 30), [("AB-1", 3), ("CD-3", 1)]),
        [("fetchval", 1), ("execute", "INSERT 0 1"), ("execute", "INSERT 0 1")],
    ),
    Call(
        "order", (1, datetime(2025, 12, 24, 18), [("AB-2", 1)]), [("fetchval", 2), ("execute", "INSERT 0 1")]
    ),
    Call(
        "orders",
        (1,),
        [
            (
                "fetch",
                [
                    {
                        "id": 1,
                        "state": "new",
                        "history": ["new"],
                        "placed": datetime(2026, 3, 2, 9, 30),
                        "took": None,
                        "ship_to": None,
                    },
                    {
                        "id": 2,
                        "state": "new",
                        "history": ["new"],
                        "placed": datetime(2025, 12, 24, 18),
                        "took": None,
                        "ship_to": None,
                    },
                ],
            )
        ],
    ),
    Call("orders", (2,), [("fetch", [])]),
    Call(
        "lines",
        (1,),
        [
            (
                "fetch",
                [
                    {
                        "line": 1,
                        "title": "Anvil",
                        "amount": 3,
                        "price": Decimal("9.50"),
                        "total": Decimal("28.50"),
                        "note": None,
                    },
                    {
                        "line": 2,
                        "title": "Crate",
                        "amount": 1,
                        "price": Decimal("30.00"),
                        "total": Decimal("30.00"),
                        "note": None,
                    },
                ],
            )
        ],
    ),
    Call("total", (1,), [("fetchval", Decimal("58.50"))]),
    Call("total", (99,), [("fetchval", Decimal("0"))]),
    Call(
        "advance",
        (1, "paid", timedelta(days=0, seconds=19800)),
        [
            (
                "fetchrow",
                {"state": "paid", "history": ["new", "paid"], "took": timedelta(days=0, seconds=19800)},
            )
        ],
    ),
    Call("orders_by_function", (1,), [("fetch", [{"id": 1, "state": "paid"}, {"id": 2, "state": "new"}])]),
    Call(
        "with_orders",
        (),
        [
            (
                "fetch",
                [
                    {"name": "Ada", "order_id": 1, "state": "paid"},
                    {"name": "Ada", "order_id": 2, "state": "new"},
                    {"name": "Cal", "order_id": None, "state": None},
                    {"name": "Rob", "order_id": None, "state": None},
                ],
            )
        ],
    ),
    Call(
        "best",
        (),
        [
            (
                "fetch",
                [{"name": "Ada", "orders": 2}, {"name": "Cal", "orders": 0}, {"name": "Rob", "orders": 0}],
            )
        ],
    ),
    Call(
        "sales",
        (),
        [
            ("execute", "REFRESH MATERIALIZED VIEW"),
            (
                "fetch",
                [
                    {"product_id": 1, "sold": 3, "turnover": Decimal("28.50")},
                    {"product_id": 2, "sold": 1, "turnover": Decimal("2.25")},
                    {"product_id": 3, "sold": 1, "turnover": Decimal("30.00")},
                ],
            ),
        ],
    ),
    Call(
        "revenue",
        (),
        [
            (
                "fetch",
                [
                    {"title": "Crate", "turnover": Decimal("30.00"), "place": 1},
                    {"title": "Anvil", "turnover": Decimal("28.50"), "place": 2},
                    {"title": "Bell", "turnover": Decimal("2.25"), "place": 3},
                ],
            )
        ],
    ),
    Call(
        "states",
        (),
        [("fetch", [{"state": "new", "many": 1}, {"state": "paid", "many": 1}, {"state": None, "many": 2}])],
    ),
    Call("archive", (datetime(2026, 1, 1, 0),), [("execute", "INSERT 0 1")]),
    Call("log", (), [("fetch", [{"id": 1, "what": "order 2", "detail": '{"state" : "new"}'}])]),
    Call(
        "plant", ([(1, None, "root"), (2, 1, "left"), (3, 1, "right"), (4, 2, "leaf")],), [("copy_in", None)]
    ),
    Call("path", (4,), [("fetch", [{"label": "root"}, {"label": "left"}, {"label": "leaf"}])]),
    Call("leaves", (), [("prepare", None), ("fetch", [{"label": "right"}, {"label": "leaf"}])]),
    Call(
        "every_label",
        (),
        [("cursor", [{"label": "root"}, {"label": "left"}, {"label": "right"}, {"label": "leaf"}])],
    ),
    Call("ticket", (), [("fetchval", 1)]),
    Call("note", ("done",), [("execute", "CALL")]),
    Call("flags", (), [("fetchrow", {"yes": True, "nothing": None, "some": [1, None], "doc": {"a": [1]}})]),
]
