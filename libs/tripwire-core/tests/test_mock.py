"""Mocks: their outcomes, what is recorded of a call, and specs."""

from __future__ import annotations

import asyncio
import copy
import inspect
import sys
from typing import Any
from unittest import mock as std

import pytest
from repository import Repository

import tripwire


def test_outcomes_are_a_queue() -> None:
    repo = tripwire.mock("UserRepository")
    repo.find.returns(1).raises(KeyError("gone")).raises(ValueError).calls(lambda key: key * 2)
    with tripwire.sandbox():
        assert repo.find(1) == 1
        with pytest.raises(KeyError, match="gone"):
            repo.find(2)
        with pytest.raises(ValueError, match=r"^$") as raised:
            repo.find(3)
        assert repo.find(4) == 8
    repo.find.assert_call(args=(1,), kwargs={}, returned=1)
    tripwire.assert_interaction(repo.find, args=(2,))
    repo.find.assert_call(args=(3,), raised=raised.value)
    repo.find.assert_call(args=(4,), returned=8)


def test_a_mock_is_callable_itself() -> None:
    notify = tripwire.mock("notify").returns("done")
    with tripwire.sandbox():
        assert notify("a", urgent=True) == "done"
    notify.assert_call(args=("a",), kwargs={"urgent": True}, returned="done")


def test_attributes_are_mocks_of_their_own() -> None:
    app = tripwire.mock("app")
    app.db.session.commit.returns(None)
    assert app.db.session is app.db.session
    assert repr(app.db.session.commit) == "app.db.session.commit"
    with tripwire.sandbox():
        app.db.session.commit()
    app.db.session.commit.assert_call()


def test_a_function_that_raises_is_recorded_as_raising() -> None:
    error = OSError("full")

    def fail() -> None:
        raise error

    disk = tripwire.mock("disk").calls(fail)
    with tripwire.sandbox(), pytest.raises(OSError, match="full"):
        disk()
    disk.assert_call(raised=error)


def test_a_call_that_raised_must_be_asserted_as_such() -> None:
    error = KeyError("gone")
    repo = tripwire.mock("repo").raises(error)
    with tripwire.sandbox(), pytest.raises(KeyError):
        repo()
    with pytest.raises(tripwire.MissingAssertionFieldsError) as caught:
        repo.assert_call()
    assert caught.value.missing == ("raised",)
    assert caught.value.interaction.source is repo
    lines = str(caught.value).splitlines()
    assert lines[:2] == ["this assertion of repo must also state:", "  - raised=KeyError('gone')"]
    assert lines[3] == "    repo.assert_call(args=(), kwargs={}, raised=KeyError('gone'))"
    repo.assert_call(raised=error)


def test_an_unmocked_call_names_what_is_there() -> None:
    repo = tripwire.mock("repo")
    repo.save.returns(None).required(False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        repo.find(1, lock=True)
    assert [line.partition("  (")[0] for line in str(caught.value).splitlines()] == [
        "nothing answers this call: repo.find(1, lock=True)",
        f"  called at {caught.value.place}",
        "nearest, and why it did not match:",
        "  - repo.save: it is another mock",
        "to mock it, put this before the sandbox:",
        "    repo.find.returns(...)",
    ]
    assert caught.value.source is repo.find
    assert caught.value.call == "repo.find(1, lock=True)"
    assert caught.value.place is not None
    assert caught.value.place.function == "test_an_unmocked_call_names_what_is_there"


@pytest.mark.parametrize(
    ("times", "words"), [(1, "only configured outcome is"), (2, "2 configured outcomes are")]
)
def test_a_used_up_mock_says_so(times: int, words: str) -> None:
    repo = tripwire.mock("repo")
    with tripwire.sandbox():
        for _ in range(times):
            repo.returns(None)
            repo()
        with pytest.raises(tripwire.UnmockedInteractionError, match=f"its {words} used up"):
            repo()
    for _ in range(times):
        repo.assert_call()


def test_unused_outcomes(by_hand: Any) -> None:
    verifier, _ = by_hand
    with verifier.sandbox():
        mock = tripwire.mock("repo")
        mock.find.returns({"id": 1})
        mock.save.calls(print)
        mock.optional.returns(1).required(False)
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        verifier.verify_all()
    assert [m.label for m in caught.value.mocks] == [
        "repo.find.returns({'id': 1})",
        "repo.save.calls(<built-in function print>)",
    ]


@pytest.mark.parametrize(
    ("configure", "message"),
    [
        (lambda m: m.raises("no"), "raises() takes an exception or its class, not 'no'"),
        (lambda m: m.raises(int), "raises() takes an exception or its class, not <class 'int'>"),
        (
            lambda m: m.raises(UnicodeDecodeError),
            "raises() needs an instance of UnicodeDecodeError: function takes exactly 5 arguments (0 given)",
        ),
        (lambda m: m.calls(3), "calls() takes a function, not 3"),
        (lambda m: m.required("yes"), "required() takes True or False, not 'yes'"),
        (lambda m: tripwire.mock(""), "a mock or spy needs a name, not ''"),
        (lambda m: tripwire.mock(None), "a mock or spy needs a name, not None"),  # type: ignore[arg-type]
        (lambda m: tripwire.spy(3), "a mock or spy needs a name, not 3"),  # type: ignore[arg-type]
    ],
)
def test_bad_configuration(configure: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        configure(tripwire.mock("m"))
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["assert_called_once", "__wrapped__", "_tripwire_nothing"])
def test_names_a_mock_does_not_have(name: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'"):
        getattr(tripwire.mock("m"), name)


# -- specs


@pytest.mark.parametrize("spec", [Repository, Repository()])
def test_a_spec_checks_arguments_and_attributes(spec: Any) -> None:
    repo = tripwire.mock("repo", spec=spec)
    repo.find.returns("a").required(False)
    repo.connect.returns("c")
    repo.default.returns("d")
    repo.size.returns("s")
    repo.limit.returns("l")
    with tripwire.sandbox():
        for args, kwargs in [((), {}), ((1, 2), {}), ((1,), {"lok": True})]:
            with pytest.raises(TypeError):
                repo.find(*args, **kwargs)
        assert repo.find(1, lock=True) == "a"
        assert repo.connect("url") == "c"
        assert repo.default() == "d"
        assert repo.size() == "s"
        assert repo.limit() == "l"
    with pytest.raises(AttributeError) as caught:
        repo.fnid  # noqa: B018
    assert str(caught.value) == "repo has no attribute 'fnid'; did you mean 'find'?"
    with tripwire.in_any_order():
        repo.find.assert_call((1,), {"lock": True})
        repo.connect.assert_call(("url",))
        for mock in (repo.default, repo.size, repo.limit):
            mock.assert_call()


def test_a_spec_reaches_into_nested_classes() -> None:
    repo = tripwire.mock("repo", spec=Repository)
    repo.Cursor.fetch.returns(1)
    with tripwire.sandbox():
        with pytest.raises(TypeError):
            repo.Cursor.fetch()
        assert repo.Cursor.fetch(1) == 1
    repo.Cursor.fetch.assert_call((1,))


def test_a_function_without_signature_is_not_checked() -> None:
    smallest = tripwire.mock("smallest", spec=min)
    smallest.returns(0)
    with tripwire.sandbox():
        assert smallest(1, 2, 3, key=None) == 0
    smallest.assert_call((1, 2, 3), {"key": None})


async def test_coroutine_functions_are_awaitable() -> None:
    repo = tripwire.mock("repo", spec=Repository)

    async def slow(key: int) -> str:
        await asyncio.sleep(0)
        return f"slow {key}"

    repo.load.returns("row").calls(slow).raises(KeyError("gone"))
    with tripwire.sandbox():
        with pytest.raises(TypeError):
            repo.load()
        pending = repo.load(1)
        assert inspect.iscoroutine(pending)
        assert await pending == "row"
        assert await repo.load(2) == "slow 2"
        with pytest.raises(KeyError) as caught:
            await repo.load(3)
    repo.load.assert_call((1,), returned="row")
    repo.load.assert_call((2,), returned="slow 2")
    repo.load.assert_call((3,), raised=caught.value)


@pytest.mark.parametrize("expected", [ValueError("bad"), ValueError, Exception, std.ANY])
def test_a_raised_exception_is_told_by_type_and_arguments(expected: Any) -> None:
    double = tripwire.mock("double").raises(ValueError("bad"))
    with tripwire.sandbox(), pytest.raises(ValueError, match="bad"):
        double()
    double.assert_call(raised=expected)


@pytest.mark.parametrize("expected", [ValueError("good"), KeyError("bad"), KeyError])
def test_another_exception_differs(expected: Any) -> None:
    double = tripwire.mock("double").raises(ValueError("bad"))
    with tripwire.sandbox(), pytest.raises(ValueError, match="bad"):
        double()
    with pytest.raises(tripwire.InteractionMismatchError):
        double.assert_call(raised=expected)
    double.assert_call(raised=ValueError)


def test_in_any_order_each_call_states_its_own_exception() -> None:
    double = tripwire.mock("double").raises(KeyError("gone")).returns(2)
    with tripwire.sandbox():
        with pytest.raises(KeyError):
            double(1)
        double(2)
    with tripwire.in_any_order():
        double.assert_call((2,))
        with pytest.raises(tripwire.MissingAssertionFieldsError):
            double.assert_call((1,))
        double.assert_call((1,), raised=KeyError("gone"))


def test_a_spec_with_names_of_a_mock_is_refused() -> None:
    class Form:
        def required(self, flag: bool) -> None: ...

    with pytest.raises(ValueError, match="needs for itself") as caught:
        tripwire.mock("form", spec=Form)
    assert str(caught.value) == (
        "form cannot have this spec: the real thing has 'required', which a mock needs for itself; "
        "mock the single methods instead"
    )


async def test_frameworks_see_that_a_mock_is_a_coroutine_function() -> None:
    repo = tripwire.mock("repo", spec=Repository)
    assert asyncio.iscoroutinefunction(repo.load)
    assert not asyncio.iscoroutinefunction(repo.find)
    if sys.version_info >= (3, 12):
        assert inspect.iscoroutinefunction(repo.load)
        assert not inspect.iscoroutinefunction(repo.find)


def test_copies_of_a_double_are_the_double() -> None:
    double, spy = tripwire.mock("double"), tripwire.spy("json:dumps")
    for one in (double, spy):
        assert copy.copy(one) is one
        assert copy.deepcopy([one])[0] is one


def test_what_came_back_is_recorded_as_it_was() -> None:
    items = [1]
    double = tripwire.mock("double").returns(items).calls(lambda: items)
    with tripwire.sandbox():
        double().append(2)
        double().append(3)
    double.assert_call(returned=[1])
    double.assert_call(returned=[1, 2])
