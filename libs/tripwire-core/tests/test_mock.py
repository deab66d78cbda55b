from __future__ import annotations

import asyncio
import copy
import importlib
import inspect
import json
import sys
from typing import Any
from unittest import mock as std

import pytest

import tripwire


class Repository:
    limit: int

    def find(self, key: int, *, lock: bool = False) -> str:
        return f"real {key}"

    async def load(self, key: int) -> str:
        await asyncio.sleep(0)
        return f"real {key}"

    @staticmethod
    def connect(url: str) -> str:
        return url

    @classmethod
    def default(cls) -> Repository:
        return cls()

    @property
    def size(self) -> int:
        return 3

    class Cursor:
        def fetch(self, count: int) -> int:
            return count


def shout(text: str) -> str:
    return text.upper()


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


# -- mocks at an import path


def test_an_import_path_is_replaced_for_the_sandbox_and_put_back() -> None:
    genuine = json.dumps
    dumps = tripwire.mock("json:dumps").returns("{}")
    assert json.dumps is genuine
    with tripwire.sandbox():
        assert json.dumps({"a": 1}) == "{}"
    assert json.dumps is genuine
    dumps.assert_call(({"a": 1},), returned="{}")


def test_an_import_path_is_checked_against_the_real_signature() -> None:
    tripwire.mock(f"{__name__}:shout").returns("x").required(False)
    module = importlib.import_module(__name__)
    with tripwire.sandbox(), pytest.raises(TypeError):
        module.shout()


def test_a_method_at_an_import_path() -> None:
    find = tripwire.mock(f"{__name__}:Repository.find").returns("mocked")
    with tripwire.sandbox():
        assert Repository().find(1) == "mocked"
    assert Repository().find(1) == "real 1"
    find.assert_call((1,))


def test_mock_object() -> None:
    repo = Repository()
    find = tripwire.mock.object(repo, "find").returns("mocked")
    with tripwire.sandbox():
        assert repo.find(1) == "mocked"
        assert Repository().find(1) == "real 1"
    assert "find" not in vars(repo)
    assert repr(find) == "Repository.find"
    find.assert_call((1,))


def test_an_own_spec_goes_before_the_real_object() -> None:
    tripwire.mock(f"{__name__}:shout", spec=Repository.connect).returns("x").required(False)
    with tripwire.sandbox():
        assert importlib.import_module(__name__).shout(url="u") == "x"
    tripwire.assert_interaction(next(iter(tripwire.current_verifier().timeline)).source)


def test_registered_inside_the_sandbox() -> None:
    with tripwire.sandbox():
        dumps = tripwire.mock("json:dumps").returns("{}")
        assert json.dumps(1) == "{}"
    assert json.dumps(1) == "1"
    dumps.assert_call((1,))


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (
            lambda: tripwire.mock("json:dmps"),
            AttributeError,
            "there is nothing at 'json:dmps'; did you mean 'dumps'?",
        ),
        (
            lambda: tripwire.mock("json:encoder.Nothing.x"),
            AttributeError,
            "there is nothing at 'json:encoder.Nothing.x': module 'json.encoder' has no attribute 'Nothing'",
        ),
        (lambda: tripwire.mock("no_such_module:x"), ImportError, "No module named 'no_such_module'"),
        (
            lambda: tripwire.mock(":x"),
            ValueError,
            "':x' is not an import path such as 'package.module:attribute'",
        ),
        (
            lambda: tripwire.mock("json:"),
            ValueError,
            "'json:' is not an import path such as 'package.module:attribute'",
        ),
        (
            lambda: tripwire.spy("json"),
            ValueError,
            "a spy needs an import path such as 'package.module:attribute', not 'json'",
        ),
        (
            lambda: tripwire.spy("json:dmps"),
            AttributeError,
            "there is nothing at 'json:dmps'; did you mean 'dumps'?",
        ),
        (
            lambda: tripwire.mock.object(json, "dmps"),
            AttributeError,
            "there is nothing at 'json.dmps'; did you mean 'dumps'?",
        ),
    ],
)
def test_a_wrong_path_is_an_error_when_registered(make: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value) == message


def test_outside_a_sandbox_a_replaced_function_is_the_real_one() -> None:
    with tripwire.sandbox():
        mock = tripwire.mock(f"{__name__}:shout")
    assert mock("x") == "X"


# -- spies


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


def test_one_place_holds_one_double() -> None:
    first = tripwire.mock("json:dumps").returns("1").required(False)
    with pytest.raises(
        ValueError, match="there is a mock or spy in the place of json:dumps already"
    ) as caught:
        tripwire.spy("json:dumps")
    assert str(caught.value).endswith("); configure that one")
    assert repr(first) == "json:dumps"


def test_attributes_of_builtin_types_cannot_be_replaced() -> None:
    with pytest.raises(TypeError, match=r"'int.bit_length' cannot be replaced: attributes of int are fixed"):
        tripwire.mock.object(int, "bit_length")


def test_a_patch_over_a_mock_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    tripwire.mock("json:dumps").required(False)
    with pytest.raises(tripwire.ConflictError) as caught, tripwire.sandbox():
        monkeypatch.setattr(json, "dumps", std.Mock())
    assert (caught.value.target, caught.value.patcher) == ("json.dumps", "unittest.mock")


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


def test_what_came_back_is_recorded_as_it_was() -> None:
    items = [1]
    double = tripwire.mock("double").returns(items).calls(lambda: items)
    with tripwire.sandbox():
        double().append(2)
        double().append(3)
    double.assert_call(returned=[1])
    double.assert_call(returned=[1, 2])
