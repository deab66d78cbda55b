"""What a request is held against: the parameters and the security of an operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tripwire._values import short
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._secrets import MASK, is_secret
from tripwire.plugins.http_plugin._verifying_document import Node
from tripwire.plugins.http_plugin._verifying_plain import Path, a_kind, as_json, listed
from tripwire.plugins.http_plugin._verifying_schema import Schemas
from tripwire.plugins.http_plugin._verifying_texts import Texts, deep_pairs, types_of
from tripwire.plugins.http_plugin._verifying_words import findings
from tripwire.verifying import Lie, Unchecked

UNNAMED = "a query parameter that the document does not name"
IN_FIELDS = "a parameter that is an object's members one by one"
_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_NOT_HELD = {"accept", "content-type", "authorization"}  # whose parameters are to be ignored, says OpenAPI


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation, by name and place."""

    name: str
    place: str
    node: Node

    @property
    def is_required(self) -> bool:
        """Whether a request must have it."""
        return self.node.value.get("required") is True or self.place == "path"

    @property
    def style(self) -> str:
        """How it is written."""
        style: str = self.node.value.get("style", _STYLES[self.place])
        return style

    @property
    def explodes(self) -> bool:
        """Whether the parts of its value are written one by one."""
        return self.node.value.get("explode", self.style == "form") is True

    @cached_property
    def types(self) -> set[str]:
        """The types that its schema speaks of."""
        return types_of(self.node.schema)

    @cached_property
    def is_spread(self) -> bool:
        """Whether it is an object whose members are parameters of their own."""
        is_object = self.place in ("query", "cookie") and "object" in self.types
        return is_object and self.style == "form" and self.explodes

    def __str__(self) -> str:
        return f"{self.place} parameter {self.name!r}" if self.place != "header" else f"header {self.name!r}"


class Parameters:
    """The parameters of the operations of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._texts = Texts(schemas)
        self._of: dict[str, list[Parameter]] = {}

    def of(self, item: Node, operation: Node) -> list[Parameter]:
        """Those of an operation, and those of its path that it does not define anew."""
        found = self._of.get(operation.pointer)
        if found is None:
            both: dict[tuple[str, str], Parameter] = {}
            for holder in (item, operation):
                nodes = holder.get("parameters")
                for node in nodes.each() if nodes is not None else ():
                    name, place = node.value["name"], node.value["in"]
                    if place == "header" and name.lower() in _NOT_HELD:
                        continue
                    both[name.lower() if place == "header" else name, place] = Parameter(name, place, node)
            found = self._of[operation.pointer] = list(both.values())
        return found

    def check(
        self, parameters: Sequence[Parameter], request: Request, path: Mapping[str, str], where: str
    ) -> Iterator[Lie | Unchecked]:
        """What is wrong with the parameters of a request."""
        query = parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
        given = _Given(path, query, request)
        for parameter in parameters:
            if parameter.is_spread:
                yield Unchecked(IN_FIELDS)
                continue
            texts = given.texts(parameter)
            if texts:
                yield from self._check(parameter, texts, where)
            elif parameter.is_required:
                kind = f": {a_kind(sorted(parameter.types))}" if parameter.types else ""
                yield Lie(f"the request has no {parameter}", f"it is required{kind} ({where})")

    def _check(self, parameter: Parameter, texts: Sequence[Any], where: str) -> Iterator[Lie | Unchecked]:
        schema = parameter.node.schema
        readings: list[Any] | None
        if schema is None:
            content = parameter.node.get("content")
            media_type, media = next(iter(content.items())) if content is not None else ("", parameter.node)
            schema = media.schema
            if schema is None:
                return
            try:
                readings = [as_json(texts[-1])] if "json" in media_type else None
            except ValueError:
                yield Lie(_said(parameter, texts), f"JSON ({where})")
                return
        elif isinstance(texts[0], tuple):
            readings = self._texts.deep(schema, texts)
        else:
            readings = self._texts.parameter(schema, texts, parameter.style, parameter.explodes)
        if readings is None:
            yield Unchecked(f"a parameter in the style {parameter.style!r}")
            return
        if texts == [""] and parameter.node.value.get("allowEmptyValue") is True:
            return
        errors = self._texts.errors(schema, readings)
        if parameter.style in ("simple", "form") and errors and not types_of(schema) & {"array", "object"}:
            said, hidden = _said(parameter, texts), is_secret(parameter.name)
            for one in findings(errors, lambda _: "", where, is_secret=hidden):
                yield Lie(said, one.true, "" if hidden else one.remedy) if isinstance(one, Lie) else one
            return

        def subject(at: Path) -> str:
            return f"the request's {parameter}" + f", at {list(at)}," * bool(at)

        yield from findings(errors, subject, where, is_secret=is_secret(parameter.name))


def _said(parameter: Parameter, texts: Sequence[Any]) -> str:
    shown = MASK if is_secret(parameter.name) else listed(map(short, texts), "and")
    return f"the request's {parameter} is {shown}"


@dataclass(frozen=True)
class _Given:
    path: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    request: Request

    def texts(self, parameter: Parameter) -> list[Any]:
        """The texts under a parameter's name; pairs, for an object in a query."""
        name = parameter.name
        if parameter.place == "path":
            return [self.path[name]] if name in self.path else []
        if parameter.place == "header":
            return [", ".join(found)] if (found := self.request.headers.values_of(name)) else []
        if parameter.place == "cookie":
            return [self.request.cookies[name]] if name in self.request.cookies else []
        if parameter.style == "deepObject" and (pairs := list(deep_pairs(name, self.query))):
            return pairs
        found = [value for key, value in self.query if key == name]
        return found or [value for key, value in self.query if key == f"{name}[]"]


def unnamed(
    parameters: Sequence[Parameter], security: Iterable[Node], request: Request
) -> Iterator[Unchecked]:
    """That a query has parameters that nothing is said of."""
    if any(one.is_spread for one in parameters):
        return
    named = {one.name for one in parameters if one.place == "query"}
    named |= {one.value.get("name") for one in security if one.value.get("in") == "query"}
    sent = {
        key.partition("[")[0] for key, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)
    }
    if sent - named:
        yield Unchecked(UNNAMED)


class Security:
    """The security schemes of a document."""

    def __init__(self, root: Node) -> None:
        self._root = root
        components = root.get("components")
        schemes = components.get("securitySchemes") if components is not None else None
        self.schemes: dict[str, Node] = dict(schemes.items()) if schemes is not None else {}

    def of(self, operation: Node) -> list[Any]:
        """The ways to prove who asks, of which one is enough; none, if nobody has to."""
        said = operation.get("security") or self._root.get("security")
        return [] if said is None or {} in said.value else list(said.value)

    def check(self, operation: Node, request: Request, where: str) -> Iterator[Lie]:
        """Whether a request has what the easiest of the ways needs; what that says is not looked at."""
        ways = self.of(operation)
        missing = [[name for name in way if not self._has(name, request)] for way in ways]
        if not ways or not all(missing):
            return
        fewest = min(missing, key=len)
        what = listed(dict.fromkeys(map(self._carrier, fewest)), "and")
        names = listed(map(repr, fewest), "and")
        yield Lie(f"the request has no {what}", f"it is required by the security scheme {names} ({where})")

    def _has(self, name: str, request: Request) -> bool:
        scheme = self.schemes.get(name)
        kind = scheme.value.get("type") if scheme is not None else None
        if scheme is None or kind == "mutualTLS":
            return True  # nobody can see it
        if kind == "apiKey":
            return self._has_key(scheme.value["name"], scheme.value["in"], request)
        return "authorization" in request.headers or "access_token" in request.params

    def _has_key(self, name: str, place: str, request: Request) -> bool:
        if place == "header":
            return name in request.headers
        return name in (request.params if place == "query" else request.cookies)

    def _carrier(self, name: str) -> str:
        value = self.schemes[name].value
        if value["type"] == "apiKey":
            place = {"header": "header", "query": "query parameter", "cookie": "cookie"}[value["in"]]
            return f"{place} {value['name']!r}"
        return "header 'Authorization'"
