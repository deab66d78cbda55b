"""What a catalogue of exchanges is made of: with two services that documents describe, and one that is alive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHOP, DEPOT = "https://api.example.com/v1", "https://depot.example.com"
ANN = {"id": 1, "name": "Ann", "role": "admin", "born": "1990-01-31"}
ITEM = {"sku": "AB", "weight": 2.5, "place": {"row": 2}}
TOTAL = {"X-Total": "1"}
GET_USER, GET_USERS = "GET /users/{id} 200 in shop.yaml", "GET /users 200 in shop.yaml"
LIST, MAKE = "GET /users in shop.yaml", "POST /users in shop.yaml"
LOGIN, AVATAR, GET_ITEM = (
    "POST /login in shop.yaml",
    "PUT /users/{id}/avatar in shop.yaml",
    "GET /items/{sku} 200 in depot.json",
)


@dataclass(frozen=True)
class Case:
    """A request, what a mock answers, and the lies in both: what is said, what is true, and maybe a remedy."""

    name: str
    method: str
    url: str
    told: dict[str, Any]
    sent: dict[str, Any] = field(default_factory=dict)
    lies: tuple[tuple[str, ...], ...] = ()


def get_user(name: str, /, *lies: tuple[str, ...], **members: Any) -> Case:
    """A user is asked for, of whom the mock gives something different."""
    body = {key: value for key, value in {**ANN, **members}.items() if value is not ...}
    return Case(name, "GET", f"{SHOP}/users/1", {"json": body}, lies=lies)


def get_users(name: str, /, *lies: tuple[str, ...], **sent: Any) -> Case:
    """Users are asked for in a different way."""
    return Case(name, "GET", f"{SHOP}/users", {"json": {"items": [ANN]}, "headers": TOTAL}, sent, lies)


def make_user(name: str, /, *lies: tuple[str, ...], **sent: Any) -> Case:
    """A user is made of something different."""
    return Case(name, "POST", f"{SHOP}/users", {"json": ANN, "status": 201}, sent, lies)


def get_item(name: str, /, *lies: tuple[str, ...], **members: Any) -> Case:
    """An item is asked for, of which the mock gives something different."""
    return Case(name, "GET", f"{DEPOT}/items/AB?depth=1", {"json": {**ITEM, **members}}, lies=lies)


def login(name: str, /, *lies: tuple[str, ...], **data: Any) -> Case:
    """Somebody logs in by a form."""
    return Case(name, "POST", f"{SHOP}/login", {"json": {"token": "t-1"}}, {"data": data}, lies)


LIVE = "http://live"
"""Where the live service is, until its port is known."""
