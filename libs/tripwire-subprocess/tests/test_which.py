from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which
from types import CodeType
from typing import Any
from unittest.mock import ANY

import pytest

import tripwire


@pytest.mark.parametrize("look_up", [which, lambda *args, **kwargs: shutil.which(*args, **kwargs)])
@pytest.mark.parametrize("name", ["git", Path("git"), b"git"])
def test_which(look_up: Any, name: Any) -> None:
    tripwire.subprocess.mock_which(name, "/nowhere/git")
    with tripwire.sandbox():
        assert look_up(name) == "/nowhere/git"
    tripwire.subprocess.assert_which(name, returns="/nowhere/git")


def test_not_found_is_the_default() -> None:
    tripwire.subprocess.mock_which("git")
    with tripwire.sandbox():
        assert which(cmd="git", mode=os.F_OK, path="/x") is None
    tripwire.subprocess.assert_which("git")


def test_each_serves_once_in_order() -> None:
    for place in ("/a", "/b", None):
        tripwire.subprocess.mock_which("git", place)
    with tripwire.sandbox():
        assert [which("git") for _ in range(3)] == ["/a", "/b", None]
    for place in ("/a", "/b", None):
        tripwire.subprocess.assert_which("git", returns=place)


def test_unmocked(here: Callable[[int], str]) -> None:
    tripwire.subprocess.mock_which("git", "/a")
    tripwire.subprocess.mock_which("hg", required=False)
    with tripwire.sandbox():
        which("git")
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            which("git")
    assert str(caught.value) == (
        "nothing answers this call: shutil.which('git')\n"
        f"  called at {here(6)}\n"
        "nearest, and why it did not match:\n"
        f"  - mock_which('git', returns='/a'): it is used up  ({here(1)})\n"
        f"  - mock_which('hg', returns=None): it is for another program  ({here(2)})\n"
        "to mock it, put this before the sandbox:\n"
        "    tripwire.subprocess.mock_which('git', returns=...)"
    )
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    assert str(unasserted.value).splitlines()[1:] == [
        f"  - tripwire.subprocess.which(name='git', returns='/a')  ({here(4)})",
        "put this after the sandbox:",
        "    tripwire.subprocess.assert_which('git', returns='/a')",
    ]


def test_what_cannot_be_looked_up_by_key() -> None:
    tripwire.subprocess.mock_which(ANY, "/a")
    with tripwire.sandbox():
        assert which([]) == "/a"  # type: ignore[call-overload]
    tripwire.subprocess.assert_which([])


def test_unused_and_mismatched() -> None:
    tripwire.subprocess.mock_which("git", "/a")
    tripwire.subprocess.mock_which("hg", "/b")
    with tripwire.sandbox():
        which("hg")
    for expected in ({"name": "git"}, {"name": "hg", "returns": "/a"}):
        with pytest.raises(tripwire.InteractionMismatchError):
            tripwire.subprocess.assert_which(**expected)
    tripwire.subprocess.assert_which("hg")
    with pytest.raises(tripwire.UnusedMocksError, match=r"mock_which\('git', returns='/a'\)"):
        tripwire.verify_all()


def test_required_is_checked() -> None:
    with pytest.raises(TypeError, match="required= must be True or False, not 'yes'"):
        tripwire.subprocess.mock_which("git", required="yes")  # type: ignore[arg-type]


def test_pristine_afterwards_and_genuine_outside() -> None:
    code = shutil.which.__code__
    verifier = tripwire.StrictVerifier()
    with verifier.sandbox():
        assert shutil.which.__code__ is not code
    assert shutil.which.__code__ is code
    with tripwire.sandbox():
        pass
    assert shutil.which.__code__ is not code  # until the test's teardown ends
    assert which(Path(sys.executable).name, path=str(Path(sys.executable).parent)) == sys.executable
    assert which("no-such-program-anywhere") is None


def other(cmd: Any, path: Any = None) -> Any:
    return cmd, path


def closure() -> CodeType:
    kept = 3

    def which(cmd: Any, mode: int = 1, path: Any = None) -> Any:
        return kept, cmd, mode, path

    return which.__code__


def test_another_which_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from tripwire.plugins.subprocess_plugin import _which

    (target,) = _which.targets(lambda *_: None)
    for code in (other.__code__, closure()):
        with pytest.raises(tripwire.TripwireError, match=r"shutil.which of Python 3\.\d+\.\d+"):
            target.make(code)
