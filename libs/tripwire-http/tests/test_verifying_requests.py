"""Requests against a document: their parameters in every style, security, bodies and forms."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from http_verifying import API, Found, document, exchanged, found, operation, truth_of

INTEGER = {"type": "integer"}
INTEGERS = {"type": "array", "items": INTEGER}
POINT = {"type": "object", "required": ["x"], "properties": {"x": INTEGER}}
NESTED = {"type": "object", "properties": {"x": INTEGERS}}
ONE_OR_MORE = {"anyOf": [INTEGERS, INTEGER]}
UNNAMED = "a query parameter that the document does not name"
ENDLESS = "a schema that has no end, or that nothing can be found by"
DEEP = "a parameter in the style 'deepObject'"
IN_FIELDS = "a parameter that is an object's members one by one"


def asked(
    folder: Path, parameter: Any, url: str = f"{API}/a", path: str = "/a", headers: Any = None, **more: Any
) -> Found:
    """What is found of a GET request, where a parameter is described."""
    described = operation(parameters=[parameter])
    document(folder, {path: {"get": described}}, **more)
    return found(
        truth_of(folder, {API: "api.json"}), exchanged(url=url, sent={"headers": headers}, status=200)
    )


@pytest.mark.parametrize(
    ("described", "query", "expected"),
    [
        ({"schema": INTEGER}, "?p=-5", ""),
        ({"schema": INTEGER}, "", ""),
        ({"schema": INTEGER}, "?p=", "'p' is ''"),
        ({"schema": INTEGER}, "?p=1.5", "'p' is '1.5'"),
        ({"schema": INTEGER}, "?p=1&p=x", "'p' is '1' and 'x'"),
        ({"schema": INTEGER, "allowEmptyValue": True}, "?p=", ""),
        ({"schema": {"type": "integer", "nullable": True}}, "?p=null", ""),
        ({"schema": {"type": "boolean"}}, "?p=true", ""),
        ({"schema": {"type": "boolean"}}, "?p=False", ""),
        ({"schema": {"type": "boolean"}}, "?p=1", ""),
        ({"schema": {"type": "boolean"}}, "?p=2", "'p' is '2'"),
        ({"schema": {"enum": [True]}}, "?p=true", ""),
        ({"schema": {"type": "number"}}, "?p=.5e1", ""),
        ({"schema": {"type": "string"}}, "?p=5", ""),
        ({"schema": {"type": "string"}}, "?p=", ""),
        ({"schema": {}}, "?p=5", ""),
        ({"schema": INTEGERS}, "?p=1&p=2", ""),
        ({"schema": INTEGERS}, "?p[]=1&p[]=x", "'p', at [1], is 'x', a string"),
        ({"schema": ONE_OR_MORE}, "?p=1", ""),
        ({"schema": ONE_OR_MORE}, "?p=1&p=2", ""),
        ({"schema": {"type": "array"}}, "?p=1&p=2", ""),
        ({"schema": INTEGERS, "explode": False}, "?p=1,x", "'p', at [1], is 'x', a string"),
        ({"schema": INTEGERS, "explode": False}, "?p=", ""),
        (
            {"schema": INTEGERS, "style": "spaceDelimited", "explode": False},
            "?p=1%20x",
            "'p', at [1], is 'x', a string",
        ),
        (
            {"schema": INTEGERS, "style": "pipeDelimited", "explode": False},
            "?p=1|x",
            "'p', at [1], is 'x', a string",
        ),
        ({"schema": POINT, "style": "deepObject"}, "?p[x]=1&q=", UNNAMED),
        ({"schema": POINT, "style": "deepObject"}, "?p[y]=1", "'p' has no 'x'"),
        ({"schema": POINT, "style": "deepObject"}, "?p=x,1", DEEP),
        ({"schema": POINT, "style": "deepObject"}, "?p[x]=1&p[x]=2", DEEP),
        ({"schema": POINT, "style": "deepObject"}, "?p[x][y]=1", DEEP),
        ({"schema": NESTED, "style": "deepObject"}, "?p[x]=1", DEEP),
        ({"schema": INTEGERS, "style": "deepObject"}, "?p[]=1&p[]=2", ""),
        ({"schema": INTEGERS, "style": "deepObject"}, "?p[0]=1&p[1]=x", "'p', at [1], is 'x', a string"),
        ({"schema": POINT, "explode": False}, "?p=x,1", ""),
        ({"schema": POINT, "explode": False}, "?p=x,a", "'p', at ['x'], is 'a', a string"),
        ({"schema": POINT}, "?x=1", IN_FIELDS),
        ({"content": {"application/json": {"schema": POINT}}}, '?p={"x":1}', ""),
        ({"content": {"application/json": {}}}, "?p=x", ""),
        ({"content": {"text/csv": {"schema": POINT}}}, "?p=x", "a parameter in the style 'form'"),
        ({"content": {"application/json": {"schema": POINT}}}, "?p=x", "'p' is 'x'"),
        ({"schema": {"$ref": "#/components/schemas/Numbers"}}, "?p=1&p=x", "'p', at [1], is 'x', a string"),
        ({"schema": {"$ref": "#/components/schemas/Endless"}}, "?p=1", ENDLESS),
        ({"schema": INTEGER}, "?q=1", UNNAMED),
    ],
)
def test_queries(tmp_path: Path, described: Any, query: str, expected: str) -> None:
    schemas = {
        "Numbers": {"allOf": [{"description": "Many"}, {"type": "array"}, {"items": INTEGER}]},
        "Endless": {"type": "array", "allOf": [{"$ref": "#/components/schemas/Endless"}]},
    }
    parameter = {"name": "p", "in": "query", **described}
    said = asked(tmp_path, parameter, API + "/a" + query, components={"schemas": schemas})
    lie = f"the request's query parameter {expected}"
    wanted = (
        [expected]
        if expected in (UNNAMED, IN_FIELDS) or expected.startswith("a ")
        else [lie] * bool(expected)
    )
    assert [one if isinstance(one, str) else one[0] for one in said] == wanted


@pytest.mark.parametrize(
    ("described", "path", "expected"),
    [
        ({"schema": INTEGER}, "5", ""),
        ({"schema": INTEGERS}, "5,6", ""),
        ({"schema": INTEGERS}, "5,x", "', at [1], is 'x', a string"),
        ({"schema": POINT}, "x,5", ""),
        ({"schema": POINT, "explode": True}, "x=5", ""),
        ({"schema": POINT, "explode": True}, "x=a", "', at ['x'], is 'a', a string"),
        ({"schema": INTEGERS, "style": "label"}, ".5", "a parameter in the style 'label'"),
        ({"schema": POINT, "style": "matrix"}, ";p=x,5", "a parameter in the style 'matrix'"),
        ({"schema": {"type": "string", "maxLength": 3}}, "a%2Fb", ""),
    ],
)
def test_paths(tmp_path: Path, described: Any, path: str, expected: str) -> None:
    parameter = {"name": "p", "in": "path", "required": True, **described}
    said = asked(tmp_path, parameter, f"{API}/a:b/{path}.json", "/a:b/{p}.json")
    wanted = (
        [expected]
        if expected.startswith("a ")
        else [f"the request's path parameter 'p{expected}"] * bool(expected)
    )
    assert [one if isinstance(one, str) else one[0] for one in said] == wanted


def test_a_parameter_of_a_path_that_it_does_not_have(tmp_path: Path) -> None:
    said = asked(tmp_path, {"name": "p", "in": "path", "required": True, "schema": {}})
    assert said == [("the request has no path parameter 'p'", "it is required (GET /a in api.json)")]


@pytest.mark.parametrize(
    ("parameter", "headers", "expected"),
    [
        ({"name": "X-A", "in": "header", "schema": INTEGERS}, {"x-a": "1,2"}, ""),
        (
            {"name": "X-A", "in": "header", "schema": INTEGER, "required": True},
            {},
            "the request has no header 'X-A'",
        ),
        (
            {"name": "X-Token", "in": "header", "schema": INTEGER},
            {"X-Token": "x"},
            "the request's header 'X-Token' is ***",
        ),
        ({"name": "Accept", "in": "header", "schema": INTEGER, "required": True}, {}, ""),
        ({"name": "a", "in": "cookie", "schema": INTEGER}, {"Cookie": "a=5"}, ""),
        ({"name": "a", "in": "cookie", "schema": INTEGER}, {"Cookie": "b=5"}, ""),
    ],
)
def test_headers_and_cookies(tmp_path: Path, parameter: Any, headers: dict[str, str], expected: str) -> None:
    assert [one[0] for one in asked(tmp_path, parameter, headers=headers)] == [expected] * bool(expected)


def test_an_operation_defines_anew_what_its_path_defines(tmp_path: Path) -> None:
    described = {"name": "p", "in": "query", "schema": INTEGER}
    own = operation(parameters=[{**described, "schema": {"type": "string"}}])
    document(tmp_path, {"/a": {"parameters": [described], "get": own}})
    assert found(truth_of(tmp_path, {API: "api.json"}), exchanged(url=f"{API}/a?p=x")) == []


SCHEMES = {
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {"type": "oauth2", "flows": {}},
    "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "tls": {"type": "mutualTLS"},
}


@pytest.mark.parametrize(
    ("security", "sent", "expected"),
    [
        ([{"basic": []}], {}, ("header 'Authorization'", "'basic'")),
        ([{"basic": []}], {"auth": ("ann", "x")}, None),
        ([{"basic": []}, {}], {}, None),
        ([], {}, None),
        ([{"oauth": []}], {"params": {"access_token": "x"}}, None),
        ([{"head": [], "query": []}], {"headers": {"X-Key": "x"}}, ("query parameter 'key'", "'query'")),
        ([{"head": [], "query": []}], {}, ("header 'X-Key' and query parameter 'key'", "'head' and 'query'")),
        ([{"head": [], "query": []}, {"cookie": []}], {}, ("cookie 'sid'", "'cookie'")),
        ([{"cookie": []}], {"headers": {"Cookie": "sid=x"}}, None),
        ([{"query": []}], {"params": {"key": "x"}}, None),
        ([{"tls": []}], {}, None),
        ([{"unknown": []}], {}, None),
    ],
)
def test_security(tmp_path: Path, security: Any, sent: Any, expected: tuple[str, str] | None) -> None:
    document(
        tmp_path,
        {"/a": {"get": operation()}},
        "3.1.0",
        security=security,
        components={"securitySchemes": SCHEMES},
    )
    said = [
        one for one in found(truth_of(tmp_path, {API: "api.json"}), exchanged(sent=sent)) if one != UNNAMED
    ]
    if expected is None:
        assert said == []
    else:
        what, name = expected
        true = f"it is required by the security scheme {name} (GET /a in api.json)"
        assert said == [(f"the request has no {what}", true)]


TYPES = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "files": {"type": "array", "items": {"type": "string"}},
                "point": POINT,
                "n": INTEGER,
                "ns": INTEGERS,
            },
        }
    },
    "application/x-www-form-urlencoded": {
        "schema": {"type": "object", "properties": {"ns": INTEGERS}},
        "encoding": {"ns": {"style": "form", "explode": False}},
    },
    "text/plain": {"schema": {"type": "integer", "minimum": 5}},
    "text/*": {"schema": {"type": "string"}},
    "application/xml": {"schema": {"type": "object"}},
    "application/octet-stream": {},
    "application/vnd.api+json": {
        "schema": {"type": "object", "required": ["a"], "properties": {"a": {"readOnly": True}}}
    },
}


def posted(folder: Path, body: Any, sent: Any, **told: Any) -> Found:
    described = operation(**({"requestBody": {"content": body}} if body is not None else {}))
    document(folder, {"/a": {"post": described}})
    return found(truth_of(folder, {API: "api.json"}), exchanged("POST", sent=sent, **told))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, []),
        ({"files": {"file": b"\xff"}, "data": {"n": "5", "ns": ["1", "2"]}}, []),
        ({"files": [("files", b"1"), ("files", b"2")], "data": {"point": '{"x": 1}'}}, []),
        (
            {"files": {"n": b"x"}, "data": {"point": "x"}},
            ["the field 'point' of the request's form is 'x', a string"],
        ),
        (
            {"files": {"file": b"x"}, "data": {"n": ["1", "2"]}},
            ["the field 'n' of the request's form is ['1', '2'], an array"],
        ),
        ({"files": {"file": b"x"}, "data": {"other": ["1", "2"]}}, []),
        ({"data": {"ns": "1,2"}}, ["a form whose fields have a style"]),
        ({"content": "7", "headers": {"Content-Type": "text/plain"}}, []),
        ({"content": "4", "headers": {"Content-Type": "text/plain"}}, ["the request's body is 4"]),
        ({"content": "4", "headers": {"Content-Type": "text/html"}}, []),
        (
            {"content": "<a/>", "headers": {"Content-Type": "application/xml"}},
            ["a body of 'application/xml'"],
        ),
        ({"content": b"\xff", "headers": {"Content-Type": "application/octet-stream"}}, []),
        ({"content": "{}", "headers": {"Content-Type": "application/vnd.api+json"}}, []),
        ({"content": b"x"}, ["a body without a content type"]),
        (
            {
                "content": gzip.compress(b"{}"),
                "headers": {"Content-Type": "text/plain", "Content-Encoding": "gzip"},
            },
            ["a request's body with a content encoding"],
        ),
    ],
)
def test_bodies(tmp_path: Path, sent: Any, expected: list[str]) -> None:
    said = posted(tmp_path, TYPES, sent)
    assert [one if isinstance(one, str) else one[0] for one in said] == expected


def test_a_body_without_a_type_may_be_json_all_the_same(tmp_path: Path) -> None:
    only = {"application/json": {"schema": POINT}}
    untyped = "a body without a content type"
    assert posted(tmp_path, only, {"content": b"x"}) == [untyped]
    assert posted(tmp_path, only, {"content": b"{}"}) == [
        untyped,
        ("$ of the request's body has no 'x'", "'x' is required: an integer (POST /a in api.json)"),
    ]


def test_which_bodies_are_taken(tmp_path: Path) -> None:
    only: Any = {"application/json": {}}
    where = "POST /a in api.json"
    assert posted(tmp_path, only, {"data": {"a": "1"}}) == [
        (
            "the content type of the request is 'application/x-www-form-urlencoded'",
            f"'application/json' ({where})",
        )
    ]
    document(tmp_path, {"/a": {"post": operation(requestBody={"required": True, "content": only})}})
    assert found(truth_of(tmp_path, {API: "api.json"}), exchanged("POST")) == [
        ("the request has no body", f"a body of 'application/json' is required ({where})")
    ]


def test_a_body_that_nothing_is_said_of(tmp_path: Path) -> None:
    assert posted(tmp_path, None, {"json": 1}) == ["a request's body that the document says nothing of"]


def test_a_wrong_request_of_a_failure_is_a_lie_and_of_a_refusal_is_none(tmp_path: Path) -> None:
    wrong = {"application/json": {"schema": {"type": "string"}}}
    lie = "$ of the request's body is 5, an integer", "a string (POST /a in api.json)"
    assert posted(tmp_path, wrong, {"json": 5}, status=500) == [
        lie,
        "a status that any server, or what is before it, may give",
    ]
    assert posted(tmp_path, wrong, {"json": 5}, status=400) == [
        "a refusal of a wrong request that the document does not name"
    ]
