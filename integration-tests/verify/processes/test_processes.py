"""Mocks of processes that lie, and mocks of the same kinds that do not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from verifying_suites import expected, outcomes, read, write

HEAD = """
import asyncio, os, pathlib, shutil, subprocess
import pytest
import tripwire

def run(command, returncode=0, **options):
    tripwire.subprocess.mock_run(lambda given: True, returncode=returncode)
    with tripwire:
        assert subprocess.run(command, **options).returncode == returncode
    tripwire.subprocess.assert_run(lambda given: True)

def popen(command, code=0):
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=code)
    with tripwire:
        assert subprocess.Popen(command).wait() == code
    tripwire.popen.assert_spawn(command=command, stdin=None)
    tripwire.popen.assert_wait()

def spawn(*command, code=0):
    session = tripwire.async_subprocess.new_session().expect("spawn", returns=None)
    session.expect("communicate", returns=(b"", b"", code))
    async def main():
        process = await asyncio.create_subprocess_exec(*command)
        await process.communicate()
        assert process.returncode == code
    with tripwire:
        asyncio.run(main())
    tripwire.async_subprocess.assert_spawn(command=list(command), stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)

def which(name, path):
    tripwire.subprocess.mock_which(name, returns=path)
    with tripwire:
        assert shutil.which(name) == path
    tripwire.subprocess.assert_which(name)
"""
SETTINGS = """
[tool.tripwire.verify.subprocess]
path = ["bin"]
safe = {tool = "--help", "tool send" = ["-h"]}
exit_codes = {tool = [0, 1, 2], "tool send" = [0, 75]}
"""
CATALOGUE = Path(__file__).parent
PLUGINS = '"subprocess", "popen", "async_subprocess"'


@pytest.mark.parametrize("name", ["lies", "truths"])
def test_catalogue(pytester: pytest.Pytester, name: str) -> None:
    cases = read((CATALOGUE / f"{name}.txt").read_text())
    assert all(bool(case.lies) == (name == "lies") and not case.unchecked for case in cases)
    tool = pytester.mkdir("bin") / "tool"
    source = (CATALOGUE / "tool.py").read_text()
    tool.write_text(source.replace("/usr/bin/env python3", sys.executable))
    tool.chmod(0o755)
    write(pytester, HEAD, cases, PLUGINS, SETTINGS)
    assert outcomes(pytester) == expected(cases)
    assert sorted((pytester.path / "asked").read_text().splitlines()) == ["--help", "send -h"]
