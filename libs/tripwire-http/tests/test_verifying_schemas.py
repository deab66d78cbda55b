"""What is said of JSON against the schemas of a document: what is a lie, and what nobody can know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from http_verifying import API, Found, document, exchanged, found, operation, truth_of

WHERE = "GET /a 200 in api.json"
MARKED = "whether a document wants a readOnly or writeOnly property in this direction"
SEVERAL = "a value that fits several schemas of a oneOf"
NO_OFFSET = "a date-time without an offset, as some frameworks send it"
NO_COLON = "a date-time without a colon in its offset, as some services send it"
PATTERN = "a pattern that Python does not understand"
ENDLESS = "a schema that has no end, or that nothing can be found by"
BODY = "$ of the response's body"


def judged(folder: Path, schema: Any, value: Any, version: str, **schemas: Any) -> Found:
    """What is found of a response of this value."""
    document(folder, {"/a": {"get": operation(schema)}}, version, components={"schemas": schemas})
    return found(truth_of(folder, {API: "api.json"}), exchanged(json=value))


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (
            "date-time",
            ["2026-01-31T10:00:00Z", "2026-01-31t10:00:60+01:00", 5],
            ["x", "2026-02-30T10:00:00Z", "2026-01-31T25:00:00Z"],
        ),
        ("date", ["2026-01-31", None], ["2026-1-31", "20260131", "2026-02-30"]),
        ("uuid", ["6d0b6a0e-9f0c-4b6e-8a39-0c9d0a1b2c3d", 5], ["6d0b6a0e9f0c4b6e8a390c9d0a1b2c3d"]),
        ("email", ["a@b", 5], ["a"]),
        ("uri", ["https://example.com/a", "urn:a", 5], ["/a", "a b:c d"]),
        ("ipv4", ["127.0.0.1", 5], ["::1", "x"]),
        ("ipv6", ["::1", 5], ["127.0.0.1", "x"]),
        ("byte", ["YQ==", "-_8", 5], ["a=b", "ü"]),
        ("int32", [2**31 - 1, "x"], [2**31]),
        ("int64", [-(2**63), "x"], [2**63]),
        ("color", ["anything"], []),
    ],
)
def test_formats(tmp_path: Path, version: str, kind: str, right: list[Any], wrong: list[Any]) -> None:
    for value in right:
        assert judged(tmp_path, {"format": kind}, value, version) == []
    for value in wrong:
        lie = f"{BODY} is {value!r}", f"the format {kind!r} ({WHERE})"
        assert judged(tmp_path, {"format": kind}, value, version) == [lie]


A = {"type": "object", "required": ["k"], "properties": {"k": {"enum": ["a"]}, "n": {"type": "integer"}}}
B = {"type": "object", "required": ["k"], "properties": {"k": {"enum": ["b"]}, "n": {"type": "string"}}}
REFS = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]
LOOSE = [{"type": "object"}, {"type": "object", "required": ["k"]}]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        # One branch is meant: by its constant, by a discriminator.
        ({"oneOf": REFS}, {"k": "b", "n": "x"}, []),
        ({"anyOf": REFS}, {"k": "b", "n": 5}, [("$.n of the response's body is 5, an integer", "a string")]),
        ({"oneOf": REFS}, {"k": "c"}, [(BODY + " is {'k': 'c'}", "it fits one of the 2 schemas of oneOf")]),
        ({"oneOf": REFS, "discriminator": {"propertyName": "k"}}, {"k": "B", "n": "x"}, "discriminator"),
        (
            {"oneOf": REFS, "discriminator": {"propertyName": "k", "mapping": {"a": "A", "b": "B"}}},
            {"k": "b", "n": 5},
            [("$.n of the response's body is 5, an integer", "a string")],
        ),
        ({"oneOf": REFS, "discriminator": {"propertyName": "k"}}, {"k": "a"}, []),
        ({"oneOf": REFS, "discriminator": {"propertyName": "k"}}, {"k": 5}, "fits none"),
        ({"oneOf": REFS, "discriminator": {"propertyName": "k"}}, [], "no object"),
        # Nobody knows.
        ({"oneOf": LOOSE}, {"k": 1}, [SEVERAL]),
        ({"format": "date-time"}, "2026-01-31T10:00:00", [NO_OFFSET]),
        ({"format": "date-time"}, "2026-01-31T10:00:00.000+0000", [NO_COLON]),
        ({"anyOf": [{"type": "integer"}, {"format": "date-time"}]}, "2026-01-31 10:00:00", [NO_OFFSET]),
        ({"pattern": r"^\p{L}$"}, "a", [PATTERN]),
        ({"pattern": "b"}, 5, []),
        ({"pattern": "^b"}, "b", []),
        ({"multipleOf": 0.01}, 19.99, []),
        ({"multipleOf": 0.01}, 19.999, [(f"{BODY} is 19.999", "a multiple of 0.01")]),
        ({"multipleOf": 2}, 1e300, []),
        ({"multipleOf": 2}, True, []),
        ({"oneOf": REFS, "discriminator": {"propertyName": "z"}}, {"k": "a"}, []),
        ({"properties": {"p": {"writeOnly": False}}}, {"p": 1}, []),
        ({"properties": {"p": {"writeOnly": True}}}, {"p": 1}, [MARKED]),
        # What is readOnly is asked of responses, what is writeOnly is not.
        ({"required": ["p"], "properties": {"p": {"writeOnly": True}}}, {}, []),
        (
            {"required": ["p"], "properties": {"p": {"readOnly": True, "type": "string"}}},
            {},
            [(f"{BODY} has no 'p'", "'p' is required: a string")],
        ),
        ({"allOf": [{"required": ["p"]}, {"properties": {"p": {"writeOnly": True}}}]}, {}, [MARKED]),
        ({"required": ["p"]}, [], []),
        # Words.
        (
            {"type": "object", "additionalProperties": False},
            {"a": 1},
            [(f"{BODY} has 'a'", "it has no properties")],
        ),
        ({"not": {"type": "string"}}, "a", [(f"{BODY} is 'a'", "not: {'type': 'string'}")]),
        ({"minItems": 1}, [], [(f"{BODY} is []", "at least 1 elements")]),
        ({"type": "object"}, 1.5, [(f"{BODY} is 1.5, a number", "an object")]),
        ({"type": "integer"}, {"a b": 1}, [(f"{BODY} is " + "{'a b': 1}, an object", "an integer")]),
        (
            {"additionalProperties": {"type": "integer"}},
            {"a b": []},
            [("$['a b'] of the response's body is [], an array", "an integer")],
        ),
        (
            {"additionalProperties": {"type": "integer"}},
            {"api_key": "hunter2"},
            [("$.api_key of the response's body is ***, a string", "an integer")],
        ),
        (
            {"properties": {"token": {"enum": ["x"]}}},
            {"token": "y"},
            [("$.token of the response's body is ***", "'x'")],
        ),
        (
            {"enum": [None, "admin"]},
            "admim",
            [(f"{BODY} is 'admim'", "None or 'admin'", "did you mean 'admin'?")],
        ),
        ({"pattern": "^b"}, "ab", [(f"{BODY} is 'ab'", "the pattern '^b'")]),
        ({"enum": [1, 2]}, 3, [(f"{BODY} is 3", "1 or 2")]),
    ],
)
def test_both_versions(tmp_path: Path, version: str, schema: Any, value: Any, expected: Any) -> None:
    said = judged(tmp_path, schema, value, version, A=A, B=B)
    texts = {
        "discriminator": [("$.k of the response's body is 'B'", "'b'")],
        "fits none": [(f"{BODY} is " + "{'k': 5}", "it fits one of the 2 schemas of oneOf")],
        "no object": [(f"{BODY} is [], an array", "an object")],
    }
    wanted = texts[expected] if isinstance(expected, str) else expected
    assert said == [
        one if isinstance(one, str) else (one[0], f"{one[1]} ({WHERE})", *one[2:]) for one in wanted
    ]


@pytest.mark.parametrize(
    ("schema", "value", "true"),
    [
        ({"type": "string", "nullable": True}, None, ""),
        ({"type": "string", "nullable": True}, 5, "a string or null"),
        ({"nullable": True, "enum": ["a"]}, None, ""),
        ({"nullable": True, "oneOf": REFS}, None, ""),
        ({"$ref": "#/components/schemas/A", "type": "string"}, {"k": "a"}, ""),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, "less than 5"),
        ({"maximum": 5, "exclusiveMaximum": False}, 6, "at most 5"),
        ({"type": "integer"}, 5.0, ""),
        ({"type": "integer"}, 5.5, "an integer"),
    ],
)
def test_version_30(tmp_path: Path, schema: Any, value: Any, true: str) -> None:
    lies = judged(tmp_path, schema, value, "3.0.3", A=A, B=B)
    assert [one[1] for one in lies] == [f"{true} ({WHERE})"] * bool(true)


@pytest.mark.parametrize(
    ("schema", "value", "true"),
    [
        ({"exclusiveMaximum": 5}, 5, "less than 5"),
        ({"type": ["string", "null"]}, None, ""),
        ({"$ref": "#/components/schemas/A", "required": ["z"]}, {"k": "a"}, "'z' is required"),
        ({"$ref": "#named"}, 5, ENDLESS),
        ({"additionalProperties": False, "patternProperties": {r"\p{L}": {}}}, {"a": 1}, PATTERN),
        (True, 5, ""),
        (
            {"patternProperties": {"^x-": {}}, "additionalProperties": False},
            {"x-a": 1, "b": 2},
            "it has no properties",
        ),
        (
            {"unevaluatedProperties": False, "properties": {"a": True}},
            {"a": 1, "b": 2},
            "it has no properties but 'a'",
        ),
        (
            {"unevaluatedProperties": False, "allOf": [{"properties": {"a": True}}]},
            {"a": 1, "b": 2},
            "one of these is none that its schemas name",
        ),
    ],
)
def test_version_31(tmp_path: Path, schema: Any, value: Any, true: str) -> None:
    said = judged(tmp_path, schema, value, "3.1.0", A=A, B=B)
    wanted = true if true in (ENDLESS, PATTERN) else f"{true} ({WHERE})" * bool(true)
    assert [one if isinstance(one, str) else one[1] for one in said] == [wanted] * bool(wanted)


def test_a_schema_without_end(tmp_path: Path) -> None:
    endless = {"allOf": [{"$ref": "#/components/schemas/E"}]}
    assert judged(tmp_path, {"$ref": "#/components/schemas/E"}, 5, "3.0.3", E=endless) == [ENDLESS]


def test_what_is_marked_behind_a_reference(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["p"], "properties": {"p": {"$ref": "#/components/schemas/P"}}}
    assert judged(tmp_path, schema, {}, "3.0.3", P={"type": "string", "writeOnly": True}) == [MARKED]
    lie = f"{BODY} has no 'p'", f"'p' is required ({WHERE})"
    assert judged(tmp_path, schema, {}, "3.0.3", P={"type": "string"}) == [lie]


def test_a_property_may_have_any_name(tmp_path: Path) -> None:
    schema = {
        "properties": {
            "default": {"type": "integer"},
            "properties": {"type": "string"},
            "$ref": {"type": "string"},
        },
        "example": {"$ref": "#/nowhere"},
    }
    assert judged(tmp_path, schema, {"default": "x"}, "3.0.3") == [
        ("$.default of the response's body is 'x', a string", f"an integer ({WHERE})")
    ]
