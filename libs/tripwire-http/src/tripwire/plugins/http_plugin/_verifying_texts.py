"""From the text of a parameter, a header or a field of a form to the value that its schema is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from jsonschema import ValidationError

from tripwire.plugins.http_plugin._verifying_document import Node
from tripwire.plugins.http_plugin._verifying_schema import Direction, Schemas

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
# OpenAPI does not say how a boolean is written in a URL, and every framework takes several of these.
_BOOLEANS = "true", "1", "yes", "on", "false", "0", "no", "off"
_BRANCHES = "allOf", "anyOf", "oneOf"
_DEEPEST = 20
_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}


def types_of(schema: Node | None, depth: int = 0) -> set[str]:
    """The types that a schema speaks of, also in its branches; none, if it speaks of none."""
    if schema is None or not isinstance(schema.value, dict) or depth > _DEEPEST:
        return set()
    if (meant := schema.resolved()) is not schema:
        return types_of(meant, depth + 1)
    said = schema.value.get("type", [])
    found = {said} if isinstance(said, str) else set(said)
    for name in _BRANCHES:
        if (branches := schema.get(name)) is not None:
            found = found.union(*(types_of(branch, depth + 1) for branch in branches.each()))
    return found


def part_of(schema: Node, name: str, member: str | None = None, depth: int = 0) -> Node | None:
    """What a schema, or a branch of it, says under `items`, or of one of its `properties`."""
    schema = schema.resolved()
    if depth > _DEEPEST or not isinstance(schema.value, dict):
        return None
    if (there := schema.get(name)) is not None and (member is None or member in there.value):
        return there if member is None else there[member]
    for branch in _BRANCHES:
        for one in branches.each() if (branches := schema.get(branch)) is not None else ():
            if (found := part_of(one, name, member, depth + 1)) is not None:
                return found
    return None


class Texts:
    """Reads texts as the schemas of one document want them."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def errors(
        self, schema: Node, readings: Iterable[Any], direction: Direction = "request"
    ) -> list[ValidationError]:
        """What is wrong with a text in the best of its readings: nothing, if one of them is right."""
        best: list[ValidationError] | None = None
        for value in readings:
            errors = self._schemas.errors(schema, value, direction)
            if not errors:
                return []
            best = best or errors
        return best or []

    def scalar(self, schema: Node | None, text: str) -> list[Any]:
        """What a text may stand for: what its schema wants first."""
        types = types_of(schema)
        found: list[Any] = []
        if _INTEGER.fullmatch(text):
            found.append(int(text))
        elif _NUMBER.fullmatch(text):
            found.append(float(text))
        if text.lower() in _BOOLEANS and (not types or "boolean" in types):
            found.append(text.lower() in _BOOLEANS[:4])
        if not text or text == "null":
            found.append(None)
        is_text = not types or "string" in types or types <= {"array", "object"}
        return [text, *found] if is_text or not found else [*found, text]

    def one(self, schema: Node | None, text: str) -> Any:
        """What a text stands for, as an element of something larger."""
        readings = self.scalar(schema, text)
        if schema is None:
            return readings[0]
        fit = (value for value in readings if not self._schemas.errors(schema, value, "request"))
        return next(fit, readings[0])

    def listed(self, schema: Node, texts: Sequence[str]) -> list[Any]:
        """The elements of an array."""
        items = part_of(schema, "items")
        return [self.one(items, text) for text in texts]

    def object_of(self, schema: Node, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """An object of its members' texts."""
        return {name: self.one(part_of(schema, "properties", name), text) for name, text in pairs}

    def deep(self, schema: Node, pairs: Sequence[tuple[str, str]]) -> list[Any] | None:
        """What members written `name[member]=value` may stand for: also arrays, which some documents have so.

        None where nobody can tell: OpenAPI leaves open how what is nested in them is written.
        """
        types = types_of(schema)
        if types == {"array"}:
            return [self.listed(schema, [value for _, value in pairs])]
        members = [(name, part_of(schema, "properties", name)) for name, _ in pairs]
        is_flat = len(dict(pairs)) == len(pairs) and not any("]" in name for name, _ in members)
        if (
            not is_flat
            or "array" in types
            or any(types_of(part) & {"array", "object"} for _, part in members)
        ):
            return None
        return [self.object_of(schema, pairs)]

    def parameter(self, schema: Node, texts: Sequence[str], style: str, explode: bool) -> list[Any] | None:
        """What a parameter may stand for, whose name came with these texts; None where nobody can tell."""
        types = types_of(schema)
        readings: list[Any] = []
        if "array" in types:
            separator = _SEPARATORS.get(style)
            if separator is None:
                return None
            parts = list(texts)
            if not (explode and style != "simple"):
                parts = [part for text in texts for part in (text.split(separator) if text else [])]
            readings.append(self.listed(schema, parts))
        if "object" in types:
            pairs = _pairs(texts[0], style, explode)
            if pairs is None:
                return None
            readings.append(self.object_of(schema, pairs))
        if not types or types - {"array", "object", "null"}:
            readings += self.scalar(schema, texts[-1])
        return readings


def _pairs(text: str, style: str, explode: bool) -> list[tuple[str, str]] | None:
    if style not in ("simple", "form") or (explode and style == "form"):
        return None
    parts = text.split(",")
    if explode:
        return [(name, value) for name, _, value in (part.partition("=") for part in parts)]
    return list(zip(parts[::2], parts[1::2], strict=False))


def deep_pairs(name: str, query: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The members of an object in a query, written `name[member]=value`."""
    for key, value in query:
        if key.startswith(f"{name}[") and key.endswith("]"):
            yield key[len(name) + 1 : -1], value
