"""Whatever a test or a program hands over: a clear error where it is handed over, or a call that works."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock as std

import pytest
from hostile import VALUES, Unstoppable, hostile

import tripwire
from tripwire import _values

MACHINE = tripwire.StateMachine("down", {"dial": {"down": "up"}})


class Service:
    def send(self, text: str) -> str:
        return text


def queue() -> tripwire.SessionQueue:
    return tripwire.SessionQueue("toy", MACHINE)


REGISTRATIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "mock(name)": ("name", tripwire.mock),
    "mock(spec=)": ("", lambda v: tripwire.mock("double", spec=v)),
    "mock(spec=).attribute": ("", lambda v: tripwire.mock("double", spec=v).send.returns(1)),
    "mock.object(target)": ("", lambda v: tripwire.mock.object(v, "send")),
    "mock.object(attribute)": ("attribute", lambda v: tripwire.mock.object(Service(), v)),
    "mock.object(spec=)": ("", lambda v: tripwire.mock.object(Service(), "send", spec=v)),
    "mock.object(real)": ("", lambda v: tripwire.mock.object(SimpleNamespace(real=v), "real")),
    "mock.returns": ("", lambda v: tripwire.mock("double").returns(v)),
    "mock.raises": ("raises()", lambda v: tripwire.mock("double").raises(v)),
    "mock.calls": ("calls()", lambda v: tripwire.mock("double").calls(v)),
    "mock.required": ("required()", lambda v: tripwire.mock("double").required(v)),
    "spy(path)": ("name", tripwire.spy),
    "spy.object(target)": ("", lambda v: tripwire.spy.object(v, "send")),
    "spy.object(attribute)": ("attribute", lambda v: tripwire.spy.object(Service(), v)),
    "spy.object(real)": ("", lambda v: tripwire.spy.object(SimpleNamespace(real=v), "real")),
    "expect_trip": ("expect_trip()", tripwire.expect_trip),
    "assert_interaction(source)": ("source", tripwire.assert_interaction),
    "Source": ("source", tripwire.Source),
    "StateMachine(initial)": ("initial", lambda v: tripwire.StateMachine(v, {})),
    "StateMachine(moves)": ("moves", lambda v: tripwire.StateMachine("down", v)),
    "StateMachine(moves of one)": ("moves", lambda v: tripwire.StateMachine("down", {"dial": v})),
    "expect(method)": ("step", lambda v: queue().new().expect(v, returns=None)),
    "expect(returns=)": ("", lambda v: queue().new().expect("dial", returns=v)),
    "expect(raises=)": ("raises=", lambda v: queue().new().expect("dial", returns=None, raises=v)),
    "expect(required=)": ("required=", lambda v: queue().new().expect("dial", returns=None, required=v)),
    "take(method)": ("step", lambda v: queue().new().take(v)),
    "begin(method)": ("step", lambda v: queue().begin(v)),
    "peek(method)": ("", lambda v: queue().new().expect("dial", returns=None).peek(v)),
}

REFUSALS = (TypeError, ValueError, AttributeError, ImportError, tripwire.InteractionMismatchError)


@pytest.fixture(autouse=True)
def _no_garbage() -> Iterator[None]:
    yield
    gc.collect()  # a deep list is taken apart here, and not in somebody else's test


@pytest.mark.parametrize(("argument", "register"), REGISTRATIONS.values(), ids=REGISTRATIONS)
def test_what_is_registered(argument: str, register: Callable[[Any], Any]) -> None:
    for kind, make in VALUES.items():
        try:
            register(make())
        except REFUSALS as error:
            message = str(error)
            assert argument in message, kind
            assert message != "hostile", f"{kind}: the value's own error came out"
            assert message.isascii(), kind
            assert len(message) < 1000, kind
            tripwire.verify_all()  # nothing is half registered
        else:
            reported()


def reported() -> str:
    """What verify_all says of the current test."""
    try:
        tripwire.verify_all()
    except tripwire.VerificationError as error:
        said = str(error)
    else:
        said = ""
    assert len(said) < 8000
    assert said.isascii()
    return said


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (lambda: tripwire.mock(None), "a mock or spy needs a name, not None"),  # type: ignore[arg-type]
        (
            lambda: tripwire.mock("two\nlines"),
            "the name 'two\\nlines' must be one line of printable text, of at most 200 characters: "
            "it stands in every message about the mock or spy",
        ),
        (
            lambda: tripwire.mock("x" * 10_000_000),
            f"the name '{'x' * 200}'... (10,000,000 characters) must be one line of printable text, "
            "of at most 200 characters: it stands in every message about the mock or spy",
        ),
        (
            lambda: tripwire.spy.object(Service(), 5),  # type: ignore[arg-type]
            "attribute must be the name of an attribute, a string such as 'send', not 5",
        ),
        (
            lambda: tripwire.mock("double", spec=hostile()),
            "<Hostile whose repr raises RuntimeError> cannot be looked into: that raises RuntimeError('hostile'); "
            "give the class or function that it is made from",
        ),
        (
            lambda: tripwire.mock.object(Frozen(), "send"),
            "Frozen.send cannot be replaced: that raises AttributeError(\"'Frozen' object attribute 'send' is "
            'read-only"); replace it where it is used instead',
        ),
        (
            lambda: tripwire.expect_trip(ValueError),  # type: ignore[arg-type]
            "expect_trip() takes kinds of trips such as tripwire.UnmockedInteractionError, not <class 'ValueError'>",
        ),
        (lambda: tripwire.Source(""), "a source needs a name, not ''"),
        (lambda: tripwire.StateMachine(None, {}), "initial must be the name of a state, not None"),  # type: ignore[arg-type]
        (
            lambda: tripwire.StateMachine("down", {"dial": "up"}),  # type: ignore[dict-item]
            "moves must map each step to the states it leads to, such as {'commit': {'open': 'closed'}}, "
            "not {'dial': 'up'}",
        ),
        (lambda: queue().begin("dail"), "toy has no step 'dail'; did you mean 'dial'?"),
    ],
)
def test_the_error_names_the_argument_the_value_and_the_remedy(
    register: Callable[[], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        register()
    assert str(caught.value) == message


class Frozen:
    __slots__ = ()

    def send(self) -> None:
        raise AssertionError("not to be called")


@pytest.mark.parametrize("kind", VALUES)
def test_what_a_program_hands_over(kind: str) -> None:
    value = VALUES[kind]()
    double = tripwire.mock("double").returns(value)
    spied = tripwire.spy.object(SimpleNamespace(send=lambda *a, **k: value), "send")
    with tripwire.sandbox(), tripwire.expect_trip():
        assert double(value, key=value) is value
        assert spied({"in": [value]}) is value
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            double(value)
    assert len(str(unmocked.value)) < 1000
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        double.assert_call(args=("another",), returned=object())
    assert len(str(mismatch.value)) < 8000
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        spied.assert_call(args=(value,))
    assert len(str(mismatch.value)) < 8000
    tripwire.assert_interaction(double, args=std.ANY)
    assert "2 interactions" not in reported()


@pytest.mark.parametrize("kind", ["raising __eq__", "all hostile", "all hostile, and no Exception"])
def test_the_very_value_is_equal_to_itself(kind: str) -> None:
    value = VALUES[kind]()
    double = tripwire.mock("double").returns(value)
    with tripwire.sandbox():
        double()
    double.assert_call(returned=value)


def test_an_exception_that_is_hostile_itself() -> None:
    class BadError(Exception):
        args = property(lambda self: 1 / 0)
        __repr__ = __str__ = __eq__ = __hash__ = lambda *_: 1 / 0  # type: ignore[assignment]

    double = tripwire.mock("double").raises(BadError)
    with tripwire.sandbox(), pytest.raises(BadError):
        double()
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        double.assert_call(raised=ValueError())
    assert "    happened <BadError whose repr raises ZeroDivisionError>" in str(caught.value).splitlines()
    double.assert_call(raised=BadError)


def test_a_class_that_cannot_be_made_an_exception_of() -> None:
    class PickyError(Exception):
        def __init__(self) -> None:
            raise Unstoppable("no")

    with pytest.raises(TypeError) as caught:
        tripwire.mock("double").raises(PickyError)
    assert str(caught.value) == "raises() needs an instance of PickyError: no"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_goes_through(error: type[BaseException]) -> None:
    value = hostile(error=error)
    questions: list[Callable[[], Any]] = [
        lambda: _values.short(value),
        lambda: _values.equal(1, value),
        lambda: _values.comparison_error(1, value),
        lambda: _values.is_a(value, str),
        lambda: tripwire.mock("double", spec=value),
        lambda: tripwire.mock("double").raises(error_class),
    ]

    class error_class(Exception):  # noqa: N801, N818
        def __init__(self) -> None:
            raise error

    for question in questions:
        with pytest.raises(error):
            question()


SHOWN: dict[str, tuple[Callable[[], Any], str]] = {
    "text": (lambda: "x" * 201, f"'{'x' * 200}'... (201 characters)"),
    "bytes": (lambda: b"x" * 10_000_000, f"b'{'x' * 200}'... (10,000,000 bytes)"),
    "list": (lambda: list(range(100)), f"{str(list(range(100)))[:200]}... (390 characters)"),
    "long list": (lambda: list(range(1_000_000)), f"{str(list(range(100)))[:200]}... (1,000,000 items)"),
    "long part": (lambda: (b"x" * 10_000_000,), f"(b'{'x' * 80}'... (10,000,000 bytes),)"),
    "long value": (
        lambda: {"body": "x" * 10_000_000},
        f"{{'body': '{'x' * 80}'... (10,000,000 characters)}}",
    ),
    "list in itself": (VALUES["a list in itself"], "[[...]]"),
    "dict in itself": (VALUES["a dict in itself"], "{'self': {...}}"),
    "shared tuples": (
        VALUES["shared tuples"],
        f"{'(' * 101}), ()), ((), ())), (((), ()), ((), ()))), ((((),",
    ),
    "deep list": (VALUES["a deep list"], f"{'[' * 200}... (1 item)"),
    "frozen set": (lambda: frozenset({"y" * 20_000}), f"frozenset({{'{'y' * 80}'... (20,000 characters)}})"),
    "set": (lambda: {7}, "{7}"),
    "huge number": (lambda: 10**5000, "<int whose repr raises ValueError>"),
    "hostile": (lambda: hostile(["__repr__"], Unstoppable), "<Hostile whose repr raises Unstoppable>"),
    "lone surrogate": (lambda: Named("a\ud800"), "a\\ud800"),
}


class Named:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


@pytest.mark.parametrize(("make", "shown"), SHOWN.values(), ids=SHOWN)
def test_what_a_message_shows_of_a_value(make: Callable[[], Any], shown: str) -> None:
    found = _values.short(make())
    assert found[: len(shown)] == shown
    assert len(found) <= 240


class Mute(tripwire.Plugin):
    """A plugin whose words fail."""

    name = "mute"
    said = tripwire.Source("mute.said")

    def decide(self, call: tripwire.Call) -> tripwire.Answer:
        return tripwire.Answer()

    def describe(self, interaction: tripwire.Interaction) -> str:
        raise Unstoppable("no words")

    assertion_for = describe


def test_a_plugin_that_fails_to_describe_does_not_break_the_report() -> None:
    verifier = tripwire.StrictVerifier()
    plugin = Mute(verifier)
    with verifier.sandbox():
        plugin.intercept(tripwire.Call(Mute.said, {"n": 1}, "call"))
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        verifier.verify_all()
    first, second, *rest = str(caught.value).splitlines()
    assert first == "1 interaction was not asserted:"
    assert second.startswith(
        "  - tripwire.mute.said (which its plugin fails to describe: Unstoppable('no words'))"
    )
    assert rest == [
        "put this after the sandbox:",
        "    tripwire.assert_interaction(tripwire.mute.said, n=1)",
    ]


def test_leaving_what_was_not_entered_is_harmless() -> None:
    tripwire.sandbox().__exit__(None, None, None)
    tripwire.in_any_order().__exit__(None, None, None)
    one, two = tripwire.mock("one").returns(1), tripwire.mock("two").returns(2)
    with tripwire.sandbox():
        one()
        two()
    with tripwire.in_any_order():
        two.assert_call()
        one.assert_call()
