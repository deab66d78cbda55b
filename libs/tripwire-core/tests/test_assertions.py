from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock as std

import pytest
from dirty_equals import IsInt

import tripwire


def calls(*args: Any) -> Any:
    """A mock called once with each of the arguments."""
    double = tripwire.mock("repo")
    with tripwire.sandbox():
        for arg in args:
            double.find.returns(f"row {arg}")
            double.find(arg)
    return double


def test_in_order() -> None:
    repo = calls(1, 2)
    tripwire.assert_interaction(repo.find, args=(1,), kwargs={}, returned="row 1")
    tripwire.assert_interaction(repo.find, args=(2,))


def test_the_order_is_that_of_all_sources() -> None:
    a, b = tripwire.mock("a").returns(None), tripwire.mock("b").returns(None)
    with tripwire.sandbox():
        a()
        b(7)
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        b.assert_call(args=(7,))
    assert str(caught.value) == (
        "asserted b with args=(7,), kwargs={}, but the next interaction is another:\n"
        f"  a() returned None  ({__file__}:{where()})\n"
        "assert this first, or use `with tripwire.in_any_order():`\n"
        "    a.assert_call(args=(), kwargs={}, returned=None)"
    ).replace(__file__, shortened())
    assert caught.value.source is b
    assert caught.value.actual is not None
    assert caught.value.actual.source is a
    a.assert_call()
    b.assert_call((7,))


def where() -> int:
    return test_the_order_is_that_of_all_sources.__code__.co_firstlineno + 3


def shortened() -> str:
    from tripwire._frames import shorten

    return shorten(__file__)


@pytest.mark.parametrize("times", [1, 2])
async def test_any_order_relaxes_the_order(times: int) -> None:
    repo = calls(1, 2, 3)
    with tripwire.in_any_order():
        repo.find.assert_call(args=(3,))
        async with tripwire.in_any_order():
            repo.find.assert_call(args=(1,))
        repo.find.assert_call(args=(2,))


def test_any_order_ends_with_its_block() -> None:
    repo = calls(1, 2)
    with tripwire.in_any_order():
        pass
    with pytest.raises(tripwire.InteractionMismatchError):
        repo.find.assert_call(args=(2,))
    repo.find.assert_call(args=(1,))
    repo.find.assert_call(args=(2,))


@pytest.mark.parametrize("matcher", [std.ANY, IsInt, IsInt(gt=0)])
def test_matchers_stand_on_the_left(matcher: Any) -> None:
    class AsksTheOther:
        def __eq__(self, other: object) -> bool:
            raise AssertionError("the recorded value must not be asked")

        __hash__ = object.__hash__

    repo = calls(1)
    tripwire.assert_interaction(repo.find, args=(matcher,))
    double = tripwire.mock("double").returns(None)
    with tripwire.sandbox():
        double(AsksTheOther())
    double.assert_call(args=std.ANY)


def test_a_mismatch_shows_only_what_differs() -> None:
    repo = calls(1)
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(repo.find, args=(2,), kwargs={}, return_value=1)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("the next interaction of repo.find differs  (")
    assert lines[1:] == [
        "  args:",
        "    asserted (2,)",
        "    happened (1,)",
        "  return_value: there is no such field; did you mean 'returned'?",
        "as it happened:",
        "    repo.find.assert_call(args=(1,), kwargs={}, returned='row 1')",
    ]
    assert caught.value.expected == {"args": (2,), "kwargs": {}, "return_value": 1}
    repo.find.assert_call(args=(1,))


def test_a_mismatch_in_any_order_shows_the_nearest() -> None:
    repo = calls(1)
    with tripwire.in_any_order(), pytest.raises(tripwire.InteractionMismatchError) as caught:
        repo.find.assert_call(args=(2,))
    assert str(caught.value).startswith("the nearest interaction of repo.find differs  (")
    repo.find.assert_call(args=(1,))


def test_nothing_left_to_assert() -> None:
    repo = calls(1)
    repo.find.assert_call(args=(1,))
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        repo.find.assert_call(args=(1,))
    assert str(caught.value) == (
        "asserted repo.find with args=(1,), kwargs={}, but every recorded interaction is asserted already"
    )
    assert caught.value.actual is None


def test_nothing_left_of_that_source() -> None:
    repo = calls(1)
    other = tripwire.mock("other")
    with tripwire.in_any_order(), pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(other)
    assert str(caught.value).startswith(
        "asserted other, but none of that source is left; left are:\n  - repo.find(1) returned 'row 1'  ("
    )
    repo.find.assert_call(args=(1,))


def test_an_assertion_inside_the_sandbox() -> None:
    repo = tripwire.mock("repo").returns(1)
    with tripwire.sandbox():
        repo()
        with pytest.raises(tripwire.AssertionInsideSandboxError) as caught:
            repo.assert_call()
    assert str(caught.value).endswith(
        "assert after the `with tripwire:` block, when all calls have been made"
    )
    repo.assert_call()


def test_what_is_not_a_source() -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.assert_interaction("http.request")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "'http.request' is not a source; name what was called, such as tripwire.http.request or a mock's method"
    )


class Hostile:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparing")

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __hash__ = None  # type: ignore[assignment]


def test_hostile_values_do_not_break_comparison_or_report() -> None:
    hostile = Hostile()
    double = tripwire.mock("double").returns(hostile)
    with tripwire.sandbox():
        double(hostile)
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        double.assert_call(args=(1,))
    assert "happened <tuple whose repr raises RuntimeError>" in str(caught.value)
    tripwire.assert_interaction(double, returned=hostile)


def test_long_values_are_cut_with_their_size() -> None:
    body = b"x" * 10_000_000
    double = tripwire.mock("double").returns(None)
    with tripwire.sandbox():
        double(body, text="y" * 1000, many=list(range(10_000)))
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(double, args=())
    assert len(str(caught.value)) < 2000
    double.assert_call((body,), std.ANY)


def test_recorded_containers_are_values() -> None:
    double = tripwire.mock("double").returns(None)
    inner: list[Any] = [1]
    inner.append(inner)
    payload = {"a": [1, {2}], "b": bytearray(b"x"), "c": (inner,)}
    with tripwire.sandbox():
        double(payload)
    payload["a"].append("later")  # type: ignore[attr-defined]
    payload["b"].append(1)  # type: ignore[attr-defined]
    inner.clear()
    recorded = next(iter(tripwire.current_verifier().timeline)).fields["args"][0]
    assert recorded["a"] == [1, {2}]
    assert recorded["b"] == b"x"
    assert recorded["c"][0][0] == 1
    assert recorded["c"][0][1] is recorded["c"][0]
    tripwire.assert_interaction(double)


def test_a_comparison_that_raises_is_named() -> None:
    class Array:
        def __eq__(self, other: object) -> Any:
            raise ValueError("ambiguous")

        def __repr__(self) -> str:
            return "array([1])"

        __hash__ = object.__hash__

    double = tripwire.mock("double").returns(None)
    with tripwire.sandbox():
        double("x")
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.assert_interaction(double, args=Array())
    assert "    comparing them raises ValueError('ambiguous')" in str(caught.value).splitlines()
    tripwire.assert_interaction(double)


@pytest.mark.parametrize(
    ("value", "pasted"),
    [
        ("x" * 500, repr("x" * 500)),
        ("x" * 5000, "mock.ANY"),
        ([1, {"a": (None, True)}], "[1, {'a': (None, True)}]"),
        (object(), "mock.ANY"),
        (float("nan"), "mock.ANY"),
        (Hostile(), "mock.ANY"),
    ],
)
def test_code_to_paste_is_code(by_hand: Any, value: Any, pasted: str) -> None:
    verifier, _ = by_hand
    with verifier.sandbox():
        double = tripwire.mock("double").returns(None)
        double(value)
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        verifier.verify_all()
    line = str(caught.value).splitlines()[-1]
    want = f"({pasted},)" if pasted != "mock.ANY" else "mock.ANY"
    assert line == f"    double.assert_call(args={want}, kwargs={{}}, returned=None)"
    exec(line.strip(), {"double": SimpleNamespace(assert_call=dict), "mock": std})


def test_a_step_with_a_hostile_exception(by_hand: Any) -> None:
    class BadError(Exception):
        def __repr__(self) -> str:
            raise RuntimeError("no repr")

        def __len__(self) -> int:
            return 0

    _, plugin = by_hand
    plugin.phone.new().expect("dial", returns=None, raises=BadError())
    (unused,) = plugin.phone.unused()
    assert (
        unused.label
        == "tripwire.toy session 1.expect('dial', raises=<BadError whose repr raises RuntimeError>)"
    )
