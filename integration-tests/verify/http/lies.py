"""Exchanges that are not as the documents have them: each with what is said of it."""

from __future__ import annotations

from verify.http.cases import (
    ANN,
    AVATAR,
    DEPOT,
    GET_ITEM,
    GET_USER,
    GET_USERS,
    ITEM,
    LIST,
    LOGIN,
    MAKE,
    SHOP,
    TOTAL,
    Case,
    get_item,
    get_user,
    get_users,
    login,
    make_user,
)

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
                "it has no properties but 'sku', 'secret' and 'when' (POST /items in depot.json)",
            ),
        ),
    ),
]
