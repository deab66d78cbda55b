"""The AsyncSubprocessPlugin guide: its examples as they stand there, and a test for each of its rules."""

import asyncio
import subprocess
from asyncio import create_subprocess_exec
from typing import Any
from unittest import mock

import pytest

import tripwire
from tripwire import StrictVerifier
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin
from tripwire.plugins.popen_plugin import PopenPlugin

# fmt: off

# -- the examples


async def test_run_command():
    (tripwire.async_subprocess
        .new_session()
        .expect("spawn", returns=None)
        .expect("communicate", returns=(b"hello\n", b"", 0)))

    with tripwire:
        proc = await asyncio.create_subprocess_exec("echo", "hello")
        stdout, stderr = await proc.communicate()

    assert stdout == b"hello\n"
    assert proc.returncode == 0

    tripwire.async_subprocess.assert_spawn(command=["echo", "hello"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    assert stderr == b""


async def test_manual_use():
    verifier = StrictVerifier()
    plugin = AsyncSubprocessPlugin(verifier)
    # until here as in the guide
    plugin.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    with verifier.sandbox():
        proc = await asyncio.create_subprocess_exec("true")
        assert await proc.wait() == 0
    plugin.assert_spawn(command=["true"], stdin=None)
    plugin.assert_wait()
    verifier.verify_all()


async def test_scripting_a_session_and_both_spawn_assertions():
    for _ in range(2):
        (tripwire.async_subprocess
            .new_session()
            .expect("spawn", returns=None)
            .expect("communicate", returns=(b"output", b"errors", 0)))
    with tripwire:
        proc = await asyncio.create_subprocess_exec("git", "status")
        assert await proc.communicate() == (b"output", b"errors")
        proc = await asyncio.create_subprocess_shell("ls -la | grep foo")
        assert await proc.communicate() == (b"output", b"errors")
    # For exec:
    tripwire.async_subprocess.assert_spawn(command=["git", "status"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    # For shell:
    tripwire.async_subprocess.assert_spawn(command="ls -la | grep foo", stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)

# fmt: on

# -- exec and shell


async def test_exec_records_a_list_and_shell_a_string() -> None:
    for _ in range(2):
        script("wait")
    with tripwire.sandbox():
        await (await asyncio.create_subprocess_exec("program", "arg1", "arg2")).wait()
        await (await asyncio.create_subprocess_shell("echo hello | tr a-z A-Z")).wait()
    commands = [i.fields.get("command") for i in tripwire.current_verifier().timeline]
    assert commands == [["program", "arg1", "arg2"], None, "echo hello | tr a-z A-Z", None]
    for command in commands[::2]:
        tripwire.async_subprocess.assert_spawn(command=command, stdin=None)
        tripwire.async_subprocess.assert_wait()


def script(last: str = "communicate", plugin: Any = tripwire.async_subprocess, **expect: Any) -> Any:
    given = {"returns": (b"out", b"err", 3) if last == "communicate" else 3, **expect}
    return plugin.new_session().expect("spawn", returns=None).expect(last, **given)


def assert_all() -> None:
    for interaction in list(tripwire.current_verifier().timeline.open()):
        tripwire.assert_interaction(interaction.source, **interaction.fields)


# -- the parameters of expect


@pytest.mark.parametrize("method", ["spawn", "communicate", "wait"])
def test_method_is_required_and_so_is_returns(method: str) -> None:
    session = tripwire.async_subprocess.new_session()
    with pytest.raises(TypeError, match="method"):
        session.expect(returns=None)
    with pytest.raises(TypeError, match="returns"):
        session.expect(method)
    with pytest.raises(TypeError, match="positional"):
        session.expect(method, None)


def test_an_unknown_step() -> None:
    with pytest.raises(ValueError, match="has no step 'comunicate'; did you mean 'communicate'"):
        tripwire.async_subprocess.new_session().expect("comunicate", returns=None)


def test_expect_gives_the_session_for_chaining() -> None:
    session = tripwire.async_subprocess.new_session()
    assert isinstance(session, tripwire.SessionHandle)
    assert session.expect("spawn", returns=None, required=False) is session


async def test_raises_instead_of_returning() -> None:
    error = FileNotFoundError(2, "No such file or directory", "nope")
    tripwire.async_subprocess.new_session().expect("spawn", returns=None, raises=error)
    script(returns=None, raises=asyncio.TimeoutError())
    script("wait", returns=None, raises=ChildProcessError(10, "No child processes"))
    with tripwire.sandbox():
        with pytest.raises(FileNotFoundError) as caught:
            await create_subprocess_exec("nope")
        assert caught.value is error
        proc = await create_subprocess_exec("a")
        with pytest.raises(asyncio.TimeoutError):
            await proc.communicate()
        proc.kill()
        assert await proc.wait() == -9
        proc = await create_subprocess_exec("b")
        with pytest.raises(ChildProcessError):
            await proc.wait()
        proc.kill()
        assert await proc.wait() == -9
    assert_all()


def test_a_required_step_left_over_is_an_error_and_required_is_the_default() -> None:
    script("wait")
    with tripwire.sandbox():
        pass
    with pytest.raises(tripwire.UnusedMocksError) as caught:
        tripwire.verify_all()
    assert [mock.label for mock in caught.value.mocks] == [
        "tripwire.async_subprocess session 1.expect('spawn', returns=None)",
        "tripwire.async_subprocess session 1.expect('wait', returns=3)",
    ]


async def test_a_step_that_is_not_required() -> None:
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("communicate", returns=(b"", b"", 0), required=False).expect("wait", returns=4)
    tripwire.async_subprocess.new_session().expect("spawn", returns=None, required=False)
    with tripwire.sandbox():
        assert await (await create_subprocess_exec("x")).wait() == 4
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_wait()


# -- what steps return


@pytest.mark.parametrize(
    ("method", "returns", "wanted"),
    [
        ("spawn", 0, "'spawn' returns None, not 0"),
        ("wait", None, "'wait' returns the return code, an int, not None"),
        (
            "communicate",
            (b"out", b"err"),
            r"'communicate' returns a tuple \(stdout: bytes, stderr: bytes, returncode: int\), not \(b'out', b'err'\)",
        ),
    ],
)
def test_wrong_returns(method: str, returns: object, wanted: str) -> None:
    with pytest.raises(TypeError, match=wanted):
        tripwire.async_subprocess.new_session().expect(method, returns=returns)


async def test_communicate_gives_output_and_returncode() -> None:
    script()
    with tripwire.sandbox():
        proc = await create_subprocess_exec("x")
        assert proc.returncode is None
        assert await proc.communicate() == (b"out", b"err")
        assert proc.returncode == 3
        assert await proc.wait() == 3
    tripwire.async_subprocess.assert_spawn(command=["x"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)


# -- the states


def session(*methods: str) -> Any:
    made = tripwire.async_subprocess.new_session()
    returns: dict[str, Any] = {"spawn": None, "communicate": (b"", b"", 0), "wait": 0}
    for method in methods:
        made.expect(method, returns=returns[method])
    return made


@pytest.mark.parametrize(
    ("methods", "after_spawn", "after_end"),
    [
        (("spawn", "communicate"), "running", "terminated"),
        (("spawn", "wait"), "running", "terminated"),
    ],
)
async def test_states(methods: tuple[str, str], after_spawn: str, after_end: str) -> None:
    scripted = session(*methods)
    assert scripted.state == "created"
    with tripwire.sandbox():
        proc = await create_subprocess_exec("x")
        assert scripted.state == after_spawn
        await getattr(proc, methods[1])()
        assert scripted.state == after_end
    assert_all()


@pytest.mark.parametrize(
    ("methods", "call", "state"),
    [
        (("communicate",), None, "created"),
        (("wait", "spawn"), None, "created"),
        (("spawn", "spawn"), "wait", "running"),
        (("spawn", "wait", "wait"), "wait", "terminated"),
        (("spawn", "communicate", "communicate"), "communicate", "terminated"),
    ],
)
async def test_a_step_out_of_its_state(methods: tuple[str, ...], call: str | None, state: str) -> None:
    session(*methods)

    async def work() -> None:
        proc = await create_subprocess_exec("x")
        assert call is not None
        try:
            if len(methods) > 2:
                await getattr(proc, call)()
            await getattr(proc, call)()
        finally:
            if proc.returncode is None:
                proc.kill()  # or the forgotten child is warned about, as a real one is
                await asyncio.sleep(0)

    with tripwire.sandbox(), pytest.raises(tripwire.InvalidStateError) as caught:
        await work()
    assert (caught.value.method, caught.value.state) == (methods[-1] if call else methods[0], state)
    assert f"it is {state!r}" in str(caught.value)
    for interaction in list(tripwire.current_verifier().timeline.open()):
        tripwire.assert_interaction(interaction.source)
    with pytest.raises(tripwire.UnusedMocksError):
        tripwire.verify_all()


# -- the helpers


@pytest.mark.parametrize(
    ("helper", "given"),
    [
        ("assert_spawn", {"command": ["x"]}),
        ("assert_spawn", {"stdin": None}),
        ("assert_spawn", {}),
        ("assert_communicate", {}),
    ],
)
def test_required_fields(helper: str, given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="required keyword-only argument"):
        getattr(tripwire.async_subprocess, helper)(**given)


async def test_helpers_compare_their_fields_in_order() -> None:
    script()
    plugin = tripwire.async_subprocess
    with tripwire.sandbox():
        proc = await create_subprocess_exec("x", stdin=asyncio.subprocess.PIPE)
        await proc.communicate(b"in")
    for wrong in (
        lambda: plugin.assert_wait(),
        lambda: plugin.assert_communicate(input=b"in"),
        lambda: plugin.assert_spawn(command=["y"], stdin=asyncio.subprocess.PIPE),
        lambda: plugin.assert_spawn(command="x", stdin=asyncio.subprocess.PIPE),
        lambda: plugin.assert_spawn(command=["x"], stdin=None),
    ):
        with pytest.raises(tripwire.InteractionMismatchError):
            wrong()
    plugin.assert_spawn(command=["x"], stdin=asyncio.subprocess.PIPE)
    with pytest.raises(tripwire.InteractionMismatchError):
        plugin.assert_communicate(input=None)
    plugin.assert_communicate(input=b"in")


async def test_every_step_must_be_asserted() -> None:
    script()
    with tripwire.sandbox():
        await (await create_subprocess_exec("x")).communicate()
    with pytest.raises(tripwire.UnassertedInteractionsError) as caught:
        tripwire.verify_all()
    assert "    tripwire.async_subprocess.assert_spawn(command=['x'], stdin=None)\n" in str(caught.value)
    assert str(caught.value).endswith("    tripwire.async_subprocess.assert_communicate(input=None)")


# -- the plugins


def test_a_second_plugin_is_an_error() -> None:
    verifier = StrictVerifier()
    AsyncSubprocessPlugin(verifier)
    with pytest.raises(ValueError, match="already has a AsyncSubprocessPlugin"):
        AsyncSubprocessPlugin(verifier)


@pytest.mark.parametrize("name", ["create_subprocess_exec", "create_subprocess_shell"])
def test_conflict(name: str) -> None:
    with mock.patch(f"asyncio.{name}"), pytest.raises(tripwire.ConflictError) as caught:
        tripwire.sandbox().__enter__()
    assert (caught.value.target, caught.value.patcher) == (f"asyncio.{name}", "unittest.mock")
    with tripwire.sandbox():
        pass


async def test_nested_sandboxes_do_not_conflict() -> None:
    for _ in range(3):
        script("wait")
    with tripwire.sandbox():
        await (await create_subprocess_exec("1")).wait()
        with tripwire.sandbox():
            await (await create_subprocess_exec("2")).wait()
        await (await create_subprocess_exec("3")).wait()
    for number in "123":
        tripwire.async_subprocess.assert_spawn(command=[number], stdin=None)
        tripwire.async_subprocess.assert_wait()


async def test_both_plugins_in_one_sandbox() -> None:
    script(returns=(b"async", b"", 1))
    script(plugin=tripwire.popen, returns=(b"sync", b"", 2))
    with tripwire.sandbox():
        popen = subprocess.Popen(["a"])  # noqa: ASYNC220
        proc = await create_subprocess_exec("b")
        assert await proc.communicate() == (b"async", b"")
        assert popen.communicate() == (b"sync", b"")
    tripwire.popen.assert_spawn(command=["a"], stdin=None)
    tripwire.async_subprocess.assert_spawn(command=["b"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    tripwire.popen.assert_communicate(input=None)


def test_the_proxies_make_the_plugins() -> None:
    verifier = tripwire.current_verifier()
    tripwire.popen.new_session().expect("spawn", returns=None, required=False)
    with pytest.raises(ValueError, match="already has a PopenPlugin"):
        PopenPlugin(verifier)
