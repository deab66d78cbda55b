"""Children of sync callers that write, listen and answer."""

from __future__ import annotations

import os
import selectors
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dirty_equals import IsBytes
from popen_children import assert_spawn, child

import tripwire

pytestmark = pytest.mark.usefixtures("nobody_sleeps")

PIPE = subprocess.PIPE
EVERYTHING: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}


# -- output


@pytest.mark.parametrize("size", [3, 60_000, 3_000_000])
def test_output_is_read_in_any_order_and_size(size: int) -> None:
    out, err = [b"o" * size, b"\n", b"last"], b"e" * size
    child().expect("stderr", returns=err).expect("stdout", returns=out).expect("wait", returns=4)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(2) == b"oo"
        assert process.stdout.readline() == b"o" * (size - 2) + b"\n"
        assert process.stderr.read() == err
        assert (process.stdout.read(), process.wait()) == (b"last", 4)
    assert_spawn()
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("options", [{}, {"stdout": PIPE, "stderr": PIPE}, {"stderr": subprocess.STDOUT}])
def test_communicate_gives_what_was_said_before_the_end(options: Any) -> None:
    merged = options.get("stderr") == subprocess.STDOUT
    expected: Any = (b"one twoerr ", None) if merged else (b"one two", b"err ")
    child().expect("stdout", returns=b"one ").expect("stderr", returns=b"err ").expect(
        "stdout", returns=b"two"
    ).expect("wait", returns=3)
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], **options)
        assert process.communicate() == expected
        assert process.returncode == 3
    assert_spawn()
    tripwire.popen.assert_communicate(input=None)


def test_output_through_a_selector() -> None:
    size = 1_000_000
    child().expect("stdout", returns=b"o" * size).expect("stderr", returns=b"e" * size).expect(
        "wait", returns=0
    )
    found: dict[Any, int] = {"out": 0, "err": 0}
    with (
        tripwire.sandbox(),
        subprocess.Popen(["x"], stdout=PIPE, stderr=PIPE) as process,
        selectors.DefaultSelector() as selector,
    ):
        selector.register(process.stdout, selectors.EVENT_READ, "out")  # type: ignore[arg-type]
        selector.register(process.stderr, selectors.EVENT_READ, "err")  # type: ignore[arg-type]
        while selector.get_map():
            for key, _ in selector.select():
                data = os.read(key.fd, 100_000)
                found[key.data] += len(data)
                if not data:
                    selector.unregister(key.fileobj)
    assert found == {"out": size, "err": size}
    assert_spawn()
    tripwire.popen.assert_wait()


def test_output_nobody_reads_and_a_step_that_is_never_reached() -> None:
    child().expect("stdout", returns=b"unread").expect("reply", to=b"hello", returns=b"late").expect(
        "wait", returns=0, required=False
    )
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], **EVERYTHING)
    assert process.returncode == -9
    assert_spawn(PIPE)
    with pytest.raises(
        tripwire.UnusedMocksError, match=r"1 mock was .*\n.*expect\('reply', returns=b'late', to=b'hello'\)"
    ):
        tripwire.verify_all()


# -- an interactive child


@pytest.mark.parametrize(
    ("to", "written"),
    [
        (b"2+2\n", [b"2+2\n"]),
        (b"2+2\n", [b"2", b"+2\n"]),
        ("2+2\n", [b"2+2\n"]),
        (IsBytes(regex=rb"\d\+\d\n"), [b"2+2\n"]),
        (lambda data: data.startswith(b"2+"), [b"2+2\n"]),
    ],
)
def test_an_interactive_child(to: Any, written: list[bytes]) -> None:
    session = child().expect("stdout", returns=b"> ").expect("reply", to=to, returns=b"4\n> ")
    session.expect("reply", to=b"quit\n", returns=b"bye\n").expect("wait", returns=0)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(2) == b"> "
        for part in written:
            process.stdin.write(part)
        assert process.stdout.read(2) == b"4\n"
        process.stdin.write(b"quit\n")
        assert process.stdout.read() in (b"> bye\n", b"> ")
        assert process.wait() == 0
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"2+2\nquit\n")
    tripwire.popen.assert_wait()


def test_all_is_written_at_once_and_answered_in_turn() -> None:
    session = child().expect("reply", to=b"a\n", returns=b"A").expect("stderr", returns=b"E")
    session.expect("reply", to=IsBytes(regex=rb".\n"), returns=[b"B", b"!"])
    session.expect("reply", to=b"c\n", returns=b"C").expect("wait", returns=0)
    with tripwire.sandbox():
        done = subprocess.run(["x"], input=b"a\nb\nc\n", capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"AB!C", b"E")
    assert_spawn(PIPE)
    tripwire.popen.assert_communicate(input=b"a\nb\nc\n")


@pytest.mark.parametrize("to", [b"yes\n", IsBytes(regex=b"y.*\n")])
def test_what_no_reply_is_for(to: Any, here: Callable[[int], str]) -> None:
    child().expect("reply", to=to, returns=b"ok").expect("wait", returns=0, required=False)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE)
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.communicate(b"no\n")
    assert str(caught.value).splitlines()[0] == (
        "nothing answers this call: the answer to b'no\\n' of the child ['x']"
    )
    assert f"the child waits for {to!r} at its stdin" in str(caught.value)
    assert str(caught.value).splitlines()[-1] == '    .expect("reply", to=b\'no\\n\', returns=b"")'
    assert_spawn(PIPE)
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


def test_a_wrong_line_ends_the_reading() -> None:
    child().expect("reply", to=b"yes\n", returns=b"ok")
    with tripwire.expect_trip(tripwire.UnmockedInteractionError), tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, stdout=PIPE, bufsize=0)
        process.stdin.write(b"no\n")
        assert process.stdout.read() == b""
        process.stdin.close()
        process.stdout.close()
        assert process.wait() == -9
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"no\n")
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


@pytest.mark.parametrize("stdin", [None, subprocess.DEVNULL])
def test_an_answer_that_nobody_can_ask_for(stdin: int | None) -> None:
    child().expect("stdout", returns=b"first\n").expect("reply", to=b"a\n", returns=b"b\n")
    with tripwire.sandbox():
        process = subprocess.Popen(["x"], stdin=stdin, stdout=PIPE)
        assert process.stdout is not None
        assert process.stdout.read() == b"first\n"  # and the end, for which it would wait for ever
        process.stdout.close()
        with pytest.raises(tripwire.UnmockedInteractionError) as caught:
            process.wait()
    assert "the child waits for b'a\\n' at its stdin" in str(caught.value)
    tripwire.popen.assert_spawn(command=["x"], stdin=stdin)
    with pytest.raises(tripwire.UnusedMocksError, match="reply"):
        tripwire.verify_all()


def test_input_that_comes_from_a_file_or_another_child(tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"b\na\n")
    tripwire.subprocess.mock_run(["says"], stdout="b\na\n")
    tripwire.subprocess.mock_run(["sorts"], input="b\na\n", stdout="a b\n", times=2)
    with tripwire.sandbox():
        with (
            subprocess.Popen(["says"], stdout=PIPE) as says,
            subprocess.Popen(["sorts"], stdin=says.stdout, stdout=PIPE) as sorts,
        ):
            assert sorts.stdout is not None
            assert sorts.stdout.read() == b"a b\n"
        with (tmp_path / "input").open("rb") as file:
            assert subprocess.run(["sorts"], stdin=file, stdout=PIPE).stdout == b"a b\n"
    tripwire.subprocess.assert_run(["says"])
    for _ in range(2):
        tripwire.subprocess.assert_run(["sorts"], input="b\na\n")


def test_a_talk_over_a_pipe_of_the_program() -> None:
    child().expect("reply", to=b"a\n", returns=b"b\n").expect("wait", returns=0)
    read_end, write_end = os.pipe()
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=read_end, stdout=PIPE) as process:
        assert process.stdout is not None
        os.write(write_end, b"a\n")
        assert process.stdout.readline() == b"b\n"
        os.close(read_end)
        os.close(write_end)
        assert process.wait() == 0
    tripwire.popen.assert_spawn(command=["x"], stdin=read_end)
    tripwire.popen.assert_stdin(data=b"a\n")
    tripwire.popen.assert_wait()


# -- stdin


def test_stdin_is_one_interaction_before_the_next_call() -> None:
    child().expect("wait", returns=0)
    with tripwire.sandbox(), subprocess.Popen(["x"], stdin=PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write("h\u00e9")
        process.stdin.write("llo" * 100_000)
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data="h\u00e9" + "llo" * 100_000)
    tripwire.popen.assert_wait()


def test_after_the_end_the_pipe_is_broken() -> None:
    child().expect("wait", returns=0)
    with tripwire.sandbox():
        process: Any = subprocess.Popen(["x"], stdin=PIPE, bufsize=0)
        assert process.stdin.write(b"early") == 5
        assert process.wait() == 0
        with pytest.raises(BrokenPipeError):
            process.stdin.write(b"late")
        process.stdin.close()
    assert_spawn(PIPE)
    tripwire.popen.assert_stdin(data=b"early")
    tripwire.popen.assert_wait()


# -- what a script may say


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("stdout", None), TypeError, "'stdout' returns bytes, or a list of them, not None"),
        (("stderr", [b"", ""]), TypeError, "'stderr' returns bytes, or a list of them, not [b'', '']"),
        (
            ("signal", b""),
            TypeError,
            "'signal' returns None, or the return code of the child, an int, not b''",
        ),
        (("reply", b""), ValueError, "'reply' needs to=: what the program writes, as bytes or a matcher"),
        (("wait", 0, {"after": "1"}), TypeError, "after= must be a number of seconds, not '1'"),
        (
            ("wait", 0, {"after": -1}),
            ValueError,
            "after=-1 is no time to come; give seconds, 0 or more",
        ),
        (
            ("stdout", b"", {"after": 1}),
            ValueError,
            "after= is for the end of a child, 'wait' or 'communicate', not for 'stdout'",
        ),
        (("wait", 0, {"to": b""}), ValueError, "to= is for 'reply' and 'signal', not for 'wait'"),
        (
            ("signal", None, {"raises": OSError()}),
            ValueError,
            "'signal' is nothing that raises; 'spawn', 'communicate' and 'wait' do",
        ),
    ],
)
def test_steps_that_make_no_sense(arguments: Any, kind: type[Exception], message: str) -> None:
    method, returns, *options = arguments
    with pytest.raises(kind) as caught:
        tripwire.popen.new_session().expect(method, returns=returns, **(options[0] if options else {}))
    assert str(caught.value) == message
