"""Whatever a test or a program hands over: a clear error where it is handed over, or a call that works."""

from __future__ import annotations

import contextlib
import enum
import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hostile import VALUES, Unstoppable, hostile

import tripwire
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin

Verifier = tripwire.StrictVerifier


def run(verifier: Verifier) -> SubprocessPlugin:
    return verifier.plugin(SubprocessPlugin)


CALLS: dict[str, tuple[str, Callable[[Verifier, Any], Any]]] = {
    "mock_run(command)": ("", lambda made, v: run(made).mock_run(v)),
    "mock_run(part of a command)": ("", lambda made, v: run(made).mock_run(["git", v])),
    "mock_run(returncode=)": ("returncode=", lambda made, v: run(made).mock_run("git", returncode=v)),
    "mock_run(stdout=)": ("stdout=", lambda made, v: run(made).mock_run("git", stdout=v)),
    "mock_run(stderr=)": ("stderr=", lambda made, v: run(made).mock_run("git", stderr=v)),
    "mock_run(raises=)": ("raises=", lambda made, v: run(made).mock_run("git", raises=v)),
    "mock_run(required=)": ("required=", lambda made, v: run(made).mock_run("git", required=v)),
    "mock_which(name)": ("", lambda made, v: run(made).mock_which(v)),
    "mock_which(returns=)": ("returns=", lambda made, v: run(made).mock_which("git", returns=v)),
    "mock_which(required=)": ("required=", lambda made, v: run(made).mock_which("git", required=v)),
    **{
        f"{kind.name}.expect({method}, {argument}=)": (
            "step" if argument == "method" else "returns" if argument == "returns" else f"{argument}=",
            lambda made, v, kind=kind, method=method, argument=argument: (  # type: ignore[misc]
                made.plugin(kind).new_session().expect(**{"method": method, "returns": None, argument: v})
            ),
        )
        for kind in (PopenPlugin, AsyncSubprocessPlugin)
        for method, argument in (
            ("spawn", "method"),
            ("spawn", "returns"),
            ("communicate", "returns"),
            ("wait", "returns"),
            ("spawn", "raises"),
            ("spawn", "required"),
        )
    },
}


@pytest.mark.parametrize(("argument", "register"), CALLS.values(), ids=CALLS)
def test_what_is_registered(argument: str, register: Callable[..., Any]) -> None:
    for kind, make in VALUES.items():
        verifier = tripwire.StrictVerifier()
        said = ""
        try:
            register(verifier, make())
        except (TypeError, ValueError) as error:
            said = str(error)
            assert argument in said, kind
        labels = [
            mock.label
            for plugin in (SubprocessPlugin, PopenPlugin, AsyncSubprocessPlugin)
            for mock in verifier.plugin(plugin).unused()
        ]
        assert len(labels) == (0 if said else 1), f"{kind}: {said}"
        assert all(len(text) < 1000 and text.isascii() for text in (said, *labels)), kind


ASSERTED: dict[str, Callable[[Any], Any]] = {
    "command": lambda v: tripwire.subprocess.assert_run(v),
    "returncode": lambda v: tripwire.subprocess.assert_run("git status", returncode=[v]),
    "stdout": lambda v: tripwire.subprocess.assert_run("git status", stdout=v),
    "stderr": lambda v: tripwire.subprocess.assert_run("git status", stderr=v),
    "input": lambda v: tripwire.subprocess.assert_run("git status", input=[v]),
    "which": lambda v: tripwire.subprocess.assert_which(v, returns=v),
    "spawn": lambda v: tripwire.popen.assert_spawn(command=v, stdin=v),
    "communicate": lambda v: tripwire.popen.assert_communicate(input=v),
}


@pytest.mark.parametrize("check", ASSERTED.values(), ids=ASSERTED)
def test_what_is_asserted(check: Callable[[Any], Any]) -> None:
    tripwire.subprocess.mock_run("git status", stdout="clean", stderr="warning")
    with tripwire.sandbox():
        subprocess.run(["git", "status"], check=False)
    for kind, make in VALUES.items():
        with pytest.raises(tripwire.InteractionMismatchError) as caught:
            check(make())
        assert len(str(caught.value)) < 2500, kind
        assert str(caught.value).isascii(), kind
    tripwire.subprocess.assert_run("git status", returncode=0)


def test_hostile_mocks_beside_a_command_that_fits() -> None:
    for make in VALUES.values():
        with contextlib.suppress(TypeError, ValueError):  # what is no command is refused
            tripwire.subprocess.mock_run(make(), required=False)
        tripwire.subprocess.mock_run(["git", make()], required=False)
    tripwire.subprocess.mock_run(["git", "status"], stdout="clean")
    with tripwire.sandbox(), tripwire.expect_trip():
        found = subprocess.run(["git", "status"], stdout=subprocess.PIPE, text=True, check=False)
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            subprocess.run(["git", "push"], check=False)
    assert found.stdout == "clean"
    assert len(str(unmocked.value)) < 2500
    tripwire.subprocess.assert_run(["git", "status"])


@pytest.mark.parametrize(
    "make",
    [
        hostile,
        lambda: hostile(error=Unstoppable),
        lambda: hostile(["__hash__"]),
        list,
        dict,
        lambda: float("nan"),
    ],
)
def test_a_look_up_of_what_is_no_name(make: Callable[[], Any]) -> None:
    value = make()
    tripwire.subprocess.mock_which("git", "/usr/bin/git", required=False)
    with tripwire.sandbox(), tripwire.expect_trip():
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            shutil.which(value)
        assert len(str(unmocked.value)) < 500


@pytest.mark.skipif(sys.platform == "win32", reason="commands are bytes on POSIX only")
def test_a_long_command_and_long_output_are_shortened() -> None:
    output = b"y" * 10_000_000
    command: list[Any] = ["print", "x" * 100_000, b"\xff"]
    tripwire.subprocess.mock_run(command, stdout=output)
    with tripwire.sandbox(), tripwire.expect_trip():
        found = subprocess.run(command, input=output, stdout=subprocess.PIPE, check=False)
        with pytest.raises(tripwire.UnmockedInteractionError) as unmocked:
            subprocess.run(["print", b"\xff"], check=False)
        with pytest.raises(tripwire.UnmockedInteractionError) as long:
            subprocess.run(command, check=False)
    assert found.stdout == output
    assert "nothing answers this call: subprocess.run: print '\\udcff'" in str(unmocked.value)
    assert f"subprocess.run: print {'x' * 1994}... (100,010 characters)" in str(long.value)
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.subprocess.assert_run(command, stdout=b"")
    assert f"    happened b'{'y' * 200}'... (10,000,000 bytes)" in str(mismatch.value).splitlines()
    tripwire.subprocess.assert_run(command, stdout=output, input=output)


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (
            lambda: tripwire.subprocess.mock_run("git", stdout="a\ud800"),
            "stdout='a\\ud800' cannot be encoded; give the bytes themselves",
        ),
        (
            lambda: tripwire.subprocess.mock_which("git", returns=["/usr/bin/git"]),  # type: ignore[arg-type]
            "returns= must be a path as str or bytes, or None, not ['/usr/bin/git']",
        ),
        (
            lambda: tripwire.popen.new_session().expect(hostile(), returns=None),
            "tripwire.popen session 1 has no step <Hostile whose repr raises RuntimeError>; "
            "known are: communicate, reply, signal, spawn, stderr, stdout, wait",
        ),
    ],
)
def test_the_error_names_the_argument_the_value_and_the_remedy(
    register: Callable[[], Any], message: str
) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        register()
    assert str(caught.value) == message


class Nowhere:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __fspath__(self) -> str:
        raise self._error


class Unclassed:
    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        raise KeyboardInterrupt


@pytest.mark.parametrize("make", [lambda: Nowhere(KeyboardInterrupt()), Unclassed], ids=["path", "class"])
def test_an_interrupt_in_what_is_registered(make: Callable[[], Any]) -> None:
    value = make()
    plugin = tripwire.StrictVerifier().plugin(SubprocessPlugin)
    with pytest.raises(KeyboardInterrupt):
        plugin.mock_run(["git", value])
    with pytest.raises(KeyboardInterrupt):
        plugin.mock_run(value)


class Interrupted:
    """Raises an interrupt when it is asked for its class for the n-th time."""

    def __init__(self, number: int) -> None:
        self.left = number

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        return object


def test_an_interrupt_at_any_moment() -> None:
    plugin = tripwire.StrictVerifier().plugin(SubprocessPlugin)
    for number in itertools.count(1):
        value = Interrupted(number)
        try:
            plugin.mock_run(value)
        except KeyboardInterrupt:
            continue
        except TypeError:
            break
    assert value.left > 0  # it is refused as what it is; before that each interrupt has come through


def test_an_interrupt_in_a_look_up() -> None:
    class Unhashable:
        def __hash__(self) -> int:
            raise KeyboardInterrupt

    tripwire.subprocess.mock_which("git", required=False)
    value: Any = Unhashable()
    with tripwire.sandbox(), pytest.raises(KeyboardInterrupt):
        shutil.which(value)


def test_a_function_that_raises_accepts_no_command() -> None:
    def refuse(command: Any) -> bool:
        raise KeyError(command)

    def interrupt(command: Any) -> bool:
        raise KeyboardInterrupt

    plugin = tripwire.StrictVerifier().plugin(SubprocessPlugin)
    plugin.mock_run(refuse, required=False)
    plugin.mock_run(["git", "status"], stdout="clean")
    with plugin.verifier.sandbox():
        assert subprocess.check_output(["git", "status"]) == b"clean"
        plugin.mock_run(interrupt)
        with pytest.raises(KeyboardInterrupt):
            subprocess.run(["git", "push"], check=False)


def test_an_environment_that_is_no_text() -> None:
    tripwire.subprocess.mock_run("git", returncode=0)
    odd: Any = {"NUMBER": 5}
    with tripwire.sandbox() as verifier:
        with pytest.raises(TypeError):
            subprocess.run("git", env=odd, check=False)
        odd["NUMBER"] = Nowhere(KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            subprocess.run("git", env=odd, check=False)
        subprocess.run("git", env={"PASSWORD": "hunter2"}, check=False)
    (made,) = verifier.timeline
    shown = repr(made.fields["env"])
    assert "PASSWORD" in shown
    assert "hunter2" not in shown
    tripwire.subprocess.assert_run("git")


def test_any_args_needs_a_program() -> None:
    with pytest.raises(ValueError, match="has no program before any_args"):
        tripwire.subprocess.mock_run([tripwire.subprocess.any_args])


def test_a_number_of_times_may_be_an_enumeration() -> None:
    class Times(enum.IntEnum):
        TWICE = 2

    tripwire.subprocess.mock_run("git", times=Times.TWICE)
    with tripwire.sandbox():
        for _ in range(2):
            subprocess.run("git", check=False)
    for _ in range(2):
        tripwire.subprocess.assert_run("git")
