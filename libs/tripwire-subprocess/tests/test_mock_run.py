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

PIPE = subprocess.PIPE
CAPTURED: dict[str, Any] = {"capture_output": True, "check": False}


def test_run() -> None:
    tripwire.subprocess.mock_run(["git", "status"], returncode=1, stdout="clean\n", stderr=b"hm")
    with tripwire.sandbox():
        done = run(["git", "status"], text=True, **CAPTURED)
    assert (done.stdout, done.stderr, done.returncode) == ("clean\n", "hm", 1)
    tripwire.subprocess.assert_run(["git", "status"], returncode=1, stdout="clean\n", stderr="hm", input=None)


def test_defaults() -> None:
    tripwire.subprocess.mock_run(["true"])
    with tripwire.sandbox():
        done = run(["true"], **CAPTURED)
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)
    tripwire.subprocess.assert_run(["true"], returncode=0, stdout="", stderr="")


def test_by_position() -> None:
    tripwire.subprocess.mock_run(["x"], 3, "out", "err", None, False)
    with tripwire.sandbox():
        done = run(["x"], text=True, **CAPTURED)
    assert (done.returncode, done.stdout, done.stderr) == (3, "out", "err")
    tripwire.subprocess.assert_run(["x"])


def test_no_pipe_no_output() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="lost", stderr="too")
    with tripwire.sandbox():
        done: Any = run(["x"], check=True)
    assert (done.stdout, done.stderr) == (None, None)
    tripwire.subprocess.assert_run(["x"])


@pytest.mark.parametrize("given", ["h\u00e9\n", "h\u00e9\n".encode()])
@pytest.mark.parametrize("asserted", ["h\u00e9\n", "h\u00e9\n".encode()])
@pytest.mark.parametrize(
    ("mode", "delivered"), [({}, "h\u00e9\n".encode()), ({"encoding": "utf-8"}, "h\u00e9\n")]
)
def test_output_as_the_caller_wants_it(given: Any, asserted: Any, mode: Any, delivered: Any) -> None:
    tripwire.subprocess.mock_run(["x"], stdout=given)
    with tripwire.sandbox():
        assert run(["x"], stdout=PIPE, check=True, **mode).stdout == delivered
    tripwire.subprocess.assert_run(["x"], stdout=asserted)


def test_text_takes_the_callers_encoding() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="\u20ac")
    with tripwire.sandbox():
        assert subprocess.check_output(["x"], encoding="utf-16") == "\u20ac"
    tripwire.subprocess.assert_run("x", stdout="\u20ac")


@pytest.mark.parametrize("encoding", ["locale", None])
def test_text_takes_the_locales_encoding(encoding: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    tripwire.subprocess.mock_run(["x"], stdout="plain")
    with tripwire.sandbox():
        assert subprocess.Popen(["x"], stdout=PIPE, text=True, encoding=encoding).communicate()[0] == "plain"
    tripwire.subprocess.assert_run(["x"])


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


@pytest.mark.parametrize("error", [FileNotFoundError(2, "gone"), PermissionError(13, "no"), KeyError("odd")])
def test_raises_at_the_start(error: Exception) -> None:
    tripwire.subprocess.mock_run(["x"], raises=error)
    with tripwire.sandbox(), pytest.raises(type(error)) as caught:
        subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    assert caught.value is error
    tripwire.subprocess.assert_run(["x"])


@pytest.mark.parametrize("method", ["communicate", "wait"])
def test_a_timeout_is_raised_where_the_program_waits(method: str) -> None:
    error = subprocess.TimeoutExpired(["x"], 3)
    tripwire.subprocess.mock_run(["x"], raises=error)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            getattr(process, method)(timeout=3)
        assert caught.value is error
        assert (process.poll(), process.poll()) == (None, None)
        process.kill()
        assert process.wait() == -9
    tripwire.subprocess.assert_run(["x"], raises=error, returncode=-9)
    tripwire.subprocess.assert_signal(signal=9)


@pytest.mark.parametrize(
    ("mode", "sent", "asserted"),
    [
        ({}, b"in", b"in"),
        ({}, b"in", "in"),
        ({"text": True}, "in", "in"),
        ({"text": True}, "in", b"in"),
        ({}, b"in", IsStr() | b"in"),
    ],
)
def test_input(mode: Any, sent: Any, asserted: Any) -> None:
    tripwire.subprocess.mock_run(["x"])
    with tripwire.sandbox():
        run(["x"], input=sent, check=True, **mode)
    tripwire.subprocess.assert_run(["x"], input=asserted)


@pytest.mark.parametrize("end", ["wait", "communicate", "poll"])
def test_input_written_by_hand(end: str) -> None:
    tripwire.subprocess.mock_run(["x"])
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdin=PIPE)
        assert process.stdin is not None
        process.stdin.write(b"by hand")
        process.stdin.close() if end != "communicate" else None
        while getattr(process, end)() is None:
            pass
    tripwire.subprocess.assert_run(["x"], input=b"by hand")


def test_input_is_a_value() -> None:
    tripwire.subprocess.mock_run(["x"])
    given = bytearray(b"in")
    with tripwire.sandbox():
        run(["x"], input=given, check=True)
        given[:] = b"changed"
    tripwire.subprocess.assert_run(["x"], input=b"in")


async def test_input_through_asyncio() -> None:
    tripwire.subprocess.mock_run(["a"])
    tripwire.subprocess.mock_run(["b"], returncode=4)
    with tripwire.sandbox():
        await (await create_subprocess_exec("a", stdin=PIPE)).communicate(b"given")
        process = await create_subprocess_exec("b", stdin=PIPE)
        assert process.stdin is not None
        process.stdin.write(b"by hand")
        process.stdin.close()
        while process.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert process.returncode == 4
    tripwire.subprocess.assert_run(["a"], input="given")
    tripwire.subprocess.assert_run(["b"], input="by hand")


async def test_a_child_nobody_waits_for_goes_away_by_itself() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out")
    with tripwire.sandbox():
        process = await create_subprocess_exec("x", stdout=PIPE)
        for _ in range(20):
            await asyncio.sleep(0)
        del process
    tripwire.subprocess.assert_run(["x"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"returncode": "0"}, "returncode= must be an int, not '0'"),
        ({"stdout": None}, "stdout= must be str or bytes, not None"),
        ({"stderr": 3}, "stderr= must be str or bytes, not 3"),
        ({"raises": OSError}, "raises= must be an exception instance, not <class 'OSError'>"),
        ({"required": 1}, "required= must be True or False, not 1"),
    ],
)
def test_wrong_arguments(arguments: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.subprocess.mock_run(["x"], **arguments)
    assert str(caught.value) == message


def test_unused(here: Callable[[int], str]) -> None:
    tripwire.subprocess.mock_run(["git", "log"])
    tripwire.subprocess.mock_run(["git", "push"], required=False)
    with tripwire.sandbox():
        pass
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    assert str(caught.value) == (
        "1 mock was never used:\n"
        f"  - tripwire.subprocess.mock_run(['git', 'log'])  ({here(1)})\n"
        "make the call, take the mock away, or register it with required=False"
    )


def test_unasserted(here: Callable[[int], str]) -> None:
    tripwire.subprocess.mock_run(["git", "log"], stdout="x")
    with tripwire.sandbox():
        run(["git", "log"], check=True)
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    fields = "['git', 'log'], returncode=0, stdout='x', stderr='', input=None)"
    assert str(caught.value) == (
        "1 interaction was not asserted:\n"
        f"  - tripwire.subprocess.run(command={fields}  ({here(3)})\n"
        "put this after the sandbox:\n"
        f"    tripwire.subprocess.assert_run({fields}"
    )


@pytest.mark.parametrize(
    "wrong", [{"returncode": 1}, {"stdout": "y"}, {"stderr": b"y"}, {"input": "y"}, {"command": ["y"]}]
)
def test_a_mismatch(wrong: Any) -> None:
    tripwire.subprocess.mock_run(["x"])
    with tripwire.sandbox():
        run(["x"], check=True)
    with pytest.raises(tripwire.InteractionMismatchError) as caught:
        tripwire.subprocess.assert_run(**{"command": ["x"], **wrong})
    ((name, value),) = wrong.items()
    assert f"  {name}:\n    asserted {value!r}\n" in str(caught.value)
    tripwire.subprocess.assert_run(["x"])


def test_install_changes_nothing() -> None:
    plugin: Any = tripwire.subprocess
    assert plugin.install() is None
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError):
        run(["x"], check=True)


def test_communicate_after_the_end() -> None:
    tripwire.subprocess.mock_run(["x"], stdout="out")
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdout=PIPE)
        assert [process.poll(), process.poll()] == [None, 0]
        assert process.communicate() == (b"out", None)
    tripwire.subprocess.assert_run(["x"])


async def test_a_timeout_through_asyncio() -> None:
    tripwire.subprocess.mock_run(["x"], raises=subprocess.TimeoutExpired(["x"], 3))
    with tripwire.sandbox():
        process = await create_subprocess_exec("x")
        for _ in range(5):
            await asyncio.sleep(0)
        with pytest.raises(subprocess.TimeoutExpired):
            await process.communicate()
        process.kill()
        assert await process.wait() == -9
    tripwire.subprocess.assert_run(["x"], raises=subprocess.TimeoutExpired, returncode=-9)
    tripwire.subprocess.assert_signal(signal=9)
