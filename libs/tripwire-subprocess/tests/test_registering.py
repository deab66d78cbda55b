"""What is registered, and when it is looked at: whatever is kept from the one to the other."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import threading
from pathlib import Path
from subprocess import PIPE, Popen, run
from typing import Any

import pytest

import tripwire


def test_a_command_is_as_it_was_when_it_was_mocked() -> None:
    command = ["git", Path("log")]
    tripwire.subprocess.mock_run(command, stdout="log")
    command.append("--all")
    tripwire.subprocess.mock_run(command, stdout="all")
    command.clear()
    with tripwire.sandbox():
        assert run(["git", "log", "--all"], stdout=PIPE, check=True).stdout == b"all"
        assert run(["git", "log"], stdout=PIPE, check=True).stdout == b"log"
    tripwire.subprocess.assert_run(["git", "log", "--all"])
    tripwire.subprocess.assert_run(["git", "log"])


def test_who_is_passed_over_serves_later(tmp_path: Path) -> None:
    tripwire.subprocess.mock_run(["ls"], stdout="there", cwd=str(tmp_path))
    tripwire.subprocess.mock_run(["ls"], stdout="first", times=2)
    tripwire.subprocess.mock_run(["ls"], stdout="last")
    starts: list[tuple[dict[str, Any], bytes]] = [
        ({}, b"first"),
        ({}, b"first"),
        ({}, b"last"),
        ({"cwd": tmp_path}, b"there"),
    ]
    with tripwire.sandbox():
        for options, output in starts:
            assert run(["ls"], stdout=PIPE, check=True, **options).stdout == output
    for _ in starts:
        tripwire.subprocess.assert_run(["ls"])


class Registers:
    """A matcher that registers a command while it is compared."""

    def __init__(self) -> None:
        self.asked = 0

    def __eq__(self, other: object) -> bool:
        self.asked += 1
        tripwire.subprocess.mock_run(["ls"], stdout=f"number {self.asked}", required=False)
        return False

    __hash__ = None  # type: ignore[assignment]


def test_a_condition_that_registers_more() -> None:
    condition: Any = Registers()
    for _ in range(2):
        tripwire.subprocess.mock_run(["ls"], cwd=condition, required=False)
    with tripwire.sandbox():
        assert run(["ls"], stdout=PIPE, check=True).stdout.startswith(b"number")
    assert condition.asked
    tripwire.subprocess.assert_run(["ls"])


@pytest.mark.parametrize("general_first", [True, False])
def test_the_first_registered_serves(general_first: bool) -> None:
    asked: list[object] = []

    def general(command: object) -> bool:
        asked.append(command)
        return command == ["ls", "-l"]

    for command in (general, ["ls", "-l"])[:: 1 if general_first else -1]:
        tripwire.subprocess.mock_run(command, stdout="general" if command is general else "exact")
    with tripwire.sandbox():
        found = [run(["ls", "-l"], stdout=PIPE, check=True).stdout for _ in range(2)]
    assert found == [b"general", b"exact"][:: 1 if general_first else -1]
    for _ in range(2):
        tripwire.subprocess.assert_run(["ls", "-l"])
    assert asked


def test_threads_register_and_start() -> None:
    wrong: list[object] = []

    def work(name: str) -> None:
        for number in range(30):
            command = ["work", name, f"{number}"]
            tripwire.subprocess.mock_run(command, stdout=f"{name} {number}")
            tripwire.subprocess.mock_run(["same"], stdout="same")
            for started, expected in ((command, f"{name} {number}"), (["same"], "same")):
                found = run(started, capture_output=True, text=True, check=True).stdout
                wrong.extend([] if found == expected else [(started, found)])

    with tripwire.sandbox():
        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    timeline = tripwire.current_verifier().timeline
    assert len(timeline) == 240
    with tripwire.in_any_order():
        for interaction in timeline:
            tripwire.subprocess.assert_run(interaction.fields["command"])


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def test_output_that_the_caller_cannot_read_leaves_no_pipe() -> None:
    tripwire.subprocess.mock_run(["ls"], stdout="\u20ac")
    before = descriptors()
    with tripwire.sandbox(), pytest.raises(UnicodeEncodeError):
        Popen(["ls"], stdin=PIPE, stdout=PIPE, stderr=PIPE, encoding="ascii")
    assert descriptors() == before
    tripwire.subprocess.assert_run(["ls"])


def test_what_is_the_callers_stays_the_callers(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"question")
    tripwire.popen.new_session().expect("spawn", returns=None).expect(
        "reply", to=b"question", returns=b"answer"
    ).expect("wait", returns=0)
    with open(tmp_path / "in", "rb") as given, open(tmp_path / "out", "wb") as taken:
        with (
            tripwire.sandbox(),
            Popen(["ask"], stdin=given, stdout=taken, stderr=subprocess.DEVNULL) as child,
        ):
            assert child.wait() == 0
        assert os.fstat(given.fileno()).st_size == 8
        taken.write(b"!")
    assert (tmp_path / "out").read_bytes() == b"answer!"
    tripwire.popen.assert_spawn(command=["ask"], stdin=given)
    tripwire.popen.assert_stdin(data="question")
    tripwire.popen.assert_wait()


@pytest.mark.parametrize("output", [b"", b"some", b"much" * 100_000])
def test_the_protocol_is_told_of_everything_before_the_program(output: bytes) -> None:
    told: list[object] = []

    class Protocol(asyncio.SubprocessProtocol):
        def pipe_data_received(self, fd: int, data: bytes) -> None:
            told.append(data)

        def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
            told.append(f"{fd} lost")

        def process_exited(self) -> None:
            told.append("exited")

        def connection_lost(self, exc: Exception | None) -> None:
            end[0].set_result(None)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        end.append(loop.create_future())
        transport, _ = await loop.subprocess_exec(Protocol, "ls", stdin=None, stderr=None)
        assert told == []
        await end[0]
        assert transport.get_returncode() == 3
        transport.close()

    end: list[asyncio.Future[None]] = []
    tripwire.subprocess.mock_run(["ls"], returncode=3, stdout=output)
    with tripwire.sandbox():
        asyncio.run(main())
    assert b"".join(one for one in told if isinstance(one, bytes)) == output
    assert [one for one in told if isinstance(one, str)] == ["1 lost", "exited"]
    tripwire.subprocess.assert_run(["ls"], returncode=3)
