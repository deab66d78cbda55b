"""Exchanges that are as the documents have them."""

from __future__ import annotations

from verify.http.cases import (
    ANN,
    DEPOT,
    ITEM,
    SHOP,
    TOTAL,
    Case,
    get_item,
    get_user,
    get_users,
    login,
    make_user,
)

TRUTHS = [
    get_user("a_user"),
    get_user("null_where_it_is_allowed", born=None, boss=None),
    get_user("null_beside_a_reference", boss={**ANN, "boss": None}),
    get_user("a_member_that_nobody_named", nick="A."),
    get_user("a_number_without_a_fraction", id=1.0, credit=3),
    get_user("a_moment", seen="2026-01-31T10:00:00.5+01:00"),
    get_user("an_enum_that_looks_like_a_boolean", role="no"),
    get_users("no_parameters"),
    get_users(
        "each_kind_of_parameter", params={"page": "2", "role": ["admin", "buyer"], "fields": "id,name"}
    ),
    get_users("an_object_in_a_query", params={"filter[age]": "18", "where": '{"op": "and"}'}),
    get_users(
        "a_header_and_a_cookie",
        headers={"X-Trace": "6d0b6a0e-9f0c-4b6e-8a39-0c9d0a1b2c3d", "Cookie": "lang=de"},
    ),
    make_user("a_body", json={"name": "Ann", "role": "buyer"}),
    Case("a_list_of_none", "GET", f"{SHOP}/users", {"json": {"items": [], "next": None}, "headers": TOTAL}),
    Case(
        "a_status_of_a_range",
        "POST",
        f"{SHOP}/users",
        {
            "status": 409,
            "body": '{"title": "taken"}',
            "headers": {"Content-Type": "application/problem+json"},
        },
        {"json": {"name": "Ann", "role": "buyer"}},
    ),
    Case(
        "a_wrong_request_that_is_refused",
        "POST",
        f"{SHOP}/users",
        {
            "status": 422,
            "body": '{"title": "no name"}',
            "headers": {"Content-Type": "application/problem+json"},
        },
        {"json": {"role": "king"}},
    ),
    Case("a_default_answer", "GET", f"{SHOP}/users/me", {"json": ANN}),
    Case(
        "a_status_by_reference",
        "GET",
        f"{SHOP}/users/1",
        {
            "status": 404,
            "body": '{"title": "no"}',
            "headers": {"Content-Type": "application/problem+json; charset=utf-8"},
        },
    ),
    Case("another_server", "GET", "https://eu.example.com/v1/users/1", {"json": ANN}),
    Case("a_token", "DELETE", f"{SHOP}/users/1", {"status": 204}, {"headers": {"Authorization": "Bearer x"}}),
    Case("a_key", "DELETE", f"{SHOP}/users/1?api_key=x", {"status": 204}),
    Case("no_path_and_not_found", "GET", f"{SHOP}/nowhere", {"status": 404}),
    Case("no_method_and_not_allowed", "PUT", f"{SHOP}/users/1", {"status": 405}),
    Case(
        "an_image",
        "GET",
        f"{SHOP}/users/1/avatar",
        {"body": b"\x89PNG", "headers": {"Content-Type": "image/png"}},
    ),
    Case(
        "a_redirect",
        "GET",
        f"{SHOP}/users/1/avatar",
        {"status": 302, "headers": {"Location": "https://cdn.example.com/1"}},
    ),
    Case(
        "an_upload",
        "PUT",
        f"{SHOP}/users/1/avatar",
        {"status": 204},
        {"files": {"file": b"\x89PNG\xff"}, "data": {"width": "64"}},
    ),
    login("a_form", user="ann", password="longenough", days="3"),
    Case("a_discriminator", "GET", f"{SHOP}/animals/rex", {"json": {"kind": "dog", "barks": True}}),
    Case(
        "a_stream",
        "GET",
        f"{SHOP}/users/1",
        {
            "stream": ['{"id": 1, "name": "Ann", ', '"role": "admin", "born": null}'],
            "headers": {"Content-Type": "application/json"},
        },
    ),
    get_item("an_item"),
    get_item("null_of_two_types", weight=None, place=None),
    get_item("each_keyword", state="new", marks=["a", 1], sizes={"any": 5}),
    Case(
        "a_body_by_a_file",
        "POST",
        f"{DEPOT}/items",
        {"json": ITEM, "status": 201},
        {"json": {"sku": "AB", "when": "10:30"}},
    ),
    Case("no_body_where_none_is_described", "POST", f"{DEPOT}/items", {"status": 422}, {"json": {"sku": 1}}),
]
