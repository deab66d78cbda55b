"""An OpenAPI document, with the files that it refers to: read once, and found to be one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin
from urllib.request import url2pathname

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from jsonschema.validators import validator_for

from tripwire._values import LONGEST_VALUE, cut, short

_DATA = {"example", "examples", "default", "enum", "const"}  # what stands in them is no part of the document
_MOST_REFERENCES = 100
_NAMED = re.compile("#(?!$|/)")  # a name for a schema, of 3.1, is found by those who read schemas


class DocumentError(Exception):
    """What is wrong with a document, in one line."""


@dataclass(frozen=True)
class Node:
    """A place in a document: the file, the pointer to it there, and what stands there."""

    document: Document
    uri: str
    pointer: str
    value: Any

    @property
    def address(self) -> str:
        """What a `$ref` to it says."""
        return f"{self.uri}#{quote(self.pointer)}"

    def _below(self, name: str | int) -> Node:
        escaped = str(name).replace("~", "~0").replace("/", "~1")
        return Node(self.document, self.uri, f"{self.pointer}/{escaped}", self.value[name])

    def __getitem__(self, name: str | int) -> Node:
        return self._below(name).resolved()

    @property
    def schema(self) -> Node | None:
        """The schema of what is described here: beside its reference, one of 3.1 may say more."""
        return self._below("schema") if "schema" in self.value else None

    def get(self, name: str) -> Node | None:
        """The place under a name, with references followed; None if there is none."""
        return self[name] if isinstance(self.value, dict) and name in self.value else None

    def items(self) -> Iterator[tuple[str, Node]]:
        """The names of an object, and the places under them."""
        return ((name, self[name]) for name in self.value or ())

    def each(self) -> Iterator[Node]:
        """The elements of an array."""
        return (self[number] for number in range(len(self.value)))

    def resolved(self) -> Node:
        """The place that is meant, if this one only refers to it."""
        node = self
        for _ in range(_MOST_REFERENCES):
            ref = node.value.get("$ref") if isinstance(node.value, dict) else None
            if not isinstance(ref, str) or _NAMED.search(ref):
                return node
            node = node.document.at(urljoin(node.uri, ref))
        raise DocumentError(f"{self.value['$ref']!r} refers to itself")


class Document:
    """A document by its file; `name` is how the settings call it.

    Raises:
        DocumentError: it cannot be read, or is no OpenAPI 3.0 or 3.1.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.uri = path.resolve().as_uri()
        self.files: dict[str, Any] = {}
        self._read(self.uri, name)
        content = self.files[self.uri]
        self.version = _version(content, name)
        self._validate(content)
        self._read_references()

    @cached_property
    def root(self) -> Node:
        """The whole of it."""
        return Node(self, self.uri, "", self.files[self.uri])

    def at(self, address: str) -> Node:
        """What stands at an address: a file, and the pointer in it.

        Raises:
            DocumentError: nothing does.
        """
        uri, pointer = urldefrag(address)
        if uri not in self.files:
            self._read(uri, address)
        value = self.files[uri]
        for part in unquote(pointer).split("/")[1:] if pointer.startswith("/") else [pointer] * bool(pointer):
            name = part.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(name) if isinstance(value, list) else name]
            except (LookupError, TypeError, ValueError):
                raise DocumentError(
                    f"{self.name} refers to {_shown(address)!r}, which is not there"
                ) from None
        return Node(self, uri, unquote(pointer), value)

    def _read(self, uri: str, name: str) -> None:
        if not uri.startswith("file:"):
            raise DocumentError(f"{self.name} refers to {name!r}; only files are read: keep a copy beside it")
        path = Path(url2pathname(uri.removeprefix("file://")))
        try:
            text = path.read_text(encoding="utf-8-sig")
            read = json.loads(text) if path.suffix == ".json" else yaml.load(text, _loader())
            self.files[uri] = _with_names(read)
        except FileNotFoundError:
            raise DocumentError(f"{self.name} refers to {_shown(name)!r}, which is not there") from None
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
            kind = "JSON" if path.suffix == ".json" else "YAML"
            problem = cut(_in_a_line(error), LONGEST_VALUE)
            raise DocumentError(f"{_shown(name)} is no {kind}: {problem}") from None

    def _validate(self, content: Any) -> None:
        """See to it that the document is one, as far as no reference is followed.

        Raises:
            DocumentError: it is none.
        """
        wanted = _schema_of_documents(self.version)
        if error := best_match(validator_for(wanted)(wanted).iter_errors(content)):
            raise DocumentError(self._not_valid(error))
        if self.version == "3.1":  # whose schemas have a language of their own
            for pointer, schema in _schemas(content, ""):
                try:
                    Draft202012Validator.check_schema(schema, format_checker=FormatChecker(formats=()))
                except SchemaError as wrong:
                    raise DocumentError(self._not_valid(wrong, pointer)) from None

    def _not_valid(self, error: ValidationError | SchemaError, before: str = "") -> str:
        where = before + "".join(f"/{part}" for part in error.absolute_path)
        problem = cut(_in_a_line(error.message), LONGEST_VALUE)
        return f"{self.name} is no valid OpenAPI {self.version}: at {where or '/'}: {problem}"

    def _read_references(self) -> None:
        done: set[str] = set()
        while waiting := [uri for uri in self.files if uri not in done]:
            for uri in waiting:
                done.add(uri)
                for value in _objects(self.files[uri]):
                    ref = value.get("$ref")
                    if isinstance(ref, str) and _NAMED.search(ref) is None:
                        self.at(urljoin(uri, ref)).resolved()

    def is_marked(self, name: str, mark: str) -> bool:
        """Whether a property of this name is marked in any schema of the document: as readOnly, or writeOnly."""
        return name in self._marked[mark]

    @cached_property
    def _marked(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {"readOnly": set(), "writeOnly": set()}
        for uri, content in self.files.items():
            for value in _objects(content):
                properties = value.get("properties")
                for name, schema in properties.items() if isinstance(properties, dict) else ():
                    there = Node(self, uri, "", schema).resolved().value
                    for mark, names in found.items():
                        if isinstance(there, dict) and there.get(mark) is True:
                            names.add(name)
        return found


def _schema_of_documents(version: str) -> Any:
    """What OpenAPI says of its documents, from the library that keeps it."""
    origin = getattr(find_spec("openapi_spec_validator"), "origin", None) or ""
    file = Path(origin).parent / "resources" / "schemas" / f"v{version}" / "schema.json"
    if file.is_file():  # without the library, whose import takes longer than all of the rest
        return json.loads(file.read_text(encoding="utf-8"))
    from openapi_spec_validator import schemas

    return dict(schemas.schema_v30 if version == "3.0" else schemas.schema_v31)


def _version(content: Any, name: str) -> str:
    if not isinstance(content, dict) or not {"openapi", "swagger"} & content.keys():
        raise DocumentError(f"{name} is no OpenAPI document: it has no 'openapi' that names a version")
    version = str(content.get("openapi", content.get("swagger")))
    if version[:4].rstrip(".") not in ("3.0", "3.1"):
        raise DocumentError(f"{name} is of version {short(version)}; OpenAPI 3.0 and 3.1 are understood")
    content["openapi"] = (
        version if version.count(".") == 2 else f"{version}.0"
    )  # which YAML reads as a number
    return version[:3]


def _shown(address: str) -> str:
    """An address as somebody would write it beside the file."""
    uri, pointer = urldefrag(address)
    return uri.rpartition("/")[2] + f"#{unquote(pointer)}" * bool(pointer)


def _in_a_line(error: object) -> str:
    return " ".join(str(error).split())


def _is_data(name: str, value: Any) -> bool:
    """Whether what stands under a name is data: not, if a property is called so, and a response may be the default."""
    marks = {"type", "$ref", "description"} if name == "default" else {"type"}
    return name in _DATA and not (isinstance(value, dict) and marks & value.keys())


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in a file, but for what is data."""
    if isinstance(value, dict):
        yield value
        for name, one in value.items():
            if not _is_data(name, one):
                yield from _objects(one)
    elif isinstance(value, list):
        for one in value:
            yield from _objects(one)


def _schemas(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """The schemas of a document, not those within them, by their pointers."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _schemas(one, f"{pointer}/{number}")
    elif isinstance(value, dict):
        for name, one in value.items():
            here = f"{pointer}/{name}"
            if name == "schema" or pointer == "/components/schemas":
                yield here, one
            elif not _is_data(name, one):
                yield from _schemas(one, here)


def _with_names(value: Any) -> Any:
    """What was read, with strings for the names that YAML takes for numbers, such as a status."""
    if isinstance(value, dict):
        return {str(name): _with_names(one) for name, one in value.items()}
    return [_with_names(one) for one in value] if isinstance(value, list) else value


@cache
def _loader() -> Any:
    """Reads YAML as OpenAPI wants it: as JSON's types; no dates, and neither `no` nor `12:30` are anything but text."""

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - what PyYAML calls it

    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
        ("int", r"[-+]?(?:0|[1-9][0-9]*)", [*"-+0123456789"]),
        (
            "float",
            r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)",
            [*"-+.0123456789"],
        ),
        ("merge", r"<<", ["<"]),
    ):
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)
    return Loader
