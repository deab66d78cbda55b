"""The three plugins keep the contract of all plugins."""

from __future__ import annotations

import asyncio
import subprocess
from typing import Any

import tripwire
from tripwire.plugins._processes._processes import Processes
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin
from tripwire.testing import PluginContract, RecordingContract


def command(number: int) -> list[str]:
    return ["deploy", str(number)]


class TestRun(PluginContract):
    plugin = SubprocessPlugin
    beneath = (Processes,)

    def mock(self, number: int) -> None:
        tripwire.subprocess.mock_run(command(number), stdout=b"done")

    def call(self, number: int) -> Any:
        return subprocess.run(command(number), stdout=subprocess.PIPE, check=True)

    def check(self, number: int) -> None:
        tripwire.subprocess.assert_run(command(number))


class TestRecorded(RecordingContract):
    plugin = SubprocessPlugin
    beneath = (Processes,)

    def mock(self, number: int) -> None:
        tripwire.subprocess.mock_run(["echo", str(number)], stdout=f"{number}\n")

    def call(self, number: int) -> Any:
        ran = subprocess.run(["echo", str(number)], stdout=subprocess.PIPE, text=True, check=True)
        assert ran.stdout == f"{number}\n"

    def check(self, number: int) -> None:
        tripwire.subprocess.assert_run(["echo", str(number)])


class Sessions(PluginContract):
    """Sessions are handed out in their order: calls of equal numbers are alike, those of others are not."""

    beneath = (Processes,)

    def mock(self, number: int) -> None:
        plugin = getattr(tripwire, self.plugin.name)
        session = plugin.new_session().expect("spawn", returns=None)
        session.expect("communicate", returns=(b"%d" % number, b"", 0))

    def check(self, number: int) -> None:
        plugin = getattr(tripwire, self.plugin.name)
        plugin.assert_spawn(command=command(number), stdin=None)
        plugin.assert_communicate(input=None)


class TestPopen(Sessions):
    plugin = PopenPlugin

    def call(self, number: int) -> Any:
        pipe = subprocess.PIPE
        return subprocess.Popen(command(number), stdout=pipe, stderr=pipe).communicate()


class TestAsyncio(Sessions):
    plugin = AsyncSubprocessPlugin

    async def call(self, number: int) -> Any:
        pipe = subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command(number), stdout=pipe, stderr=pipe)
        return await process.communicate()
