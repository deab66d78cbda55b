"""What code to paste calls a mock, and what must come with it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock  # noqa: F401 - code to paste finds it here

import pytest

import tripwire
from tripwire import _pasting
from tripwire._frames import Place


def test_the_import_is_there_already() -> None:
    dumps = tripwire.spy("json:dumps")
    with tripwire.sandbox():
        json.dumps(value := SimpleNamespace(), default=str)
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert str(caught.value).splitlines()[2:] == [
        "put this after the sandbox:",
        f"    dumps.assert_call(args=mock.ANY, kwargs=mock.ANY, returned={json.dumps(str(value))!r})",
    ]
    assert repr(dumps) == "json:dumps"


@pytest.fixture
def given() -> Iterator[Any]:
    yield tripwire.mock("given")  # noqa: PT022 - as much a fixture as one that returns


@pytest.fixture
def given_by_name() -> Any:
    double: Any = tripwire.mock("given")
    return double


@pytest.fixture
def given_inside() -> Any:
    double = tripwire.mock("given")
    return SimpleNamespace(double=double)


def made_elsewhere() -> Any:
    double = tripwire.mock("Made.elsewhere")
    return double  # noqa: RET504 - a name that no test has


class Holder:
    def __init__(self) -> None:
        self.held = tripwire.mock("held")


def paste(double: Any) -> list[str]:
    """The code that asserts a call."""
    double.returns(1)
    with tripwire.sandbox():
        double(2)
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    return str(caught.value).splitlines()[3:]


ASSERTED = "assert_call(args=(2,), kwargs={}, returned=1)"


def test_a_fixture_gives_its_name(given: Any, given_by_name: Any) -> None:
    assert paste(given) == [f"    given.{ASSERTED}"]
    assert paste(given_by_name.at.all) == [f"    given_by_name.at.all.{ASSERTED}"]


def test_a_name_in_the_test() -> None:
    one, other = tripwire.mock("a"), tripwire.mock("b").required(True)
    assert paste(one) == [f"    one.{ASSERTED}"]
    assert paste(other) == [f"    other.{ASSERTED}"]


def test_an_attribute() -> None:
    assert paste(Holder().held) == [f"    self.held.{ASSERTED}"]


def test_a_name_that_the_test_does_not_have(given_inside: Any) -> None:
    assert paste(made_elsewhere()) == [f"    elsewhere.{ASSERTED}"]
    assert paste(given_inside.double) == [f"    given.{ASSERTED}"]


def test_no_name_at_all() -> None:
    (first, second) = paste(SimpleNamespace(one=tripwire.mock("Mailer")).one)
    assert first.startswith("    # give it a name first (")
    assert first.endswith("): Mailer = tripwire.mock('Mailer')")
    assert second == f"    Mailer.{ASSERTED}"


@pytest.mark.parametrize("place", [None, Place("/nowhere.py", 3, "test_it")])
def test_no_source(place: Place | None) -> None:
    assert (str(_pasting.Named("!", place)), _pasting.Named("!", place).remark) == ("double", "")


def test_outside_pytest_the_import_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    from tripwire import _context

    monkeypatch.setattr(_context, "running", [])
    assert _pasting.imports("f(mock.ANY)") == "from unittest import mock"
    assert _pasting.imports("f(1)") == ""


@pytest.mark.parametrize("name", ["len", "isinstance", "__import__"])
@pytest.mark.parametrize("make", [tripwire.mock, tripwire.spy])
def test_what_everything_calls_cannot_be_replaced(name: str, make: Any) -> None:
    with pytest.raises(
        ValueError, match=f"^'builtins:{name}' cannot be replaced: tripwire itself, pytest and "
    ):
        make(f"builtins:{name}")


def test_other_builtins_can() -> None:
    ask = tripwire.mock("builtins:input").returns("Ada")
    with tripwire.sandbox():
        assert input("Name? ") == "Ada"
    ask.assert_call(("Name? ",))


class Settings:
    limit = 3

    @property
    def rate(self) -> int:
        return 4


@pytest.mark.parametrize("name", ["limit", "rate"])
def test_a_mock_in_the_place_of_a_plain_value_is_refused(name: str) -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.mock.object(Settings, name)
    assert str(caught.value).startswith(f"'Settings.{name}' is no function, class or object with methods: ")
    tripwire.mock.object(Settings, name, spec=random.Random)


def test_the_module_is_not_called() -> None:
    with pytest.raises(TypeError, match=r"^tripwire is not called: write `with tripwire:`, or "):
        tripwire()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("json.dumps", "json:dumps"),
        ("json.JSONEncoder.encode", "json:JSONEncoder.encode"),
        ("json.dump_all", ""),
    ],
)
def test_a_colon_that_was_forgotten(name: str, path: str) -> None:
    tripwire.mock(name).returns(1)
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    note = f"this name replaces nothing; to stand in the place of {name}, write tripwire.mock({path!r})"
    assert [one.note for one in caught.value.mocks] == [note if path else ""]


def test_a_call_tried_again_elsewhere_is_one_entry() -> None:
    repository = tripwire.mock("repository")

    def find() -> None:
        repository.find()

    exec(SWALLOWING, {"find": find})
    with pytest.raises(tripwire.SwallowedTripError) as caught:
        tripwire.verify_all()
    lines = str(caught.value).splitlines()
    assert lines[0] == "2 trips never reached the test:"
    assert lines[1].endswith(", 2 times")
    place = lines[1].removesuffix("), 2 times").rpartition("(")[2]
    assert [line for line in lines if "swallowed" in line] == [
        f"    swallowed at <string>:{line} in <module>, let through at {place} in find" for line in (5, 8)
    ]


SWALLOWING = """
import tripwire
with tripwire:
    try:
        find()
    except Exception:
        try:
            find()
        except Exception:
            pass
"""
