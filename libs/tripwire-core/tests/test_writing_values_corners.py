"""Values of rare kinds: what makes them may not tell all, be another's, or do what it likes."""

from __future__ import annotations

import collections
import re
import uuid
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

import dirty_equals
import pytest

from tripwire._writing import _render
from tripwire._writing._render import Masks, varying
from tripwire._writing._statement import Code

MASKS = Masks().at(__file__)


class Unknown(Enum):
    """Keeps a value that it does not know, as clients of services do."""

    KNOWN = 1

    @classmethod
    def _missing_(cls, value: object) -> Any:
        made = object.__new__(cls)
        vars(made).update(_name_="UNKNOWN", _value_=value)
        return made


@dataclass
class Shape:
    """Is made by its base, as what stands in a registry of kinds."""

    kind: str

    def __new__(cls, kind: str) -> Any:
        return object.__new__(Round if kind == "round" else cls)


class Round(Shape): ...


def shape(kind: type[Shape]) -> Shape:
    made = object.__new__(kind)
    made.kind = "square"
    return made


def render(value: object, masks: Masks = MASKS, name: str = "", *, is_assertion: bool = True) -> Code:
    return _render.value(value, masks, name=name, is_assertion=is_assertion)


def evaluated(code: Code) -> Any:
    names = dict(globals())
    for statement in code.imports:
        exec(statement, names)
    return eval(code.text, names)


@pytest.mark.parametrize(
    ("value", "text", "comment"),
    [
        ("Grüße\0".encode(), "b'Gr\\xc3\\xbc\\xc3\\x9fe\\x00'", ""),
        (complex("inf"), "IsInstance(complex)", "complex has no literal"),
        (Unknown((1, 2)), "IsInstance(Unknown)", "Unknown has no literal"),
        (shape(Shape), "Shape(kind='square')", ""),
        (shape(Round), "Round(kind='square')", ""),
        (collections.deque([uuid.uuid4()]), "deque([IsUUID()])", ""),
        ([Shape("round")], "[Round(kind='round')]", ""),
    ],
)
def test_of_a_rare_kind(value: Any, text: str, comment: str) -> None:
    code = render(value)
    assert (code.text, code.comment) == (text, comment)
    assert evaluated(code) == value


def test_what_is_made_is_of_another_class() -> None:
    square = shape(Shape)
    square.kind = "round"
    for is_assertion in (True, False):
        assert render(square, is_assertion=is_assertion).text == "IsInstance(Shape)"


def test_a_member_that_a_service_has_added() -> None:
    value = Unknown(7)
    assert render(value, is_assertion=False).text == "Unknown(7)"
    assert render(value).text == "IsInstance(Unknown)", "one that is made anew is not equal to it"


@pytest.mark.parametrize(("kind", "value"), [("IsUUID", uuid.uuid4()), ("IsInstance", re.compile("a"))])
@pytest.mark.parametrize("behaviour", [{"return_value": 3}, {"side_effect": LookupError}])
def test_a_matcher_of_another_version_is_not_used(
    kind: str, value: object, behaviour: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dirty_equals, kind, mock.Mock(**behaviour))
    assert render(value).text == "mock.ANY"
    monkeypatch.delattr(dirty_equals, kind)
    assert render(value).text == "mock.ANY"


def test_an_interrupt_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dirty_equals, "IsInstance", mock.Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        render(re.compile("a"))


@pytest.mark.parametrize("is_known", [True, False])
def test_the_folder_of_pytest_s_folders(is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_known:
        monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", "/build")
    else:
        monkeypatch.delenv("PYTEST_DEBUG_TEMPROOT", raising=False)
    code = render(Path("/build/pytest-of-ada/pytest-3/x"), Masks())
    assert (code.text == "mock.ANY") is is_known


def test_what_is_left_of_a_large_recording_varies() -> None:
    numbers = [0] * 100_000
    assert varying(numbers, numbers[:]) == {(0,)}
    assert varying(numbers[1:], numbers[1:]) == set()


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("Authorization", "Basic YWRhOmVuY2hhbnRyZXNz", "Basic cGxhY2Vob2xkZXI6cGxhY2Vob2xkZXI="),
        ("Authorization", "Basic YWRhOmVuY2hhbnRyZXNz, hunter2", "Basic cGxhY2Vob2xkZXI6cGxhY2Vob2xkZXI="),
        ("secret", "postgres://app:hunter2@db/shop", "postgres://app:placeholder@db/shop"),
        ("password", "hunter2", "placeholder"),
    ],
)
def test_a_secret_by_name_and_shape(name: str, value: str, instead: str) -> None:
    assert render(value, name=name).text == "mock.ANY"
    assert eval(render(value, name=name, is_assertion=False).text) == instead


@pytest.mark.parametrize("text", ["basic need.for.speed", "basic as-much-as"])
def test_what_only_looks_like_basic_authentication(text: str) -> None:
    assert render([text], is_assertion=False).text == repr([text])
    assert render([text]).text == repr([text])
