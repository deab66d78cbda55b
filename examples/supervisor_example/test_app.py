"""A server that never was: its log, its crash, its stubbornness, and no second of waiting."""

import signal

import pytest

import tripwire

from .app import COMMAND, start, stop, supervise

UP = b"listening on 8000\n"


def assert_started() -> None:
    tripwire.async_subprocess.assert_spawn(command=COMMAND, stdin=None, env={"SERVE_PORT": "8000"})


async def test_a_server_that_shuts_down():
    (
        tripwire.async_subprocess.new_session()
        .expect("spawn", returns=None)
        .expect("stdout", returns=[b"reading the configuration\n", UP])
        .expect("signal", returns=None, to=signal.SIGTERM)
        .expect("wait", returns=0, after=3)
    )

    async with tripwire:
        assert await stop(await start()) == 0

    assert_started()
    tripwire.async_subprocess.assert_signal(signal=signal.SIGTERM)
    tripwire.async_subprocess.assert_wait()


async def test_a_server_that_has_to_be_killed():
    (
        tripwire.async_subprocess.new_session()
        .expect("spawn", returns=None)
        .expect("stdout", returns=UP)
        .expect("signal", returns=None, to=signal.SIGTERM)
        .expect("signal", returns=None, to=signal.SIGKILL)
    )

    async with tripwire:
        assert await stop(await start()) == -signal.SIGKILL

    assert_started()
    tripwire.async_subprocess.assert_signal(signal=signal.SIGTERM)
    tripwire.async_subprocess.assert_signal(signal=signal.SIGKILL)


async def test_a_server_that_crashes_is_restarted():
    for code, hours in ((1, 2), (0, 5)):
        (
            tripwire.async_subprocess.new_session()
            .expect("spawn", returns=None)
            .expect("stdout", returns=UP)
            .expect("wait", returns=code, after=hours * 3600)
        )

    async with tripwire:
        assert await supervise(restarts=3) == [1, 0]

    for _ in range(2):
        assert_started()
        tripwire.async_subprocess.assert_wait()


async def test_a_server_that_does_not_come_up():
    (
        tripwire.async_subprocess.new_session()
        .expect("spawn", returns=None)
        .expect("stdout", returns=b"the port is taken\n")
        .expect("wait", returns=98)
    )

    async with tripwire:
        with pytest.raises(RuntimeError, match="ended with 98"):
            await start()

    assert_started()
    tripwire.async_subprocess.assert_wait()
