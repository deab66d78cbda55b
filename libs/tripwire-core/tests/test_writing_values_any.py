"""Whatever a value is, the code that is written of it means the same; nothing breaks the run."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, Flag
from typing import Any, NamedTuple

import pytest
from hostile import VALUES
from hypothesis import given, settings
from hypothesis import strategies as st

from tripwire._writing import _render
from tripwire._writing._render import Masks
from tripwire._writing._statement import Code, parsed

MASKS = Masks().at(__file__)
PLAIN = Masks(matchers=False)


class Colour(Enum):
    RED = "red"


class Rights(Flag):
    READ = 1
    WRITE = 2
    ALL = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Order:
    item: str
    when: date


def evaluated(code: Code) -> Any:
    names = dict(globals())
    for statement in code.imports:
        exec(statement, names)
    return eval(code.text, names)


def render(value: object, masks: Masks = MASKS, *, is_assertion: bool = True) -> Code:
    return _render.value(value, masks, name="", is_assertion=is_assertion)


@pytest.mark.parametrize(("masks", "is_assertion"), [(MASKS, True), (PLAIN, True), (MASKS, False)])
def test_hostile_values(masks: Masks, is_assertion: bool) -> None:
    for kind, make in VALUES.items():
        code = render([make()], masks, is_assertion=is_assertion)
        assert isinstance(evaluated(code), list) or code.text in (
            "mock.ANY",
            "IsInstance(list)",
        ), kind
        assert "\n" not in code.comment, kind
        assert code.comment.isascii(), kind


ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.datetimes(max_value=datetime(2000, 1, 1)) | st.dates(max_value=date(2000, 1, 1)) | st.times()
    | st.timedeltas() | st.decimals(allow_nan=False) | st.fractions() | st.ip_addresses()
    | st.datetimes(max_value=datetime(2000, 1, 1), timezones=st.timezones())
    | st.sampled_from([Colour.RED, Rights.ALL, Decimal, Point(1, 2)])
)  # fmt: skip
KEYS = st.integers() | st.text() | st.dates(max_value=date(2000, 1, 1))
NESTED: st.SearchStrategy[Any] = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner) | st.dictionaries(KEYS, inner) | st.tuples(inner, inner)
        | st.builds(collections.deque, st.lists(inner))
        | st.frozensets(KEYS) | st.sets(KEYS) | st.builds(Order, st.text(), st.dates(max_value=date(2000, 1, 1)))
    ),
    max_leaves=8,
)  # fmt: skip


def is_same(one: Any, other: Any) -> bool:
    """Equal, and of the same types throughout."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one == other and is_same([*one.items()], [*other.items()])
    if isinstance(one, (list, tuple, collections.deque)):
        return type(one) is type(other) and len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)


@settings(max_examples=100, deadline=None)
@given(NESTED)
def test_any_literal_means_its_value(value: Any) -> None:
    for is_assertion in (True, False):
        code = render(value, is_assertion=is_assertion)
        if "ANY" not in code.text and "Is" not in code.text and "placeholder" not in code.text:
            assert is_same(evaluated(code), value)
        if is_assertion:
            assert evaluated(code) == value


def test_a_statement_is_a_call() -> None:
    with pytest.raises(ValueError, match=r"^not a call:  plugin\.mock $"):
        parsed(" plugin.mock ")
