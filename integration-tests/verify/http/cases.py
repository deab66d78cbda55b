"""Exchanges with two services that documents describe, and what is wrong with each: nothing, or these lies."""

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

LIES = [
    get_user(
        "a_wrong_type", ("$.id of the response's body is '1', a string", f"an integer ({GET_USER})"), id="1"
    ),
    get_user(
        "a_boolean_for_an_integer",
        ("$.id of the response's body is True, a boolean", f"an integer ({GET_USER})"),
        id=True,
    ),
    get_user(
        "a_missing_member",
        ("$ of the response's body has no 'name'", f"'name' is required: a string ({GET_USER})"),
        name=...,
    ),
    get_user(
        "null_where_it_is_not_allowed",
        ("$.name of the response's body is None", f"a string ({GET_USER})"),
        name=None,
    ),
    get_user(
        "a_wrong_enum",
        (
            "$.role of the response's body is 'admim'",
            f"'admin', 'buyer' or 'no' ({GET_USER})",
            "did you mean 'admin'?",
        ),
        role="admim",
    ),
    get_user(
        "a_wrong_date",
        ("$.born of the response's body is '31.01.1990'", f"the format 'date' ({GET_USER})"),
        born="31.01.1990",
    ),
    get_user(
        "a_wrong_moment",
        ("$.seen of the response's body is '2026-01-31 25:00:00Z'", f"the format 'date-time' ({GET_USER})"),
        seen="2026-01-31 25:00:00Z",
    ),
    get_user(
        "a_string_that_is_too_long",
        (f"$.name of the response's body is '{'a' * 21}'", f"at most 20 characters ({GET_USER})"),
        name="a" * 21,
    ),
    get_user(
        "a_limit_that_is_excluded",
        ("$.credit of the response's body is 0", f"more than 0 ({GET_USER})"),
        credit=0,
    ),
    get_user(
        "deep_inside",
        ("$.boss.boss.id of the response's body is 'x', a string", f"an integer ({GET_USER})"),
        boss={**ANN, "boss": {**ANN, "id": "x"}},
    ),
    get_user(
        "several_at_once",
        ("$.id of the response's body is None", f"an integer ({GET_USER})"),
        ("$.name of the response's body is 5, an integer", f"a string ({GET_USER})"),
        id=None,
        name=5,
    ),
    Case(
        "alike_in_a_list",
        "GET",
        f"{SHOP}/users",
        {"json": {"items": [{**ANN, "id": "x"}] * 3}, "headers": TOTAL},
        lies=(
            (
                "$.items[0].id of the response's body is 'x', a string, and 2 more like it",
                f"an integer ({GET_USERS})",
            ),
        ),
    ),
    Case(
        "a_missing_header",
        "GET",
        f"{SHOP}/users",
        {"json": {"items": []}},
        lies=(("the response has no header 'X-Total'", f"it is required ({GET_USERS})"),),
    ),
    Case(
        "a_wrong_header",
        "GET",
        f"{SHOP}/users",
        {"json": {"items": []}, "headers": {"X-Total": "many"}},
        lies=(("the response's header 'X-Total' is 'many', a string", f"an integer ({GET_USERS})"),),
    ),
    Case(
        "a_wrong_status",
        "GET",
        f"{SHOP}/users/1",
        {"json": ANN, "status": 201},
        lies=(("the status is 201", "200 or 404 (GET /users/{id} in shop.yaml)"),),
    ),
    Case(
        "a_wrong_content_type",
        "GET",
        f"{SHOP}/users/1",
        {"html": "<p>Ann"},
        lies=(("the content type of the response is 'text/html'", f"'application/json' ({GET_USER})"),),
    ),
    Case(
        "a_body_that_is_no_json",
        "GET",
        f"{SHOP}/users/1",
        {"body": "Ann", "headers": {"Content-Type": "application/json"}},
        lies=(("the response's body is b'Ann'", f"JSON ({GET_USER})"),),
    ),
    Case(
        "no_body",
        "GET",
        f"{SHOP}/users/1",
        {},
        lies=(("the response has no body", f"a body of 'application/json' ({GET_USER})"),),
    ),
    Case(
        "a_wrong_path",
        "GET",
        f"{SHOP}/user/1",
        {"json": ANN},
        lies=(("there is '/v1/user/1'", "shop.yaml has no such path", "did you mean '/users/{id}'?"),),
    ),
    Case(
        "a_wrong_method",
        "PATCH",
        f"{SHOP}/users/1",
        {"json": ANN},
        lies=(("/users/{id} has PATCH", "it has GET and DELETE (shop.yaml)"),),
    ),
    Case(
        "a_wrong_path_parameter",
        "GET",
        f"{SHOP}/users/ann",
        {"json": ANN},
        lies=(("the request's path parameter 'id' is 'ann'", "an integer (GET /users/{id} in shop.yaml)"),),
    ),
    get_users(
        "a_wrong_query_parameter",
        ("the request's query parameter 'page' is '0'", f"at least 1 ({LIST})"),
        params={"page": "0"},
    ),
    get_users(
        "a_wrong_element_of_a_parameter",
        ("the request's query parameter 'role', at [1], is 'king'", f"'admin', 'buyer' or 'no' ({LIST})"),
        params={"role": ["admin", "king"]},
    ),
    get_users(
        "a_wrong_parameter_with_commas",
        (
            "the request's query parameter 'fields', at [1], is 'nam'",
            f"'id' or 'name' ({LIST})",
            "did you mean 'name'?",
        ),
        params={"fields": "id,nam"},
    ),
    get_users(
        "a_wrong_object_in_a_query",
        ("the request's query parameter 'filter', at ['age'], is 'x', a string", f"an integer ({LIST})"),
        params={"filter[age]": "x"},
    ),
    get_users(
        "wrong_json_in_a_query",
        ("the request's query parameter 'where' has no 'op'", f"'op' is required ({LIST})"),
        params={"where": "{}"},
    ),
    get_users(
        "no_json_in_a_query",
        ("the request's query parameter 'where' is 'x'", f"JSON ({LIST})"),
        params={"where": "x"},
    ),
    get_users(
        "a_wrong_request_header",
        ("the request's header 'X-Trace' is 'abc'", f"the format 'uuid' ({LIST})"),
        headers={"X-Trace": "abc"},
    ),
    get_users(
        "a_wrong_cookie",
        ("the request's cookie parameter 'lang' is 'fr'", f"'de' or 'en' ({LIST})"),
        headers={"Cookie": "lang=fr"},
    ),
    make_user(
        "no_body_sent", ("the request has no body", f"a body of 'application/json' is required ({MAKE})")
    ),
    make_user(
        "a_form_for_json",
        (
            "the content type of the request is 'application/x-www-form-urlencoded'",
            f"'application/json' ({MAKE})",
        ),
        data={"name": "Ann"},
    ),
    make_user(
        "a_wrong_member",
        (
            "$ of the request's body has 'nme'",
            f"it has no properties but 'name', 'role' and 'password' ({MAKE})",
            "did you mean 'name'?",
        ),
        json={"name": "Ann", "role": "buyer", "nme": "A"},
    ),
    make_user(
        "a_short_password",
        ("$.password of the request's body is ***", f"at least 8 characters ({MAKE})"),
        json={"name": "Ann", "role": "buyer", "password": "hunter2"},
    ),
    Case(
        "no_token",
        "DELETE",
        f"{SHOP}/users/1",
        {"status": 204},
        lies=(
            (
                "the request has no header 'Authorization'",
                "it is required by the security scheme 'token' (DELETE /users/{id} in shop.yaml)",
            ),
        ),
    ),
    login(
        "a_form_without_a_field",
        ("the request's form has no 'password'", f"'password' is required: a string ({LOGIN})"),
        user="ann",
    ),
    login(
        "a_wrong_field",
        ("the field 'days' of the request's form is 'x', a string", f"an integer ({LOGIN})"),
        user="ann",
        password="longenough",
        days="x",
    ),
    login(
        "a_short_password_in_a_form",
        ("the field 'password' of the request's form is ***", f"at least 8 characters ({LOGIN})"),
        user="ann",
        password="hunter2",
    ),
    Case(
        "a_secret_in_a_response",
        "POST",
        f"{SHOP}/login",
        {"json": {"token": "hunter2"}},
        {"data": {"user": "ann", "password": "longenough"}},
        (("$.token of the response's body is ***", "the pattern '^t-' (POST /login 200 in shop.yaml)"),),
    ),
    Case(
        "an_upload_without_a_field",
        "PUT",
        f"{SHOP}/users/1/avatar",
        {"status": 204},
        {"files": {"file": b"\x89PNG"}, "data": {"size": "6"}},
        (("the request's form has no 'width'", f"'width' is required: an integer ({AVATAR})"),),
    ),
    Case(
        "a_wrong_kind",
        "GET",
        f"{SHOP}/animals/tom",
        {"json": {"kind": "cat", "lives": 10}},
        lies=(("$.lives of the response's body is 10", "at most 9 (GET /animals/{name} 200 in shop.yaml)"),),
    ),
    Case(
        "a_missing_location",
        "GET",
        f"{SHOP}/users/1/avatar",
        {"status": 302},
        lies=(
            (
                "the response has no header 'Location'",
                "it is required (GET /users/{id}/avatar 302 in shop.yaml)",
            ),
        ),
    ),
    Case(
        "a_stream_with_a_lie",
        "GET",
        f"{SHOP}/users/1",
        {
            "stream": ['{"id": 1, "name": "Ann", ', '"role": "admin"}'],
            "headers": {"Content-Type": "application/json"},
        },
        lies=(("$ of the response's body has no 'born'", f"'born' is required: a string ({GET_USER})"),),
    ),
    get_item(
        "none_of_two_types",
        ("$.weight of the response's body is 'x', a string", f"a number or null ({GET_ITEM})"),
        weight="x",
    ),
    get_item("too_little", ("$.weight of the response's body is 0", f"more than 0 ({GET_ITEM})"), weight=0),
    get_item(
        "the_branch_that_was_meant",
        ("$.place of the response's body has no 'row'", f"'row' is required: an integer ({GET_ITEM})"),
        place={},
    ),
    get_item(
        "no_branch",
        ("$.place of the response's body is 'here', a string", f"an object or null ({GET_ITEM})"),
        place="here",
    ),
    get_item(
        "no_multiple",
        ("$.place.row of the response's body is 3", f"a multiple of 2 ({GET_ITEM})"),
        place={"row": 3},
    ),
    get_item(
        "a_wrong_constant", ("$.state of the response's body is 'old'", f"'new' ({GET_ITEM})"), state="old"
    ),
    get_item(
        "an_element_twice",
        ("$.marks of the response's body is ['a', 'a']", f"no element comes twice ({GET_ITEM})"),
        marks=["a", "a"],
    ),
    get_item(
        "a_wrong_value_of_any_name",
        ("$.sizes.any of the response's body is 'x', a string", f"an integer ({GET_ITEM})"),
        sizes={"any": "x"},
    ),
    Case(
        "a_missing_parameter",
        "GET",
        f"{DEPOT}/items/AB",
        {"json": ITEM},
        lies=(
            (
                "the request has no query parameter 'depth'",
                "it is required: an integer or null (GET /items/{sku} in depot.json)",
            ),
        ),
    ),
    Case(
        "a_member_that_no_schema_names",
        "POST",
        f"{DEPOT}/items",
        {"json": ITEM, "status": 201},
        {"json": {"sku": "AB", "size": 5}},
        (
            (
                "$ of the request's body has 'size'",
                "its schemas name no such property (POST /items in depot.json)",
            ),
        ),
    ),
]
