"""Spies: the real thing is called, and the call must be asserted."""

from __future__ import annotations

import importlib
import json
from unittest import mock as std

import pytest
from repository import Repository

import tripwire


def shout(text: str) -> str:
    return text.upper()


def test_a_spy_calls_the_real_thing_and_must_be_asserted() -> None:
    dumps = tripwire.spy("json:dumps")
    with tripwire.sandbox():
        assert json.dumps([1]) == "[1]"
        with pytest.raises(TypeError) as caught:
            json.dumps(object())
    dumps.assert_call(([1],), returned="[1]")
    tripwire.assert_interaction(dumps, raised=caught.value)
    assert json.dumps.__module__ == "json"


async def test_a_spy_on_methods_sync_and_async() -> None:
    find, load = tripwire.spy(f"{__name__}:Repository.find"), tripwire.spy.object(Repository, "load")
    connect = tripwire.spy.object(Repository, "connect")
    repo = Repository()
    with tripwire.sandbox():
        assert repo.find(1, lock=True) == "real 1"
        assert await repo.load(2) == "real 2"
        assert repo.connect("u") == Repository.connect("u") == "u"
        with pytest.raises(TypeError) as caught:
            await Repository.load(repo, 1, 2)  # type: ignore[call-arg]
    find.assert_call((1,), {"lock": True}, returned="real 1")
    load.assert_call((2,), returned="real 2")
    connect.assert_call(("u",))
    connect.assert_call(("u",))
    load.assert_call((repo, 1, 2), raised=caught.value)


def test_a_spy_on_an_object_spies_on_its_methods() -> None:
    holder = type("Holder", (), {"repo": Repository(), "name": "h"})()
    spy = tripwire.spy.object(holder, "repo")
    with tripwire.sandbox():
        assert holder.repo.find(3) == "real 3"
        assert holder.repo.size == 3
        assert holder.repo.find is holder.repo.find
    spy.find.assert_call((3,), returned="real 3")


def test_a_spy_that_outlives_the_sandbox_is_the_real_thing() -> None:
    with tripwire.sandbox():
        tripwire.spy(f"{__name__}:shout")
        kept = importlib.import_module(__name__).shout
    assert kept("x") == "X"


class Shape:
    sides = 4

    @classmethod
    def make(cls) -> Shape:
        return cls()

    @property
    def area(self) -> int:
        return 1

    def scale(self, by: int) -> int:
        """Scale it."""
        return by


class Square(Shape):
    pass


def test_a_spy_leaves_the_program_as_it_is() -> None:
    make, scale = tripwire.spy.object(Shape, "make"), tripwire.spy.object(Shape, "scale")
    with tripwire.sandbox():
        assert type(Square.make()) is Square
        assert type(Shape().make()) is Shape
        assert Shape().scale.__name__ == "scale"
        assert Shape().scale.__doc__ == "Scale it."
        assert Square().scale(3) == 3
        assert Shape.scale(Shape(), 4) == 4
    for _ in range(2):
        make.assert_call()
    scale.assert_call((3,), returned=3)
    scale.assert_call((std.ANY, 4), returned=4)


def test_a_spy_in_the_place_of_a_class() -> None:
    module = importlib.import_module(__name__)
    shape = tripwire.spy(f"{__name__}:Shape")
    with tripwire.sandbox():
        made = module.Shape()
        assert isinstance(made, module.Shape)
        assert issubclass(Square, module.Shape)
    shape.assert_call(returned=made)


@pytest.mark.parametrize(("name", "value"), [("sides", "4"), ("area", "<property object at ")])
def test_a_spy_on_a_plain_value_is_refused(name: str, value: str) -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.spy.object(Shape, name)
    assert str(caught.value).startswith(
        f"'Shape.{name}' is no function, class or object with methods: {value}"
    )
