"""The commands that people and machines are told to use exist."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
TOLD_IN = [
    ".ci/run",
    ".pre-commit-config.yaml",
    "CONTRIBUTING.md",
    "README.md",
    *(str(file.relative_to(ROOT)) for file in sorted((ROOT / ".github").glob("**/*.yml"))),
]


@pytest.mark.parametrize("name", TOLD_IN)
def test_every_habit_is_a_script(name: str) -> None:
    environments = tomllib.loads((ROOT / "hatch.toml").read_text())["envs"]
    for environment, script in re.findall(r"hatch run (?:([\w.]+):)?([\w-]+)", (ROOT / name).read_text()):
        scripts = environments[environment.partition(".")[0] or "default"].get("scripts", {})
        known = {
            *environments["default"]["scripts"],
            *scripts,
            "python",
            "mypy",
            "ruff",
            "pytest",
            "coverage",
        }
        assert script in known, f"{name}: hatch run {environment}:{script}"


def test_the_gate_does_what_contributors_are_told_it_does() -> None:
    gate = (ROOT / ".ci" / "run").read_text()
    for stage in (
        "hatch run lint",
        "hatch run types",
        "hatch run docs",
        ":cov",
        "hatch run coverage report",
        'eval "$demo"',
        'eval "$tests"',
    ):
        assert stage in gate
