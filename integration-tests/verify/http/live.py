"""Exchanges with a live service, which answers like this; those that are as it answers, and those that are not."""

from __future__ import annotations

from typing import Any

from verify.http.cases import LIVE, Case

ANN = {"id": 1, "name": "Ann", "mail": None, "tags": ["a"], "boss": {"id": 2, "name": "Bob"}}
ANSWERS: dict[str, tuple[int, str, Any]] = {
    "/users/1": (200, "application/json", ANN),
    "/users?page=1": (200, "application/json", {"items": [ANN, {**ANN, "mail": "a@b"}], "next": None}),
    "/rates": (200, "application/json", {"EUR": 1.1, "USD": 1.0}),
    "/text": (200, "text/plain; charset=utf-8", "Hello"),
    "/moved": (308, "text/plain", ""),
    "/empty": (204, "", ""),
}
"""By what is asked for: all else is not found. It answers those only who send the real token."""
GONE = (404, "application/json", {"error": "not found"})
AS_LIVE = "as the live service answers"


def get(name: str, path: str, told: dict[str, Any], *lies: tuple[str, ...]) -> Case:
    """A GET request."""
    return Case(name, "GET", LIVE + path, told, {"headers": {"Authorization": "test"}}, lies)


TRUTHS = [
    get("live_user", "/users/1", {"json": {"id": 7, "name": "Eve"}}),
    get("live_number", "/users/1", {"json": {"id": 7.5}}),
    get(
        "live_list", "/users?page=1", {"json": {"items": [{"id": 5, "mail": "e@b"}, {"id": 6, "mail": None}]}}
    ),
    get("live_list_of_none", "/users?page=1", {"json": {"items": []}}),
    get("live_text", "/text", {"text": "Good-bye"}),
    get("live_success", "/empty", {"status": 204}),
    get("live_not_found", "/users/5", {"status": 404}),
    get("live_redirect", "/moved", {"status": 308, "headers": {"Location": "/elsewhere"}}),
    Case("live_head", "HEAD", f"{LIVE}/text", {"headers": {"Content-Type": "text/plain"}}),
]
LIES = [
    get("live_wrong_status", "/nowhere", {"json": {}}, ("the status is 200", f"404, {AS_LIVE}")),
    get(
        "live_wrong_content_type",
        "/text",
        {"html": "<p>"},
        ("the content type of the response is 'text/html'", f"'text/plain', {AS_LIVE}"),
    ),
    get(
        "live_wrong_type",
        "/users/1",
        {"json": {"id": "1"}},
        ("$.id of the response's body is '1', a string", f"a number, {AS_LIVE}"),
    ),
    get(
        "live_wrong_type_in_a_list",
        "/users?page=1",
        {"json": {"items": [{"id": 1, "tags": [5]}]}},
        ("$.items[].tags[] of the response's body is 5, a number", f"a string, {AS_LIVE}"),
    ),
    get(
        "live_list_for_an_object",
        "/users/1",
        {"json": [ANN]},
        (
            "$ of the response's body is [{'id': 1, 'name': 'Ann', 'mail': None, 'tags': ['a'], "
            "'boss': {'id': 2, 'name': 'Bob'}}], an array",
            f"an object, {AS_LIVE}",
        ),
    ),
    get(
        "live_key_that_is_not_there",
        "/users/1",
        {"json": {"id": 1, "boss": {"id": 1, "full_name": "Bob"}}},
        (
            "$.boss of the response's body has 'full_name'",
            f"it has 'id' and 'name', {AS_LIVE}",
            'if it may be missing: ignore = ["$.boss.full_name"]',
        ),
    ),
    get(
        "live_no_body",
        "/users/1",
        {"headers": {"Content-Type": "application/json"}},
        ("the response has no body", f"it has one, {AS_LIVE}"),
    ),
    get("live_moved", "/moved", {"text": "x"}, ("the status is 200", f"308, {AS_LIVE}")),
    Case(
        "live_wrong_head",
        "HEAD",
        f"{LIVE}/text",
        {"headers": {"Content-Type": "image/png"}},
        lies=(("the content type of the response is 'image/png'", f"'text/plain', {AS_LIVE}"),),
    ),
]
UNCHECKED = [
    Case("live_post", "POST", f"{LIVE}/users", {"status": 201}, {"json": {"name": "Eve"}}),
    Case("live_delete", "DELETE", f"{LIVE}/users/1", {"status": 204}),
    get("live_failure", "/users/1", {"status": 500}),
    get("live_rates", "/rates", {"json": {"EUR": 1.1, "GBP": 1.2}}),
]
WHY = [
    "tripwire verify: 2 unchecked: only GET and HEAD are sent to a live service",
    "tripwire verify: 1 unchecked: a status that the live service does not give now",
    "tripwire verify: 1 unchecked: objects that may be data by name: they share no key, or all their values are alike",
]
