"""Runs pytest in one folder after another, each in a fork of a process that has imported what most of them need.

Started by `runs.py`. Each line that comes in names a folder and the arguments of pytest, in JSON; each line that goes
out is the exit status. What pytest printed is then in the folder's `printed`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from importlib.metadata import entry_points
from typing import Any

import pytest

CLIENTS = ("aiohttp", "anyio._backends._asyncio", "asyncpg", "fastapi.testclient", "httpx", "requests")


def load() -> None:
    """Import the clients, pytest's plugins and ours."""
    for client in CLIENTS:
        importlib.import_module(client)
    for plugin in (*entry_points(group="pytest11"), *entry_points(group="tripwire.plugins")):
        if plugin.name != "hypothesispytest":
            plugin.load()
    gc.freeze()  # pytest collects garbage when it ends


def run(folder: str, arguments: list[str]) -> int:
    """Run pytest in this process, which is nobody else's."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
    printed = os.open("printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    return pytest.main(arguments)


def main() -> None:
    """Serve until nothing more comes."""
    for name in ("CI", "BUILD_NUMBER"):  # where they are set, the summary repeats whole messages
        os.environ.pop(name, None)
    load()
    for line in sys.stdin:
        task: dict[str, Any] = json.loads(line)
        child = os.fork()
        if not child:
            os._exit(run(task["folder"], task["arguments"]))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
