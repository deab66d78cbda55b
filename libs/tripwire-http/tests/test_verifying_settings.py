"""`[tool.tripwire.verify.http]`: what it takes, and what is said of everything else before any test runs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from http_verifying import API, document, exchanged, found, operation, truth_of

from tripwire import TripwireConfigError
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.verifying import TruthSettings

A_STRING = {"/a": {"get": operation({"type": "string"})}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a document."""
    document(tmp_path, A_STRING)
    return tmp_path


def test_nothing_is_the_truth_where_nothing_is_set(tmp_path: Path) -> None:
    assert HttpPlugin.truth(TruthSettings({}, None, tmp_path)) is None


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ("api.json", "http", 'must be a table of URLs, such as "https://api.example.com" = "openapi.yaml"'),
        ({"api.example.com": "api.json"}, 'http."api.example.com"', "url 'api.example.com' must be absolute"),
        ({"ftp://a.com": "api.json"}, 'http."ftp://a.com"', "must begin with http:// or https://"),
        (
            {"https://ada:pw@a.com": "live"},
            'http."https://ada:***@a.com"',
            "must have no user and no password: ",
        ),
        (
            {f"{API}/*": "api.json"},
            f'http."{API}/*"',
            "must be the beginning of URLs: scheme, host, and a path",
        ),
        ({API: "none.json"}, f'http."{API}"', "there is no file 'none.json' in"),
        (
            {API: 5},
            f'http."{API}"',
            "must be the name of a file, 'live', or a table that has document or live",
        ),
        (
            {API: {"document": "api.json", "live": True}},
            f'http."{API}"',
            "must be the name of a file, 'live', or",
        ),
        ({API: {"document": 5}}, f'http."{API}".document', "must be the name of a file, not 5"),
        (
            {API: {"document": "api.json", "paths": 1}},
            f'http."{API}".paths',
            "this is no key; known are: document, unknown_paths, unknown_status",
        ),
        (
            {API: {"document": "api.json", "unknown_paths": "deny"}},
            f'http."{API}".unknown_paths',
            "must be 'lie' or 'allow', not 'deny'",
        ),
        ({API: {"live": False}}, f'http."{API}".live', "must be true, not False"),
        ({API: {"live": True, "timeout": 0}}, f'http."{API}".timeout', "must be a number of seconds, not 0"),
        (
            {API: {"live": True, "ignore": ["a"]}},
            f'http."{API}".ignore',
            "must be a list of JSON paths such as",
        ),
        (
            {API: {"live": True, "headers": []}},
            f'http."{API}".headers',
            "must be a table of names and values",
        ),
        (
            {API: {"live": True, "headers": {"A": 5}}},
            f'http."{API}".headers.A',
            "must be a string, such as 'env:API_TOKEN'",
        ),
        (
            {API: {"live": True, "headers": {"A": "env:NO_SUCH"}}},
            f'http."{API}".headers.A',
            "the environment variable 'NO_SUCH' is not set",
        ),
        (
            {API: {"live": True, "params": {"a": "1\n2"}}},
            f'http."{API}".params.a',
            "its value cannot be sent: it must be one line of text",
        ),
    ],
)
def test_wrong_settings(folder: Path, table: Any, key: str, said: str) -> None:
    with pytest.raises(TripwireConfigError) as caught:
        truth_of(folder, table)
    assert str(caught.value).startswith(f"{folder}/pyproject.toml: [tool.tripwire] verify.{key}: {said}")


VALID = {"openapi": "3.1.0", "info": {"title": "An API", "version": "1"}, "paths": {}}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "a.json is no JSON: Expecting property name enclosed in double quotes"),
        ("a.yaml", "a: [", "a.yaml is no YAML: while parsing a flow "),
        ("a.yaml", "&a [*a]", "a.yaml is no YAML: maximum recursion depth exceeded"),
        ("a.yaml", b"\xff\xfe\xff", "a.yaml is no YAML: "),
        ("a.yaml", "- a", "a.yaml is no OpenAPI document: it has no 'openapi' that names a version"),
        ("a.yaml", "swagger: '2.0'", "a.yaml is of version '2.0'; OpenAPI 3.0 and 3.1 are understood"),
        (
            "a.yaml",
            "openapi: 3.0",
            "a.yaml is no valid OpenAPI 3.0: at /: 'info' is a required property",
        ),
        (
            "a.json",
            json.dumps({**VALID, "paths": {"a": {}}}),
            "a.json is no valid OpenAPI 3.1: at /paths: Unevaluated properties are not allowed",
        ),
        (
            "a.json",
            json.dumps({**VALID, "components": {"schemas": {"A": {"type": "strng"}}}}),
            "a.json is no valid OpenAPI 3.1: at /components/schemas/A/type: 'strng' is not valid",
        ),
        (
            "a.json",
            json.dumps({**VALID, "components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}),
            "a.json refers to 'a.json#/components/schemas/B', which is not there",
        ),
        (
            "a.json",
            json.dumps({**VALID, "components": {"schemas": {"A": {"$ref": "b.yaml#/B"}}}}),
            "a.json refers to 'b.yaml#/B', which is not there",
        ),
        (
            "a.json",
            json.dumps({**VALID, "components": {"schemas": {"A": {"$ref": "https://b.example.com/b.yaml"}}}}),
            "a.json refers to 'https://b.example.com/b.yaml'; only files are read: keep a copy beside it",
        ),
    ],
)
def test_what_is_no_document(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TripwireConfigError) as caught:
        truth_of(tmp_path, {API: name})
    head = f'{tmp_path}/pyproject.toml: [tool.tripwire] verify.http."{API}": '
    assert str(caught.value).startswith(head + said)


def test_a_reference_in_a_circle(tmp_path: Path) -> None:
    circle = {"A": {"$ref": "#/components/responses/B"}, "B": {"$ref": "#/components/responses/A"}}
    document(tmp_path, {}, components={"responses": circle})
    with pytest.raises(TripwireConfigError, match=r"'#/components/responses/.' refers to itself"):
        truth_of(tmp_path, {API: "api.json"})


def test_without_the_libraries(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "tripwire.plugins.http_plugin._verifying.find_spec",
        lambda name: None if name == "yaml" else real(name),
    )
    said = "to read OpenAPI documents, 'yaml' is missing: pip install \"python-tripwire\\[verify\\]\""
    with pytest.raises(TripwireConfigError, match=said):
        truth_of(folder, {API: "api.json"})
    assert truth_of(folder, {API: "live"})  # which needs none of them


def test_what_openapi_says_of_its_documents_may_lie_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tripwire.plugins.http_plugin._verifying_document.find_spec", lambda _: None)
    assert truth_of(folder, {API: "api.json"})


def test_yaml_is_read_as_json_has_it(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(
        """
openapi: 3.1
info: {title: An API, version: 1.0.0}
x-base: &base {type: object}
paths:
  /a:
    get:
      responses:
        200:
          description: Fine
          content:
            application/json:
              example: {schema: {$ref: "#/nowhere"}}
              schema:
                <<: *base
                properties:
                  at: {enum: [12:30, 2026-01-31, no, on, ~, 010, true, 1.5, -3]}
"""
    )
    truth = truth_of(tmp_path, {API: "api.yaml"})
    for value in ("12:30", "2026-01-31", "no", "on", None, "010", True, 1.5, -3):
        assert found(truth, exchanged(json={"at": value})) == []
    assert found(truth, exchanged(json={"at": False})) == [
        (
            "$.at of the response's body is False",
            "'12:30', '2026-01-31', 'no', 'on', None, '010', True, 1.5 or -3 (GET /a 200 in api.yaml)",
        )
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{API}/a", []),
        ("https://API.example.com:443/a", []),
        (f"{API}/v2/a", ["path"]),
        (f"{API}/v20/a", ["api.json has no such path"]),
        ("http://api.example.com/a", ["no document covers http://api.example.com"]),
        ("https://api.example.com:8443/a", ["no document covers https://api.example.com"]),
        ("https://other.example.com/a", ["no document covers https://other.example.com"]),
    ],
)
def test_the_longest_url_counts(folder: Path, url: str, expected: list[str]) -> None:
    document(folder, {"/b": {"get": operation()}}, name="v2.json")
    truth = truth_of(
        folder, {API: "api.json", f"{API}/v2/": {"document": "v2.json", "unknown_paths": "allow"}}
    )
    said = {"a path that the document does not name": "path"}
    assert [
        said.get(one, one) if isinstance(one, str) else one[1]
        for one in found(truth, exchanged(url=url, json="x"))
    ] == expected


@pytest.mark.parametrize(
    ("prefix", "servers", "right", "wrong"),
    [
        (API, ["https://api.example.com/v1"], ["/v1/a"], ["/a"]),
        (API, ["/v1"], ["/v1/a"], ["/a"]),
        (API, ["https://{at}.example.com:{port}/v1"], ["/v1/a"], ["/a"]),
        (f"{API}/v1", ["/v1"], ["/v1/a"], ["/v1/v1/a"]),
        (f"{API}/v2", ["/v1"], ["/v2/a", "/v2/v1/a"], ["/v2/b"]),
        (f"{API}/v1/a", ["/v1"], ["/v1/a"], ["/v1/a/b"]),
        (f"{API}/a", ["https://elsewhere.example.com"], ["/a"], ["/a/b"]),
        (f"{API}/v2", ["https://api.example.com/v1"], ["/v2/a"], ["/v2/v1/a"]),
        (
            API,
            ["https://elsewhere.example.com/v1", "http://[", "https://x.example.com"],
            ["/v1/a", "/a"],
            ["/b"],
        ),
        (API, ["https://api.example.com/{n}"], ["/0/a", "/99/a"], ["/100/a"]),
    ],
)
def test_the_servers_of_a_document(
    tmp_path: Path, prefix: str, servers: list[str], right: list[str], wrong: list[str]
) -> None:
    variables = {
        "at": {"default": "eu", "enum": ["eu", "api"]},
        "port": {"default": "443"},
        "n": {"default": "0", "enum": [str(number) for number in range(101)]},
    }
    said = [{"url": url, "variables": variables} for url in servers]
    document(tmp_path, A_STRING, servers=said)
    document(tmp_path, {"/a": {**A_STRING["/a"], "servers": said}}, name="inner.json")
    for name in ("api.json", "inner.json"):
        truth = truth_of(tmp_path, {prefix: name})
        for path in right:
            assert found(truth, exchanged(url=API + path, json="x")) == [], path
        for path in wrong:
            lies = found(truth, exchanged(url=API + path, json="x"))
            assert [one[1] for one in lies] == [f"{name} has no such path"], path
