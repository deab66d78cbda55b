"""Mocks in the place of what is at an import path, or of an attribute."""

from __future__ import annotations

import functools
import importlib
import json
import threading
from types import SimpleNamespace
from typing import Any
from unittest import mock as std

import pytest
from repository import Repository

import tripwire


def shout(text: str) -> str:
    return text.upper()


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


class Cached:
    @functools.lru_cache  # noqa: B019 - of a class that lives as long as the tests
    def find(self, key: int) -> str:
        return f"real {key}"

    @functools.cached_property
    def client(self) -> Repository:
        return Repository()


def test_a_cached_method_is_one_and_a_cached_property_too() -> None:
    find = tripwire.mock(f"{__name__}:Cached.find").returns("mocked")
    cached = tripwire.mock("cached", spec=Cached)
    cached.client.find.returns("by property")
    with tripwire.sandbox():
        assert Cached().find(1) == "mocked"
        assert cached.client.find(2) == "by property"
    find.assert_call((1,))
    cached.client.find.assert_call((2,))


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


def test_doubles_that_stay_for_unfinished_work() -> None:
    held = SimpleNamespace(call=len)
    double = tripwire.mock.object(held, "call").returns(1)
    go = threading.Event()
    with tripwire.sandbox():
        thread = threading.Thread(target=lambda: go.wait(), daemon=True)
        thread.start()
    assert held.call is double
    with tripwire.sandbox():
        assert held.call("abc") == 1
        go.set()
        thread.join()
    assert held.call is len
    double.assert_call(("abc",))
