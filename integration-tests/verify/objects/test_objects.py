"""Mocks of Python objects that lie, and mocks of the same kinds that do not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from verifying_suites import expected, outcomes, read, write

HEAD = """
import asyncio, collections, contextlib, datetime, decimal, inspect
from unittest import mock as unittest_mock
import pytest
import shop
import tripwire

def answers(mock, how, value, *args, **kwargs):
    getattr(mock, how)(value)
    with tripwire:
        back = mock(*args, **kwargs)
        if inspect.iscoroutine(back):
            back = asyncio.run(back)
    tripwire.current_verifier().assert_interaction(mock, args=args, kwargs=kwargs)
    return back

def returns(path, value, *args, **kwargs):
    return answers(at(path), "returns", value, *args, **kwargs)

def calls(path, function, *args, **kwargs):
    return answers(at(path), "calls", function, *args, **kwargs)

def at(path):
    # `shop:client>first` is an attribute of the mock at `shop:client`
    path, *names = path.split(">")
    mock = tripwire.mock(path)
    for name in names:
        mock = getattr(mock, name)
    return mock
"""


CATALOGUE = Path(__file__).parent


@pytest.mark.parametrize("name", ["lies", "truths"])
def test_catalogue(pytester: pytest.Pytester, name: str) -> None:
    cases = read((CATALOGUE / f"{name}.txt").read_text())
    assert all(bool(case.lies) == (name == "lies") and not case.unchecked for case in cases)
    if sys.version_info < (3, 11):  # nobody knows the overloads of a function there
        cases = [case for case in cases if case.name != "overload"]
    (pytester.path / "shop.py").write_text((CATALOGUE / "shop.py").read_text())
    write(pytester, HEAD, cases)
    assert outcomes(pytester) == expected(cases)
