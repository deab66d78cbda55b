"""Run by pytest in the environment of a tool: one scenario, whose figures go into a file."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest


def test_it(request: pytest.FixtureRequest) -> None:
    task = json.loads(os.environ["BENCHMARK"])
    module = importlib.import_module(f"benchmarks.scenarios.{task['module']}")
    scenario = getattr(module, task["scenario"])
    needs = [
        request.getfixturevalue(name) for name in getattr(module, "FIXTURES", {}).get(task["scenario"], ())
    ]
    Path(task["result"]).write_text(json.dumps(scenario(task["sizes"], *needs)))
