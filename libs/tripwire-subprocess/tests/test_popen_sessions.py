from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tripwire

PIPE = subprocess.PIPE


def script(*steps: tuple[Any, ...], **options: Any) -> tripwire.SessionHandle:
    session: tripwire.SessionHandle = tripwire.popen.new_session().expect("spawn", returns=None)
    for method, returns in steps:
        raises = returns if isinstance(returns, BaseException) else None
        session.expect(method, returns=returns, raises=raises, **options)
    return session


OUTPUT = ("communicate", (b"out\n", b"err", 3))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (b"out\n", b"err")),
        ({"text": True}, ("out\n", "err")),
        ({"encoding": "utf-8", "errors": "ignore"}, ("out\n", "err")),
        ({"stdout": PIPE}, (b"out\n", b"err")),
        ({"stdout": PIPE, "text": True}, ("out\n", "err")),
        ({"stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": PIPE, "stderr": subprocess.STDOUT}, (b"out\nerr", None)),
        ({"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}, (None, None)),
        ({"stdout": subprocess.DEVNULL}, (None, b"err")),
    ],
)
def test_output_comes_back_even_without_a_pipe(
    options: dict[str, Any], expected: object, assert_all: Callable[[], None], capfd: Any
) -> None:
    script(OUTPUT)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], **options)
        assert process.communicate() == expected
        assert (process.stdout is None) == ("stdout" not in options or options["stdout"] != PIPE)
    assert capfd.readouterr() == ("", "")
    assert_all()


def test_run_is_a_spawn_and_a_communicate() -> None:
    script(OUTPUT)
    with tripwire.sandbox():
        done = subprocess.run(["git", "status"], input="in", text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err", 3)
    tripwire.popen.assert_spawn(command=["git", "status"], stdin=PIPE)
    tripwire.popen.assert_communicate(input="in")


def test_call_is_a_spawn_and_a_wait() -> None:
    script(("wait", 4))
    with tripwire.sandbox():
        assert subprocess.call("exit 4", shell=True) == 4
    tripwire.popen.assert_spawn(command="exit 4", stdin=None)
    tripwire.popen.assert_wait()


@pytest.mark.parametrize(
    ("args", "shell", "recorded"),
    [
        (["git", "log"], False, ["git", "log"]),
        (("git", "log"), False, ["git", "log"]),
        ([Path("/bin/git"), b"log"], False, ["/bin/git", b"log"]),
        (Path("/bin/git"), False, ["/bin/git"]),
        ("git", False, ["git"]),
        (b"git", False, [b"git"]),
        ("git log", True, "git log"),
        (["git log"], True, "git log"),
        (["git log", "x"], True, ["git log", "x"]),
        ({"git": 1}.keys(), False, ["git"]),
        (iter(["git", "log"]), False, ["git", "log"]),
    ],
)
def test_command(args: Any, shell: bool, recorded: object) -> None:
    script(("wait", 0))
    with tripwire.sandbox():
        subprocess.Popen(args, shell=shell).wait()
    assert next(iter(tripwire.current_verifier().timeline)).fields["command"] == recorded
    tripwire.popen.assert_spawn(command=recorded, stdin=None)
    tripwire.popen.assert_wait()


def test_an_expected_command_may_hold_paths() -> None:
    script(("wait", 0))
    with tripwire.sandbox():
        subprocess.call([Path("/bin/git"), "log"])
    tripwire.popen.assert_spawn(command=(Path("/bin/git"), "log"), stdin=None)
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("stdin", [None, PIPE, subprocess.DEVNULL, sys.__stdin__, 0])
def test_stdin_is_what_was_given(stdin: Any) -> None:
    script(("wait", 0))
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdin=stdin)
        assert process.wait() == 0
        if process.stdin is not None:
            process.stdin.close()
    tripwire.popen.assert_spawn(command=["x"], stdin=stdin)
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("given", [b"in", bytearray(b"in"), memoryview(b"in")])
def test_input_is_a_value(given: Any) -> None:
    script(OUTPUT)
    with tripwire.sandbox():
        subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE).communicate(given)
    tripwire.popen.assert_spawn(command=["x"], stdin=PIPE)
    tripwire.popen.assert_communicate(input=b"in")


def test_output_can_be_read_before_a_wait() -> None:
    script(OUTPUT)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdout=PIPE, stderr=PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readlines() == ["out\n"]
    assert process.returncode == 3
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_wait()


def test_communicate_needs_its_step(here: Callable[[int], str]) -> None:
    script(("wait", 0))
    with tripwire.sandbox():
        process = subprocess.Popen(["git", "log"])
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.communicate(b"in")
        assert process.wait() == 0
    assert str(caught.value) == (
        "nothing answers this call: communicate(b'in') of the child ['git', 'log']\n"
        f"  called at {here(5)}\n"
        f"the step below belongs to tripwire.popen session 1  ({script_place(1)})\n"
        "nearest, and why it did not match:\n"
        f"  - expect('wait', returns=0): it is the next step, and not 'communicate'  ({script_place(4)})\n"
        "to mock it, add this step to it:\n"
        '    .expect("communicate", returns=(b"", b"", 0))'
    )
    tripwire.popen.assert_spawn(command=["git", "log"], stdin=None)
    tripwire.popen.assert_wait()


def script_place(offset: int) -> str:
    from tripwire._frames import shorten

    return f"{shorten(__file__)}:{script.__code__.co_firstlineno + offset}"


def test_a_child_without_an_end_runs_until_it_is_killed(here: Callable[[int], str]) -> None:
    script()
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["sleep", "9"])
        assert process.poll() is None
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.wait()
        process.terminate()
        assert process.returncode is None
        assert [process.wait(), process.poll(), process.returncode] == [-15, -15, -15]
        assert process.communicate() == (None, None)
    assert str(caught.value) == (
        "nothing answers this call: wait() of the child ['sleep', '9']\n"
        f"  called at {here(6)}\n"
        "tripwire.popen session 1 (state 'running') has no steps left\n"
        f"the step below belongs to tripwire.popen session 1  ({script_place(1)})\n"
        "to mock it, add this step to it:\n"
        '    .expect("wait", returns=0)'
    )
    tripwire.popen.assert_spawn(command=["sleep", "9"], stdin=None)


@pytest.mark.parametrize("left", [[], [("wait", subprocess.TimeoutExpired(["x"], 5))]])
def test_whoever_polls_for_an_end_that_never_comes(left: Any, here: Callable[[int], str]) -> None:
    script(*left)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        assert process.poll() is None
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.poll()
    belongs = f"the step below belongs to tripwire.popen session 1  ({script_place(1)})\n"
    assert str(caught.value) == (
        "nothing answers this call: the return code of the child ['x']\n"
        f"  called at {here(6)}\n"
        + (
            f"{belongs}nearest, and why it did not match:\n"
            "  - expect('wait', raises=TimeoutExpired(['x'], 5)): it is the next step, and does not end the child"
            f"  ({script_place(4)})\n"
            if left
            else f"tripwire.popen session 1 (state 'running') has no steps left\n{belongs}"
        )
        + "to mock it, add this step to it:\n"
        '    .expect("wait", returns=0)'
    )
    assert caught.value.source is tripwire.popen.wait
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    if left:
        with pytest.raises(tripwire.UnusedMocksError):
            tripwire.verify_all()


def test_a_timeout_leaves_the_child_running() -> None:
    timeout = subprocess.TimeoutExpired(["x"], 5)
    script(("communicate", timeout), ("communicate", (b"late", b"", -9)))
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdout=PIPE)
        with pytest.raises(subprocess.TimeoutExpired) as caught:
            process.communicate(timeout=5)
        assert caught.value is timeout
        assert process.poll() is None
        process.kill()
        assert process.communicate() == (b"late", b"")
        assert process.returncode == -9
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_communicate(input=None)
    tripwire.popen.assert_communicate(input=None)


def test_run_kills_what_times_out() -> None:
    script(("communicate", subprocess.TimeoutExpired(["x"], 5)))
    with tripwire.sandbox(), pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["x"], timeout=5, capture_output=True, check=False)
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_communicate(input=None)


@pytest.mark.parametrize("step", [("wait", 5), ("communicate", (b"", b"", 5))])
def test_a_step_whose_code_was_polled_is_used(step: Any) -> None:
    script(step)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        assert [process.poll(), process.poll(), process.poll()] == [None, 5, 5]
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.verify_all()


@pytest.mark.parametrize("end", ["poll", "kill"])
def test_a_wait_after_the_end_is_a_call_like_any_other(end: str) -> None:
    script(("wait", 5))
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        assert process.poll() is None
        getattr(process, end)()
        assert (process.wait(), process.wait()) == (5, 5)
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_wait()


def test_a_step_nobody_asked_for_is_unused() -> None:
    script(("wait", 5))
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        process.kill()
        process.returncode = 5  # or it would be found to run still when it is collected
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    with pytest.raises(tripwire.UnusedMocksError, match=r"session 1.expect\('wait', returns=5\)"):
        tripwire.verify_all()


@pytest.mark.parametrize("method", ["wait", "communicate"])
def test_a_child_is_of_no_use_after_the_sandbox(method: str) -> None:
    script(OUTPUT)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
    with pytest.raises(tripwire.SandboxNotActiveError, match=rf"{method}\(\) of the child \['x'\]"):
        getattr(process, method)()
    with tripwire.sandbox():
        assert process.communicate() == (b"out\n", b"err")
    assert process.wait() == 3
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.popen.assert_communicate(input=None)


def test_sessions_serve_in_order() -> None:
    for code in (1, 2, 3):
        script(("wait", code))
    with tripwire.sandbox():
        assert [subprocess.call([name]) for name in "abc"] == [1, 2, 3]
        with pytest.raises(tripwire.UnmockedInteractionError, match="all 3 scripted sessions are in use"):
            subprocess.call(["d"])
    for name in "abc":
        tripwire.popen.assert_spawn(command=[name], stdin=None)
        tripwire.popen.assert_wait()


def test_what_was_not_asserted(here: Callable[[int], str]) -> None:
    script(OUTPUT)
    with tripwire.sandbox():
        subprocess.Popen(["x", "y z"], stdin=PIPE).communicate(b"in")
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert str(caught.value) == (
        "2 interactions were not asserted:\n"
        f"  - tripwire.popen.spawn(command=['x', 'y z'], stdin=subprocess.PIPE)  ({here(3)})\n"
        f"  - tripwire.popen.communicate(input=b'in')  ({here(3)})\n"
        "put this after the sandbox:\n"
        "    tripwire.popen.assert_spawn(command=['x', 'y z'], stdin=subprocess.PIPE)\n"
        "    tripwire.popen.assert_communicate(input=b'in')"
    )


@pytest.mark.parametrize("method", ["wait", "communicate"])
def test_optional_steps_are_passed_over(method: str) -> None:
    session = script()
    session.expect("communicate", returns=(b"", b"", 1), required=method == "communicate")
    session.expect("wait", returns=2, required=method == "wait")
    with tripwire.sandbox():
        process = subprocess.Popen(["x"])
        getattr(process, method)()
        assert process.returncode == (2 if method == "wait" else 1)
    tripwire.popen.assert_spawn(command=["x"], stdin=None)
    tripwire.assert_interaction(getattr(tripwire.popen, method))


def test_threads_wait_for_one_child(assert_all: Callable[[], None]) -> None:
    import threading

    script(OUTPUT)
    codes: list[int | None] = []

    class Waited(subprocess.Popen):  # type: ignore[type-arg]
        def wait(self, timeout: float | None = None) -> int:
            if not codes:
                codes.append(None)
                thread = threading.Thread(target=lambda: codes.append(super(Waited, self).wait()))
                thread.start()
                thread.join()
            return super().wait(timeout)

    with tripwire.sandbox():
        process = Waited(["x"], stdout=PIPE)
        process.communicate()
    assert codes == [None, 3]
    assert_all()


@pytest.mark.parametrize(
    ("method", "returns", "message"),
    [
        ("spawn", 0, "'spawn' returns None, not 0"),
        ("wait", None, "'wait' returns the return code, an int, not None"),
        *(
            (
                "communicate",
                wrong,
                f"'communicate' returns a tuple (stdout: bytes, stderr: bytes, returncode: int), not {wrong!r}",
            )
            for wrong in (
                None,
                (b"", b""),
                (b"", b"", None),
                *((output, b"", 0) for output in (1, "", None, bytearray())),
                (b"", "", 0),
            )
        ),
    ],
)
def test_what_steps_return_is_checked(method: str, returns: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        tripwire.popen.new_session().expect(method, returns=returns)
    assert str(caught.value) == message


def test_an_unknown_step() -> None:
    with pytest.raises(ValueError, match=r"session 1 has no step 'sginal'; did you mean 'signal'\?"):
        tripwire.popen.new_session().expect("sginal", returns=None)
