"""What is said of a value that a schema does not allow."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import ValidationError

from tripwire._values import short
from tripwire.plugins.http_plugin._secrets import MASK
from tripwire.plugins.http_plugin._verifying_formats import NotKnownError
from tripwire.plugins.http_plugin._verifying_plain import Path, a_kind, kind_of, listed, value_at
from tripwire.verifying import Lie, Unchecked

Subject = Callable[[Path], str]
"""Says what stands at a path, such as `$.id of the response's body`."""


def findings(
    errors: Iterable[ValidationError], subject: Subject, where: str, *, is_secret: bool = False
) -> Iterator[Lie | Unchecked]:
    """What the errors of a schema come to: alike ones, in the elements of a list, are told once."""
    lies: dict[tuple[str, Path, str], list[Lie]] = {}
    unknown: dict[str, None] = {}
    for error in _deepest(errors):
        if isinstance(error.cause, NotKnownError):
            unknown[str(error.cause)] = None
            continue
        path: Path = tuple(error.absolute_path)
        words = _WORDS.get(str(error.validator), _other)
        said, true, remedy = words(error, path)
        if is_secret:
            said = f"is {MASK}"
        alike = str(error.validator), tuple("" if type(part) is int else part for part in path), true
        lies.setdefault(alike, []).append(Lie(f"{subject(path)} {said}", f"{true} ({where})", remedy))
    for same in lies.values():
        first, more = same[0], len(same) - 1
        yield Lie(f"{first.said}, and {more} more like it", first.true, first.remedy) if more else first
    yield from map(Unchecked, unknown)


def _deepest(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """The errors, with those of the branch that was meant for each anyOf and oneOf of which none fits."""
    for error in errors:
        if not error.context:
            yield error
            continue
        branches: dict[Any, list[ValidationError]] = {}
        for one in error.context:
            branches.setdefault(one.relative_schema_path[0], []).append(one)
        unsure = [
            one
            for branch in branches.values()
            if all(isinstance(one.cause, NotKnownError) for one in branch)
            for one in branch
        ]
        if unsure:
            yield unsure[0]
        elif (meant := _meant(list(branches.values()))) is not None:
            yield from _deepest(meant)
        else:
            yield error


def _meant(branches: Sequence[list[ValidationError]]) -> list[ValidationError] | None:
    """The one branch that has the value's type; of several, the one that has its constants."""
    typed = [branch for branch in branches if not any(map(_is_of_another_type, branch))]
    if len(typed) > 1:
        typed = [branch for branch in typed if not any(one.validator in ("const", "enum") for one in branch)]
    return typed[0] if len(typed) == 1 else None


def _is_of_another_type(error: ValidationError) -> bool:
    return error.validator == "type" and not error.relative_path


_BRANCHING = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"}


# -- the words for each keyword: what is said, what is true, and a remedy

_Words = tuple[str, str, str]


def _has(error: Any, path: Path) -> str:
    return f"is {value_at(path, error.instance)}"


def _type(error: Any, path: Path) -> _Words:
    kinds = _types(error)
    if error.schema.get("nullable") is True:
        kinds.append("null")
    said = _has(error, path)
    return (
        said if error.instance is None else f"{said}, {a_kind([kind_of(error.instance)])}",
        a_kind(kinds),
        "",
    )


def _types(error: Any) -> list[str]:
    wanted = error.validator_value
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _required(error: Any, _path: Path) -> _Words:
    name = error.message
    return f"has no {name!r}", f"{name!r} is required{_described(error.schema, name)}", ""


def _described(schema: Mapping[str, Any], name: str) -> str:
    said = schema.get("properties", {}).get(name)
    kinds = said.get("type", ()) if isinstance(said, dict) else ()
    return f": {a_kind([kinds] if isinstance(kinds, str) else kinds)}" if kinds else ""


def _additional(error: Any, _path: Path) -> _Words:
    known = list(error.schema.get("properties", {}))
    patterns = error.schema.get("patternProperties", {})
    extra = [
        name
        for name in error.instance
        if name not in known and not any(re.search(pattern, name) for pattern in patterns)
    ]
    near = difflib.get_close_matches(extra[0], known, n=1) if extra else []
    true = f"it has no properties but {listed(map(repr, known), 'and')}" if known else "it has no properties"
    return f"has {listed(map(repr, extra), 'and')}", true, f"did you mean {near[0]!r}?" if near else ""


def _unevaluated(error: Any, path: Path) -> _Words:
    if not _BRANCHING & error.schema.keys():
        return _additional(error, path)
    names = listed(map(repr, error.instance), "and")
    return f"has {names}", "one of these is none that its schemas name", ""


def _enum(error: Any, path: Path) -> _Words:
    true = listed(map(short, error.validator_value[:20]))
    near: list[str] = []
    if isinstance(error.instance, str):
        near = difflib.get_close_matches(error.instance, filter(_is_text, error.validator_value), n=1)
    return _has(error, path), true, f"did you mean {near[0]!r}?" if near and not _is_hidden(path) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_hidden(path: Path) -> bool:
    return value_at(path, "") == MASK


def _of_several(error: Any, path: Path) -> _Words:
    context = error.context or ()
    kinds = [kind for one in context if _is_of_another_type(one) for kind in _types(one)]
    said = _has(error, path)
    if len({one.relative_schema_path[0] for one in context if _is_of_another_type(one)}) == len(
        {one.relative_schema_path[0] for one in context}
    ):
        return f"{said}, {a_kind([kind_of(error.instance)])}", a_kind(dict.fromkeys(kinds)), ""
    return said, f"it fits one of the {len(error.validator_value)} schemas of {error.validator}", ""


def _limit(error: Any, path: Path) -> _Words:
    name, limit = str(error.validator), error.validator_value
    exclusive = error.schema.get("exclusiveMinimum" if name == "minimum" else "exclusiveMaximum") is True
    return _has(error, path), _LIMITS[f"exclusiveM{name[1:]}" if exclusive else name].format(limit), ""


def _other(error: Any, path: Path) -> _Words:
    return _has(error, path), f"{error.validator}: {short(error.validator_value)}", ""


_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} elements",
    "maxItems": "at most {} elements",
    "minProperties": "at least {} properties",
    "maxProperties": "at most {} properties",
    "multipleOf": "a multiple of {}",
    "format": "the format {!r}",
    "pattern": "the pattern {!r}",
    "const": "{!r}",
    "uniqueItems": "no element comes twice",
}
_WORDS: dict[str, Callable[[Any, Path], _Words]] = {
    **dict.fromkeys(_LIMITS, _limit),
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "unevaluatedProperties": _unevaluated,
    "enum": _enum,
    "anyOf": _of_several,
    "oneOf": _of_several,
}
