"""What `mock_run` looks at beside the command, how often and in what order it serves, and `pass_through`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio import create_subprocess_exec
from collections.abc import Callable
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import uvloop
from dirty_equals import IsPartialDict, IsStr

import tripwire
from tripwire.plugins.subprocess_plugin import any_args

PIPE = subprocess.PIPE
mocks = tripwire.subprocess


@pytest.mark.parametrize(
    ("command", "started"),
    [
        (["git", any_args], [["git"], ["git", "log"], ["git", "log", "-1"]]),
        (["git", "log", any_args], [["git", "log"], ["git", "log", "-1"]]),
        (["git", IsStr(), any_args], [["git", "log", "-1", "-2"]]),
        (lambda command: command[0] == "git", [["git", "log"], ["git"]]),
    ],
)
def test_commands_in_general(command: Any, started: list[list[str]]) -> None:
    mocks.mock_run(command, times=len(started))
    with tripwire.sandbox():
        for one in started:
            run(one, check=True)
    for one in started:
        mocks.assert_run(one)
        assert mocks.any_args is any_args


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["git", "log", any_args], "argument 1 is 'log' there, and 'push' in the call"),
        (["git", "push", "-f", any_args], "the call ends before '-f'"),
        (len, "<built-in function len> does not accept it"),
    ],
)
def test_why_a_general_command_does_not_fit(command: Any, reason: str) -> None:
    reject = command if command is not len else (lambda _: False)
    mocks.mock_run(reject, required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(["git", "push"], check=True)
    assert (reason if command is not len else "does not accept it") in str(caught.value)


def test_times(here: Callable[[int], str]) -> None:
    mocks.mock_run(["a"], times=3)
    mocks.mock_run(["b"], times=None)
    with tripwire.sandbox():
        for name in ("a", "b", "b", "a"):
            run([name], check=True)
    for name in ("a", "b", "b", "a"):
        mocks.assert_run([name])
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    assert (
        str(caught.value).splitlines()[1]
        == f"  - tripwire.subprocess.mock_run(['a'])  ({here(1)}): served 2 of 3 times"
    )


def test_used_up() -> None:
    mocks.mock_run(["a"], times=2)
    with tripwire.sandbox():
        run(["a"], check=True)
        run(["a"], check=True)
        with pytest.raises(tripwire.UnmockedInteractionError, match="it is used up, it has served 2 times"):
            run(["a"], check=True)
    mocks.assert_run(["a"])
    mocks.assert_run(["a"])


def test_cwd_and_environment_choose_the_mock(tmp_path: Path) -> None:
    mocks.mock_run(["x"], 1, cwd=tmp_path)
    mocks.mock_run(["x"], 2, env={"MODE": "test"})
    mocks.mock_run(["x"], 3, env=IsPartialDict(MODE="prod"))
    mocks.mock_run(["x"], 4, cwd=None)
    environment = dict(os.environ)
    with tripwire.sandbox():
        codes = [
            run(["x"], check=False).returncode,
            run(["x"], env={**environment, "MODE": "prod"}, cwd="/", check=False).returncode,
            run(["x"], env={**environment, "MODE": "test"}, cwd="/", check=False).returncode,
            run(["x"], cwd=str(tmp_path), check=False).returncode,
        ]
    assert codes == [4, 3, 2, 1]
    mocks.assert_run(["x"], cwd=None, env=None, shell=False, stdin=None)
    mocks.assert_run(["x"], cwd="/", env={"MODE": "prod"})
    mocks.assert_run(["x"], env={"MODE": "test"})
    mocks.assert_run(["x"], cwd=tmp_path)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"cwd": "/a"}, "it is for cwd='/a', and the call has '/b'"),
        ({"env": {"A": "1", "API_KEY": "k"}}, "it is for an environment with {'A': '1', 'API_KEY': '***'}"),
    ],
)
def test_what_else_does_not_fit(options: Any, reason: str) -> None:
    mocks.mock_run(["x"], required=False, **options)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(["x"], cwd="/b", check=True)
    (line,) = (line for line in str(caught.value).splitlines() if line.startswith("  - "))
    assert line.partition(": it is")[2].rpartition("  (")[0] == reason.removeprefix("it is")


def by_run(given: Any) -> Any:
    return run(["x"], input=given, stdout=PIPE, check=False).stdout


def by_hand(given: Any) -> Any:
    with subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.close()
        return process.stdout.read()


def by_asyncio(given: Any) -> Any:
    async def work() -> Any:
        process = await create_subprocess_exec("x", stdin=PIPE, stdout=PIPE)
        return (await process.communicate(given))[0]

    return asyncio.run(work())


@pytest.mark.parametrize("start", [by_run, by_hand, by_asyncio])
def test_the_input_chooses_the_mock(start: Callable[[Any], Any]) -> None:
    mocks.mock_run(["x"], input="one", stdout="1")
    mocks.mock_run(["x"], input=b"two", stdout="2")
    mocks.mock_run(["x"], input=IsStr() | b"three", stdout="3")
    with tripwire.sandbox():
        assert [start(given) for given in (b"two", b"one", b"three")] == [b"2", b"1", b"3"]
    for given, number in ((b"two", "2"), ("one", "1"), (b"three", "3")):
        mocks.assert_run(["x"], input=given, stdout=number, returncode=0)


def test_an_input_no_mock_is_for() -> None:
    mocks.mock_run(["x"], input="one", required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(["x"], input=b"two", check=False)
    assert "it is for input='one', and the call gives b'two'" in str(caught.value)
    assert str(caught.value).endswith(
        "    tripwire.subprocess.mock_run(['x'], input=b'two', returncode=0, stdout=\"\", stderr=\"\")"
    )
    mocks.assert_run(["x"])


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "gone"), PermissionError(13, "no"), BlockingIOError(11, "full")]
)
def test_a_failed_start_has_no_return_code(error: OSError) -> None:
    mocks.mock_run(["x"], raises=error)
    with tripwire.sandbox(), pytest.raises(type(error)):
        run(["x"], input=b"in", capture_output=True, check=False)
    (interaction,) = tripwire.current_verifier().timeline
    assert "returncode" not in interaction.fields
    mocks.assert_run(["x"], raises=type(error))


def test_a_mock_for_a_function_of_subprocess_or_asyncio() -> None:
    mocks.mock_run(["x"], 3, stdout="out", times=None)

    async def work() -> Any:
        process = await create_subprocess_exec("x", stdout=PIPE)
        return (await process.communicate())[0], process.returncode

    with tripwire.sandbox():
        assert asyncio.run(work()) == (b"out", 3)
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run(["x"], check=True, capture_output=True, text=True)
    error = caught.value
    assert (error.returncode, error.cmd, error.stdout, error.stderr) == (3, ["x"], "out", "")
    mocks.assert_run(["x"])
    mocks.assert_run(["x"])


ORDERED = """
import subprocess
import pytest, tripwire

def start(name):
    return subprocess.call([name])

def test_it():
    tripwire.subprocess.mock_run(["a"], 1)
    tripwire.subprocess.mock_run(["b"], 2, times=2)
    tripwire.subprocess.mock_run(["c"], 3)
    with tripwire:
        assert start("a") == 1
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            start("c")
        assert [start("b"), start("b"), start("c")] == [2, 2, 3]
    assert "they are ordered, and tripwire.subprocess.mock_run(['b']) comes first" in str(caught.value)
    for name in "abbc":
        tripwire.subprocess.assert_run([name])
"""


def test_ordered(pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        "[tool.tripwire.subprocess]\nordered = true\n"
        '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"'
    )
    pytester.makepyfile(ORDERED)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            {"command": None},
            TypeError,
            "command=None is neither a command, nor a function or a matcher of commands",
        ),
        (
            {"command": 3},
            TypeError,
            "command=3 is neither a command, nor a function or a matcher of commands",
        ),
        ({"command": []}, ValueError, "command=[] is empty, and starts nothing"),
        ({"command": ()}, ValueError, "command=() is empty, and starts nothing"),
        (
            {"command": [any_args, "x"]},
            ValueError,
            "command=[tripwire.subprocess.any_args, 'x'] has any_args elsewhere than at its end",
        ),
        ({"times": 0}, ValueError, "times=0 would never serve; write 1 or more, or None for any number"),
        ({"times": "2"}, TypeError, "times= must be a number such as 3, or None for any number, not '2'"),
        ({"after": None}, TypeError, "after= must be a number of seconds, not None"),
        (
            {"after": float("inf")},
            ValueError,
            "after=inf is no time to come; give seconds, 0 or more",
        ),
    ],
)
def test_what_is_refused(arguments: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        mocks.mock_run(**{"command": ["x"], **arguments})
    assert str(caught.value) == message


# -- the environment


def test_the_difference_of_an_environment() -> None:
    os.environ["TRIPWIRE_TEST"] = "here"
    environment = dict(os.environ)
    cases: list[tuple[Any, Any]] = [
        (None, None),
        (environment, {}),
        ({**environment, "A": "1", "TRIPWIRE_TEST": "there"}, {"A": "1", "TRIPWIRE_TEST": "there"}),
        (
            {k: v for k, v in environment.items() if k != "TRIPWIRE_TEST"},
            {"TRIPWIRE_TEST": None},
        ),
        ({b"B": b"2"}, {"B": "2"}),
    ]
    for _ in cases:
        tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    try:
        with tripwire.sandbox():
            for env, _ in cases:
                subprocess.call("x", env=env, shell=True, cwd="/")
    finally:
        del os.environ["TRIPWIRE_TEST"]
    for _, difference in cases:
        tripwire.popen.assert_spawn(command="x", stdin=None, env=difference, shell=True, cwd="/")
        tripwire.popen.assert_wait()


def test_secrets_are_masked() -> None:
    mocks.mock_run(["other"], required=False)
    secret = {"DB_PASSWORD": "s3cret", "MODE": "x"}
    command = ["deploy", "--token=s3cret", "--password", "s3cret", "https://me:s3cret@host/"]
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    mocks.mock_run(["mocked"], env=secret)
    with tripwire.sandbox():
        run(["mocked"], env=secret, check=True)
        subprocess.call(command, env=secret)
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            run(command, env=secret, check=True)
    assert str(caught.value).splitlines()[0] == (
        "nothing answers this call: subprocess.run: deploy '--token=***' --password '***' 'https://me:***@host/'"
    )
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        mocks.assert_run(["mocked"], env={"DB_PASSWORD": "other"})
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    for error in (caught, mismatch, unasserted):
        assert "s3cret" not in str(error.value)
    paste = str(unasserted.value).splitlines()
    assert paste[-3:] == [
        "    tripwire.subprocess.assert_run(['mocked'], env={'DB_PASSWORD': mock.ANY, 'MODE': 'x'}, "
        "returncode=0, stdout='', stderr='', input=None)",
        "    tripwire.popen.assert_spawn(command=['deploy', mock.ANY, '--password', mock.ANY, mock.ANY], stdin=None, "
        "env={'DB_PASSWORD': mock.ANY, 'MODE': 'x'})",
        "    tripwire.popen.assert_wait()",
    ]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["x", "DB_PASSWORD=s3cret"], "x 'DB_PASSWORD=***'"),
        (["curl", "-H", "Authorization: Bearer s3cret"], "curl -H 'Authorization: ***'"),
        ("TOKEN=s3cret x", "TOKEN=*** x"),
        ("x --password s3cret --force", "x --password *** --force"),
        ("x --password='s3cret s3cret' y", "x --password=*** y"),
        ("curl -H 'Authorization: Bearer s3cret' host", "curl -H 'Authorization: ***' host"),
        ("psql postgres://me:s3cret@host/", "psql postgres://me:***@host/"),
        ("git log --key-file=x; token list", "git log --key-file=***; token list"),
    ],
)
def test_secrets_in_any_form(command: Any, shown: str) -> None:
    mocks.mock_run([*command[:-1], "other"] if isinstance(command, list) else "other", required=False)
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        run(command, shell=isinstance(command, str), check=True)
    assert str(caught.value).splitlines()[0] == f"nothing answers this call: subprocess.run: {shown}"
    assert "s3cret" not in str(caught.value)


# -- real processes


PRINT = [sys.executable, "-S", "-c", "import sys; sys.stdout.write(sys.stdin.read() + 'out'); sys.exit(3)"]


def test_a_real_process(tmp_path: Path) -> None:
    mocks.pass_through(PRINT, times=2)
    mocks.pass_through([str(tmp_path / "none"), any_args])
    with tripwire.sandbox():
        done = run(PRINT, input="in ", stdout=PIPE, text=True, check=False)
        with subprocess.Popen(PRINT, stdin=subprocess.DEVNULL, stdout=PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read() == b"out"
        with pytest.raises(FileNotFoundError):
            run([str(tmp_path / "none"), "x"], check=False)
        with pytest.raises(tripwire.UnmockedInteractionError):
            run(PRINT, check=False)
    assert (done.returncode, done.stdout) == (3, "in out")
    mocks.assert_run(PRINT, returncode=3, stdout="in out", stderr=None, input="in ")
    mocks.assert_run(PRINT, returncode=3, stdout=None)
    mocks.assert_run([str(tmp_path / "none"), "x"], raises=FileNotFoundError, returncode=None)


@pytest.mark.parametrize("make", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_real_process_under_asyncio(make: Any, tmp_path: Path) -> None:
    mocks.pass_through(PRINT, times=3)
    mocks.pass_through([str(tmp_path / "none")])

    async def work() -> Any:
        process = await create_subprocess_exec(*PRINT, stdin=PIPE, stdout=PIPE)
        out = await process.communicate(b"in ")
        other = await create_subprocess_exec(*PRINT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        with pytest.raises(FileNotFoundError):
            await create_subprocess_exec(str(tmp_path / "none"))
        shell = await create_subprocess_exec(*PRINT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while shell.returncode is None:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        return out, await other.wait()

    loop = make()
    try:
        with tripwire.sandbox():
            assert loop.run_until_complete(work()) == ((b"in out", None), 3)
    finally:
        loop.close()
    mocks.assert_run(PRINT, returncode=3, stdout=b"in out", input=b"in ")
    mocks.assert_run(PRINT, returncode=3, stdout=None)
    mocks.assert_run([str(tmp_path / "none")], raises=FileNotFoundError)
    mocks.assert_run(PRINT, returncode=3)
