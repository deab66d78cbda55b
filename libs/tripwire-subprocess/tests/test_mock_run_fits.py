"""Which mock a command is served by, why the others do not fit, and what to paste then."""

from __future__ import annotations

import asyncio
import subprocess
from asyncio import create_subprocess_exec
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import Any
from unittest import mock

import pytest
from dirty_equals import IsStr

import tripwire


@pytest.mark.parametrize(
    ("mocked", "started", "options"),
    [
        (["git", "log"], ["git", "log"], {}),
        (("git", "log"), ("git", "log"), {}),
        ([Path("/bin/git"), "log"], ["/bin/git", "log"], {}),
        (["/bin/git", "log"], [Path("/bin/git"), "log"], {}),
        (Path("/bin/git"), Path("/bin/git"), {}),
        ("git log", ["git", "log"], {}),
        ("git log", "git log", {"shell": True}),
        ("git 'a b'", ["git", "a b"], {}),
        ("git", "git", {}),
        ("/my programs/git", "/my programs/git", {}),
        ("it's", ["it's"], {}),
        (["git", IsStr()], ["git", "log"], {}),
        (IsStr(regex="git .*"), "git log", {"shell": True}),
    ],
)
def test_what_fits(mocked: Any, started: Any, options: Any) -> None:
    tripwire.subprocess.mock_run(mocked)
    with tripwire.sandbox():
        run(started, check=True, **options)
    tripwire.subprocess.assert_run(mocked)


@pytest.mark.parametrize(
    ("mocked", "started", "options", "reason"),
    [
        (["git", "log"], ["hg", "log"], {}, "the program is 'git' there, and 'hg' in the call"),
        (["git", "log"], ["git", "push"], {}, "argument 1 is 'log' there, and 'push' in the call"),
        (["git", "log"], ["git"], {}, "the call ends before 'log'"),
        ("git log", ["git", "log", "-1"], {}, "the call has one argument more: '-1'"),
        ("git log", "git push", {"shell": True}, "it is for 'git log'"),
        ("it's", ["git", "log"], {}, """the program is "it's" there, and 'git' in the call"""),
        (
            ["git", "log"],
            "git log",
            {"shell": True},
            "it is for a program with arguments, and the call gives a shell a string",
        ),
        (IsStr(regex="hg .*"), ["git", "log"], {}, "it is for IsStr(regex='hg .*')"),
    ],
)
def test_what_does_not_fit(
    mocked: Any, started: Any, options: Any, reason: str, here: Callable[[int], str]
) -> None:
    tripwire.subprocess.mock_run(mocked, required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(started, check=True, **options)
    words = started if isinstance(started, str) else " ".join(started)
    assert str(caught.value) == (
        f"nothing answers this call: subprocess.run: {words}\n"
        f"  called at {here(5)}\n"
        "no mock_run fits, and for tripwire.popen no session is scripted\n"
        "nearest, and why it did not match:\n"
        f"  - tripwire.subprocess.mock_run({mocked!r}): {reason}  ({here(3)})\n"
        "to mock it, put this before the sandbox:\n"
        f'    tripwire.subprocess.mock_run({started!r}, returncode=0, stdout="", stderr="")'
    )
    assert caught.value.source is tripwire.popen.spawn


def test_the_nearest_come_first_and_each_serves_once() -> None:
    for command in (["git", "push"], ["ls"], ["git", "log"], ["git", "log", "-2"]):
        tripwire.subprocess.mock_run(command, required=False)
    with tripwire.sandbox():
        run(["git", "log"], check=True)
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            run(["git", "log"], check=True)
    nearest = [line for line in str(caught.value).splitlines() if line.startswith("  - ")]
    assert [line[4:].split("  (")[0] for line in nearest] == [
        "tripwire.subprocess.mock_run(['git', 'log']): it is used up",
        "tripwire.subprocess.mock_run(['git', 'log', '-2']): the call ends before '-2'",
        "tripwire.subprocess.mock_run(['git', 'push']): argument 1 is 'push' there, and 'log' in the call",
    ]
    tripwire.subprocess.assert_run(["git", "log"])


def test_those_that_fit_alike_serve_in_order_and_others_in_any() -> None:
    for command, code in ((["a"], 1), (["b"], 2), (["a"], 3)):
        tripwire.subprocess.mock_run(command, returncode=code)
    with tripwire.sandbox():
        assert [subprocess.call([name]) for name in "baa"] == [2, 1, 3]
    for name, code in (("b", 2), ("a", 1), ("a", 3)):
        tripwire.subprocess.assert_run([name], returncode=code)


def test_matchers_keep_their_place_in_the_order() -> None:
    for command, code in ((["a", IsStr()], 1), (["a", "b"], 2), ("a b", 3), ([IsStr(), "b"], 4)):
        tripwire.subprocess.mock_run(command, code)
    with tripwire.sandbox():
        assert [subprocess.call(["a", "b"]) for _ in range(4)] == [1, 2, 3, 4]
    for code in (1, 2, 3, 4):
        tripwire.subprocess.assert_run(["a", "b"], returncode=code)


class Odd:
    """A matcher that cannot be written down, and counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Odd.compared += 1
        return False

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no words")


ODD = "<Odd whose repr raises RuntimeError>"


@pytest.mark.parametrize(
    ("mocked", "label", "reason"),
    [
        (Odd(), ODD, f"it is for {ODD}"),
        (
            ["x", Odd()],
            "<list whose repr raises RuntimeError>",
            f"argument 1 is {ODD} there, and 'y' in the call",
        ),
        (
            ["x", "y", Odd()],
            "<list whose repr raises RuntimeError>",
            f"the call ends before {ODD}",
        ),
    ],
)
def test_a_matcher_without_words(mocked: Any, label: str, reason: str, here: Callable[[int], str]) -> None:
    tripwire.subprocess.mock_run(mocked, required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(["x", "y"], check=True)
    assert str(caught.value) == (
        "nothing answers this call: subprocess.run: x y\n"
        f"  called at {here(3)}\n"
        "no mock_run fits, and for tripwire.popen no session is scripted\n"
        "nearest, and why it did not match:\n"
        f"  - tripwire.subprocess.mock_run({label}): {reason}  ({here(1)})\n"
        "to mock it, put this before the sandbox:\n"
        "    tripwire.subprocess.mock_run(['x', 'y'], returncode=0, stdout=\"\", stderr=\"\")"
    )


def test_a_session_does_not_pay_for_the_mocks_of_other_commands() -> None:
    for number in range(50):
        tripwire.subprocess.mock_run(["x", str(number)], required=False)
    tripwire.subprocess.mock_run(["x", Odd()], required=False)
    for _ in range(2):
        tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    before = Odd.compared
    with tripwire.sandbox(), mock.patch("difflib.SequenceMatcher", side_effect=AssertionError):
        for _ in range(2):
            subprocess.call(["y"])
        assert Odd.compared == before  # the program differs already
    for _ in range(2):
        tripwire.popen.assert_spawn(command=["y"], stdin=None)
        tripwire.popen.assert_wait()


LONG = "x" * 3000


def test_what_is_pasted_parses(tmp_path: Path) -> None:
    tripwire.subprocess.mock_run(["a", LONG], stdout=LONG)
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    with tripwire.sandbox(), (tmp_path / "in").open("w+") as given:
        run(["a", LONG], check=True)
        subprocess.Popen(["b"], stdin=given).wait()
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            run([LONG], check=True)
    paste = str(caught.value).rpartition("\n")[2]
    assert paste == '    tripwire.subprocess.mock_run(mock.ANY, returncode=0, stdout="", stderr="")'
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    assert str(unasserted.value).partition("put this after the sandbox:\n")[2] == (
        "    tripwire.subprocess.assert_run(mock.ANY, returncode=0, stdout=mock.ANY, stderr='', input=None)\n"
        "    tripwire.popen.assert_spawn(command=['b'], stdin=mock.ANY)\n"
        "    tripwire.popen.assert_wait()"
    )


def test_a_mock_that_fits_wins_over_a_session() -> None:
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=1)
    tripwire.async_subprocess.new_session().expect("spawn", returns=None).expect("wait", returns=2)
    for command in ("mocked", "mocked"):
        tripwire.subprocess.mock_run([command], returncode=3)

    async def work() -> list[int]:
        return [await (await create_subprocess_exec(name)).wait() for name in ("mocked", "other")]

    with tripwire.sandbox():
        assert [subprocess.call([name]) for name in ("mocked", "other")] == [3, 1]
        assert asyncio.run(work()) == [3, 2]
    tripwire.subprocess.assert_run(["mocked"])
    tripwire.popen.assert_spawn(command=["other"], stdin=None)
    tripwire.popen.assert_wait()
    tripwire.subprocess.assert_run(["mocked"])
    tripwire.async_subprocess.assert_spawn(command=["other"], stdin=None)
    tripwire.async_subprocess.assert_wait()
