"""What a mocked command gives, takes and records."""

from __future__ import annotations

import asyncio
import subprocess
from asyncio import create_subprocess_exec
from collections.abc import Callable
from subprocess import run
from typing import Any

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
