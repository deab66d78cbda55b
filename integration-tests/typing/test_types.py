"""What type checkers say of the built wheels, of users' code, and of a plugin that is not installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from environments import Environment

PLUGINS = ("async_subprocess", "asyncpg", "http", "popen", "subprocess")
FILES = {
    "users_code.py": Path(__file__).with_name("users_code.py").read_text(),
    "with_the_module.py": """\
import tripwire

async def test() -> None:
    with tripwire:
        pass
    async with tripwire:
        pass
""",
    "plugins.py": "import tripwire\n\n" + "".join(f"tripwire.{name}.new\n" for name in PLUGINS),
}


class Said(NamedTuple):
    line: int
    rule: str
    message: str


Reports = dict[str, list[Said]]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is checked; both checkers are strict."""
    folder = tmp_path_factory.mktemp("checked")
    for name, code in FILES.items():
        (folder / name).write_text(code)
    (folder / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    return folder


@pytest.fixture(scope="module")
def everything(make_environment: Callable[..., Environment]) -> Environment:
    return make_environment("python-tripwire[all]", "typing-extensions")


@pytest.fixture(scope="module")
def core_alone(make_environment: Callable[..., Environment]) -> Environment:
    return make_environment("tripwire-core")


@cache
def mypy(environment: Environment, folder: Path, *files: str) -> Reports:
    """What mypy reports of these files, or of all."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--python-executable"]
    command += [str(environment.python), *(files or FILES)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert result.stderr == ""
    reports: Reports = {name: [] for name in FILES}
    for line in result.stdout.splitlines():
        found = re.fullmatch(r"(\S+):(\d+): error: (.*)  \[(.*)\]", line)
        assert found is not None, line
        reports[found[1]].append(Said(int(found[2]), found[4], found[3]))
    return reports


@cache
def pyright(environment: Environment, folder: Path, *files: str) -> Reports:
    """What pyright reports of these files, or of all."""
    report = basedpyright(environment, folder, "--pythonpath", str(environment.python), *(files or FILES))
    assert report["summary"]["filesAnalyzed"] == len(files or FILES)
    reports: Reports = {name: [] for name in FILES}
    for one in report["generalDiagnostics"]:
        line = one["range"]["start"]["line"] + 1
        reports[Path(one["file"]).name].append(Said(line, one["rule"], one["message"]))
    return reports


def basedpyright(environment: Environment, folder: Path, *arguments: str) -> dict[str, Any]:
    """The report of basedpyright: pyright with all it needs on PyPI. Its `strict` is pyright's own."""
    path = os.pathsep.join((str(environment.python.parent), os.environ["PATH"]))  # --verifytypes looks there
    command = [sys.executable, "-m", "basedpyright", "--outputjson", *arguments]
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


def test_every_public_symbol_has_a_known_type(everything: Environment, checked: Path) -> None:
    report = basedpyright(everything, checked, "--verifytypes", "tripwire", "--ignoreexternal")
    complete = report["typeCompleteness"]
    assert Path(complete["packageRootDirectory"]).is_relative_to(everything.folder)
    assert {module["name"] for module in complete["modules"]} == {
        *("tripwire", "tripwire.__main__", "tripwire.testing", "tripwire.verifying"),
        *(f"tripwire.plugins.{name}_plugin" for name in PLUGINS),
    }
    causes = {
        f"{symbol['name']}: {found['message']}"
        for symbol in complete["symbols"]
        for found in symbol["diagnostics"]
        if "missing type annotation" in found["message"] or "base class override" in found["message"]
    }
    assert sorted(causes) == [], "annotate these"
    assert complete["completenessScore"] == 1


@pytest.mark.parametrize("check", [mypy, pyright])
def test_users_code_has_the_types_it_expects(
    everything: Environment, checked: Path, check: Callable[..., Reports]
) -> None:
    assert check(everything, checked)["users_code.py"] == []


def test_mypy_knows_no_module_that_can_be_entered(everything: Environment, checked: Path) -> None:
    assert mypy(everything, checked)["with_the_module.py"] == [
        Said(line, "attr-defined", f'Module has no attribute "__{a}{what}__"')
        for line, a in ((4, ""), (6, "a"))
        for what in ("enter", "exit")
    ]


def test_pyright_knows_no_module_that_can_be_entered(everything: Environment, checked: Path) -> None:
    said = pyright(everything, checked)["with_the_module.py"]
    assert [(line, rule) for line, rule, _ in said] == [
        (line, "reportGeneralTypeIssues") for line in (4, 4, 6, 6)
    ]
    start = 'Object of type "Module("tripwire")" cannot be used with '
    assert said[0].message == f'{start}"with" because it does not correctly implement __enter__'
    assert said[2].message == f'{start}"async with" because it does not correctly implement __aenter__'


def test_a_plugin_that_is_not_installed_is_an_error_to_mypy(core_alone: Environment, checked: Path) -> None:
    assert mypy(core_alone, checked, "plugins.py")["plugins.py"] == [
        Said(line, "attr-defined", f'Module has no attribute "{name}"')
        for line, name in enumerate(PLUGINS, 3)
    ]


def test_a_plugin_that_is_not_installed_is_an_error_to_pyright(
    core_alone: Environment, checked: Path
) -> None:
    rule = "reportAttributeAccessIssue"
    assert [
        said for said in pyright(core_alone, checked, "plugins.py")["plugins.py"] if said.rule == rule
    ] == [
        Said(line, rule, f'"{name}" is not a known attribute of module "tripwire"')
        for line, name in enumerate(PLUGINS, 3)
    ]


def test_at_run_time_a_plugin_that_is_not_installed_says_what_to_install(core_alone: Environment) -> None:
    result = core_alone.run("-c", "import tripwire\ntripwire.http.mock_response('GET', '/')")
    said = "AttributeError: tripwire.http needs its plugin: pip install python-tripwire[http]"
    assert said in result.stderr.splitlines()
