"""A seam that a later Python has moved, or that somebody has patched; and each seam by itself."""

from __future__ import annotations

import asyncio
import os
import platform
from asyncio import base_subprocess
from subprocess import Popen
from typing import Any
from unittest import mock

import pytest

import tripwire

SelectorLoop = asyncio.SelectorEventLoop


@pytest.mark.parametrize("name", ["_execute_child", "_get_handles"])
def test_a_seam_that_has_moved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(self: Any, args: Any, something_new: Any) -> None:
        """As a later Python might have it."""

    moved.__name__ = name
    monkeypatch.setattr(Popen, name, moved)
    with pytest.raises(tripwire.TripwireError) as caught:
        tripwire.sandbox().__enter__()
    lines = str(caught.value).splitlines()
    assert lines[0] == (
        f"subprocess.Popen.{name}, where tripwire catches processes, has other parameters in "
        f"Python {platform.python_version()} than it knows:"
    )
    assert lines[1].startswith("  known  self, ")
    assert lines[2] == "  found  self, args, something_new"
    assert lines[3] == (
        'Use a supported version of Python, or put "popen", "subprocess" and "async_subprocess" under '
        "disabled_plugins in [tool.tripwire]"
    )
    assert getattr(Popen, name) is moved


REMEDY = (
    'Use a supported version of Python, or put "popen", "subprocess" and "async_subprocess" under '
    "disabled_plugins in [tool.tripwire]"
)

TRANSPORT = "asyncio.base_subprocess.BaseSubprocessTransport"


class Other:
    """Another form of what is private."""

    def __init__(self, something_new: Any) -> None:
        self.something_new = something_new


@pytest.mark.parametrize(
    ("owner", "name", "replacement", "message"),
    [
        (
            Popen,
            "_close_pipe_fds",
            Other.__init__,
            "subprocess.Popen._close_pipe_fds, where tripwire catches processes, has other parameters in "
            "Python {} than it knows:\n"
            "  known  self, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite\n"
            "  found  self, something_new\n",
        ),
        (
            Popen,
            "_close_pipe_fds",
            None,
            "subprocess.Popen, where tripwire catches processes, lacks _close_pipe_fds in Python {}.\n",
        ),
        (
            SelectorLoop,
            "_make_subprocess_transport",
            Other.__init__,
            "asyncio.unix_events._UnixSelectorEventLoop._make_subprocess_transport, where tripwire catches "
            "processes, has other parameters in Python {} than it knows:\n"
            "  known  self, protocol, args, shell, stdin, stdout, stderr, bufsize, extra\n"
            "  found  self, something_new\n",
        ),
        (
            base_subprocess.BaseSubprocessTransport,
            "_process_exited",
            None,
            f"{TRANSPORT}, where tripwire catches processes, lacks _process_exited in Python {{}}.\n",
        ),
        (
            base_subprocess.BaseSubprocessTransport,
            "__init__",
            Other.__init__,
            f"{TRANSPORT}, where tripwire catches processes, lacks "
            "_closed, _exit_waiters, _loop, _pipes, _proc, _protocol, _returncode in Python {}.\n",
        ),
        (
            base_subprocess,
            "ReadSubprocessPipeProto",
            None,
            "asyncio.base_subprocess, where tripwire catches processes, lacks ReadSubprocessPipeProto "
            "in Python {}.\n",
        ),
        (
            asyncio.subprocess.Process,
            "__init__",
            Other.__init__,
            "asyncio.subprocess.Process, where tripwire catches processes, lacks _protocol, _transport in Python {}.\n",
        ),
    ],
)
def test_private_names_that_have_moved(
    owner: Any, name: str, replacement: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        if replacement is None:
            patched.delattr(owner, name)
        else:
            patched.setattr(owner, name, replacement)
        with pytest.raises(tripwire.TripwireError) as caught:
            tripwire.sandbox().__enter__()
    assert str(caught.value) == message.format(platform.python_version()) + REMEDY


def test_no_loop_makes_subprocess_transports(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        for loop in (SelectorLoop, asyncio.BaseEventLoop):
            patched.delattr(loop, "_make_subprocess_transport")
        with pytest.raises(tripwire.TripwireError) as caught:
            tripwire.sandbox().__enter__()
    assert str(caught.value) == (
        "asyncio.unix_events._UnixSelectorEventLoop, where tripwire catches processes, lacks "
        f"_make_subprocess_transport in Python {platform.python_version()}.\n{REMEDY}"
    )


@pytest.mark.parametrize(
    ("target", "replacement"),
    [
        ("asyncio.create_subprocess_exec", None),
        ("asyncio.create_subprocess_shell", None),
        ("asyncio.subprocess.create_subprocess_exec", None),
        ("asyncio.subprocess.Process.communicate", None),
        ("subprocess.Popen", None),
        ("subprocess.Popen.communicate", None),
        ("subprocess.Popen.__init__", None),
        ("subprocess.run", None),
        ("subprocess.check_output", None),
        ("shutil.which", None),
    ],
)
def test_somebody_elses_patch(target: str, replacement: Any) -> None:
    with mock.patch(target, mock.MagicMock()), pytest.raises(tripwire.ConflictError) as caught:
        tripwire.sandbox().__enter__()
    assert caught.value.patcher == "unittest.mock"
    assert caught.value.target in (target, target.replace("asyncio.subprocess.", "asyncio."))


def test_everything_is_pristine_afterwards() -> None:
    names = ("_execute_child", "_get_handles", "communicate", "wait", "poll")
    before = [getattr(Popen, name) for name in names], os.kill, asyncio.subprocess.Process.communicate
    verifier = tripwire.StrictVerifier()
    with verifier.sandbox(), verifier.sandbox():
        assert Popen.wait is not before[0][3]
    after = [getattr(Popen, name) for name in names], os.kill, asyncio.subprocess.Process.communicate
    assert after == before


@pytest.mark.parametrize(
    ("disabled", "caught"),
    [
        (["async_subprocess"], {"popen": "session", "asyncio": "mock"}),
        (["popen"], {"popen": "mock", "asyncio": "session"}),
        (["popen", "subprocess"], {"popen": "real", "asyncio": "session"}),
        (["async_subprocess", "subprocess"], {"popen": "session", "asyncio": "real"}),
        (["popen", "async_subprocess", "subprocess"], {"popen": "real", "asyncio": "real"}),
    ],
)
def test_disabled_plugins(disabled: list[str], caught: dict[str, str], pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(
        f"[tool.tripwire]\ndisabled_plugins = {disabled}\n"
        '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"'
    )
    pytester.makepyfile(
        f"""
        import asyncio, subprocess, sys, threading
        import pytest, tripwire

        COMMAND = [sys.executable, "-S", "-c", "print(3)"]
        PASTE = {{"mock": "tripwire.subprocess.mock_run(", "session": ".new_session()"}}

        def check(expected, start):
            with tripwire:
                if expected == "real":
                    assert start()[0] == b"3\\n"
                    return
                with pytest.raises(tripwire.UnmockedInteractionError) as caught:
                    start()
            assert PASTE[expected] in str(caught.value)

        def test_popen():
            def start():
                with subprocess.Popen(COMMAND, stdout=subprocess.PIPE) as process:
                    return process.communicate()
            check({caught["popen"]!r}, start)

        def test_asyncio():
            async def work():
                process = await asyncio.create_subprocess_exec(*COMMAND, stdout=subprocess.PIPE)
                return await process.communicate()
            check({caught["asyncio"]!r}, lambda: asyncio.run(work()))
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
