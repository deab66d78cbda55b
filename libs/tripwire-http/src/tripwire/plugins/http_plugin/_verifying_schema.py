"""The schemas of a document: what is wrong with a value, as the rules of OpenAPI have it, and what nobody can know."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Literal

from jsonschema import Draft4Validator, Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Specification
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from tripwire.plugins.http_plugin._verifying_document import Document, Node
from tripwire.plugins.http_plugin._verifying_formats import FORMATS, NotKnownError

Direction = Literal["request", "response"]
Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]

PATTERN = "a pattern that Python does not understand"
ENDLESS = "a schema that has no end, or that nothing can be found by"
SEVERAL_FIT = "a value that fits several schemas of a oneOf"
MARKED = "whether a document wants a readOnly or writeOnly property in this direction"
_MARKS: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


class Schemas:
    """The validators of one document, each made once."""

    def __init__(self, document: Document) -> None:
        self._document = document
        specification = Specification.OPAQUE if document.version == "3.0" else DRAFT202012
        self._registry: Registry[Any] = Registry().with_resources(
            (uri, specification.create_resource(content)) for uri, content in document.files.items()
        )
        self._kinds: dict[Direction, Any] = {way: _kind(document, way) for way in _MARKS}
        self._made: dict[tuple[str, Direction], Any] = {}
        self._of_scalars: dict[tuple[str, Direction], dict[Any, list[ValidationError]]] = {}

    def errors(self, schema: Node, value: Any, direction: Direction) -> list[ValidationError]:
        """What is wrong with a value; where the `cause` of an error is a NotKnownError, maybe nothing is."""
        key = schema.address, direction
        validator = self._made.get(key)
        if validator is None:
            validator = self._made[key] = self._kinds[direction](
                {"$ref": schema.address}, registry=self._registry, format_checker=FORMATS
            )
        if isinstance(value, (dict, list)):
            return _errors(validator, value)
        known = self._of_scalars.setdefault(key, {})  # parameters are mostly the same, test by test
        errors = known.get((type(value), value))
        if errors is None:
            errors = known[type(value), value] = _errors(validator, value)
        return errors


def _errors(validator: Any, value: Any) -> list[ValidationError]:
    try:
        return list(validator.iter_errors(value))
    except (RecursionError, Unresolvable):
        return [_unknown(ENDLESS)]
    except re.error:  # of a name's pattern
        return [_unknown(PATTERN)]


def _unknown(why: str) -> ValidationError:
    return ValidationError(why, cause=NotKnownError(why))


def _kind(document: Document, direction: Direction) -> Any:
    """The class of the validators for one direction."""
    is_30 = document.version == "3.0"
    base: Any = Draft4Validator if is_30 else Draft202012Validator
    types = base.TYPE_CHECKER.redefine("integer", _is_integer)
    mark = _MARKS[direction]
    ours: dict[str, Keyword] = {
        "type": Draft202012Validator.VALIDATORS["type"],
        "pattern": _pattern,
        "multipleOf": _multiple_of,
        "oneOf": _one_of,
        "anyOf": _any_of,
        "required": _required(document, mark),
        mark: _marked,
    }
    functions = {**base.VALIDATORS, **ours}
    if is_30:
        functions = {name: _as_in_30(function) for name, function in functions.items()}
    return extend(base, functions, type_checker=types)  # type: ignore[no-untyped-call]


def _is_integer(_checker: object, value: object) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _as_in_30(function: Keyword) -> Keyword:
    """A keyword that knows of `nullable`, wherever that stands."""

    def keyword(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Any:
        if instance is None and schema.get("nullable") is True:
            return ()
        return function(validator, value, instance, schema) or ()

    return keyword


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    try:
        found = re.search(pattern, instance)
    except (re.error, RecursionError, OverflowError):
        yield _unknown(PATTERN)
        return
    if found is None:
        yield ValidationError("pattern")


def _multiple_of(_validator: Any, factor: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, bool) or not isinstance(instance, (int, float)) or not math.isfinite(instance):
        return
    # As they are written: to a float, 19.99 is no multiple of 0.01.
    if Fraction(repr(instance)) % Fraction(repr(factor)):
        yield ValidationError("multipleOf")


def _required(document: Document, mark: str) -> Keyword:
    def required(_validator: Any, names: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        own = schema.get("properties", {})
        for name in names:
            if name in instance:
                continue
            said = own.get(name)
            if isinstance(said, dict) and said.get(mark) is True:
                continue
            # Behind a reference, or beside this schema in an allOf, it may be marked all the same.
            is_plain = isinstance(said, dict) and "$ref" not in said and "allOf" not in said
            if not is_plain and document.is_marked(name, mark):
                yield _unknown(MARKED)
            else:
                yield ValidationError(name)

    return required


def _marked(_validator: Any, is_marked: Any, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if is_marked is True:  # it should not be sent, says OpenAPI, and not that it must not
        yield _unknown(MARKED)


def _one_of(validator: Any, schemas: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    yield from _of(validator, schemas, instance, schema, most=1)


def _any_of(validator: Any, schemas: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    yield from _of(validator, schemas, instance, schema, most=len(schemas))


def _of(
    validator: Any, schemas: Sequence[Any], instance: Any, schema: Mapping[str, Any], most: int
) -> Iterator[ValidationError]:
    chosen = _chosen(schemas, instance, schema)
    if chosen is not None:
        yield from validator.descend(instance, chosen)
        return
    context: list[ValidationError] = []
    fits = 0
    for number, one in enumerate(schemas):
        errors = list(validator.descend(instance, one, schema_path=number))
        context += errors
        fits += not errors
    if not fits:
        yield ValidationError("none fits", context=context)
    elif fits > most:
        yield _unknown(SEVERAL_FIT)


def _chosen(schemas: Sequence[Any], instance: Any, schema: Mapping[str, Any]) -> Any:
    """The schema that a discriminator names, where it is one of those offered."""
    discriminator = schema.get("discriminator")
    if not isinstance(discriminator, dict) or not isinstance(instance, dict):
        return None
    kind = instance.get(discriminator.get("propertyName"))
    if not isinstance(kind, str):
        return None
    ref = discriminator.get("mapping", {}).get(kind, kind)
    meant = {ref, f"#/components/schemas/{ref}"}
    return next((one for one in schemas if isinstance(one, dict) and one.get("$ref") in meant), None)
