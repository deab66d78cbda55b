"""Inner pytest runs in one fresh environment that has every runner's plugin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from environments import Environment

from runners.suites import PROGRAM

PLUGINS = {
    "anyio": "anyio.pytest_plugin",
    "asyncio": "pytest_asyncio.plugin",
    "hypothesis": "_hypothesis_pytestplugin",
    "randomly": "pytest_randomly",
    "rerunfailures": "pytest_rerunfailures",
    "run-parallel": "pytest_run_parallel.plugin",
    "timeout": "pytest_timeout",
    "trio": "pytest_trio.plugin",
    "tripwire": "tripwire._pytest_plugin",
    "xdist": "xdist.plugin",
}

PRISTINE = '''"""After every inner test nothing of tripwire is left."""
import sys
import pytest
from tripwire import _held, _late_imports, _patching, _routing

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown():
    __tracebackhide__ = True
    try:
        return (yield)
    finally:
        check()

def pytest_unconfigure():
    check()

def check():
    assert not _patching.PATCHER._counts, "LEAK: targets are still patched"
    assert not _patching.PATCHER._ours, "LEAK: replacements are still known"
    assert not _routing._open, "LEAK: a sandbox is still open"
    assert not _routing.alive, "LEAK: a verifier is alive"
    assert _held.current() is None, "LEAK: this context still holds a sandbox"
    assert not any(isinstance(f, _late_imports.Watch) for f in sys.meta_path), "LEAK: an import watch"
'''


class Inner(Protocol):
    """Writes files, and runs pytest with tripwire and these plugins (None: without both) of those installed."""

    def __call__(
        self, *arguments: str, plugins: tuple[str, ...] | None = (), ini: str = "", **files: str
    ) -> pytest.RunResult: ...


@pytest.fixture(scope="session")
def runners(make_environment: Callable[..., Environment]) -> Environment:
    """The environment."""
    return make_environment(
        *("python-tripwire[http]", "anyio", "hypothesis", "pytest-randomly", "pytest-rerunfailures"),
        *("pytest-run-parallel", "pytest-timeout", "pytest-trio", "pytest-xdist", "trio"),
    )


@pytest.fixture
def inner(runners: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Runs pytest in a folder of the test's own; fails if anything of tripwire is left after an inner test."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("COLUMNS", "200")  # whole lines in the summary

    def run(
        *arguments: str, plugins: tuple[str, ...] | None = (), ini: str = "", **files: str
    ) -> pytest.RunResult:
        loaded = () if plugins is None else ("tripwire", *plugins)
        return run_in(runners, tmp_path, arguments, loaded, ini, files)

    return run


def run_in(
    environment: Environment,
    folder: Path,
    arguments: tuple[str, ...],
    plugins: tuple[str, ...],
    ini: str,
    files: dict[str, str],
) -> pytest.RunResult:
    """Run pytest in an environment and folder, with the given plugins."""
    for name, code in {"conftest": PRISTINE, "program": PROGRAM, **files}.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    (folder / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\npythonpath = .\n{ini}")
    loaded = [argument for name in plugins for argument in ("-p", PLUGINS[name])]
    process = environment.run("-m", "pytest", "-ra", *loaded, *arguments, folder=folder)
    result = pytest.RunResult(process.returncode, process.stdout.splitlines(), process.stderr.splitlines(), 0)
    print(process.stdout, process.stderr)
    assert "LEAK" not in process.stdout + process.stderr
    return result
