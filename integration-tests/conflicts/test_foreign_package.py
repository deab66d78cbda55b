"""Another distribution with an import package `tripwire`: said at once, with the commands that mend it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import pytest
from environments import Environment

CORE = version("tripwire-core")
MEND = f"pip install --force-reinstall --no-deps tripwire-core=={CORE}"
MESSAGE = (
    "other-tripwire 0.21.0 has an import package 'tripwire' too, and the two overwrite or hide each other's files. "
    "Only one of them can be installed; to keep this one:\n    pip uninstall other-tripwire\n    " + MEND
)

# One that is only a package; one with plugins of the same name and a pytest plugin of its own.
FOREIGN = {
    "a package": {"tripwire/__init__.py": "def catch(): ...\n", "tripwire/_wire.py": ""},
    "a pytest plugin": {
        "tripwire/__init__.py": "from tripwire._wire import cut\nfrom tripwire.plugins import subprocess_plugin\n",
        "tripwire/_context.py": "def current_verifier(): ...\n",
        "tripwire/_errors.py": "class WireError(Exception): ...\n",
        "tripwire/_wire.py": "def cut(): ...\n",
        "tripwire/pytest_plugin.py": "from tripwire._context import current_wire\n",
    },
}
INFO = "other_tripwire-0.21.0.dist-info"


@pytest.fixture(scope="module", params=FOREIGN)
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its wheel."""
    files = {
        **FOREIGN[request.param],
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: other-tripwire\nVersion: 0.21.0\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if "tripwire/pytest_plugin.py" in files:
        files[f"{INFO}/entry_points.txt"] = "[pytest11]\ntripwire = tripwire.pytest_plugin\n"
    record = "".join(f"{name},,\n" for name in (*files, f"{INFO}/RECORD"))
    wheel = tmp_path_factory.mktemp("foreign") / "other_tripwire-0.21.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in {**files, f"{INFO}/RECORD": record}.items():
            archive.writestr(name, content)
    return wheel


@pytest.fixture(scope="module")
def environment(make_environment: Callable[..., Environment]) -> Environment:
    """Ours, whole at the beginning and at the end of each test."""
    return make_environment("python-tripwire")


def pip(environment: Environment, dist: Path, command: str, *arguments: str) -> None:
    options = ["--quiet", "--python", str(environment.python)]
    options += ["--no-index", "--no-deps", "--find-links", str(dist)] if command == "install" else []
    subprocess.run([sys.executable, "-m", "uv", "pip", command, *options, *arguments], check=True)


TEST = "import tripwire\ndef test_it():\n    with tripwire:\n        pass\n"


def works(environment: Environment, folder: Path) -> bool:
    return environment.pytest(folder, "test_it.py", test_it=TEST).returncode == 0


def at_pytest_s_start(environment: Environment, folder: Path) -> str:
    result = environment.pytest(folder, "test_it.py", test_it="def test_it():\n    pass\n")
    assert result.returncode != 0, result.stdout
    return "\n".join(line.removeprefix("E").rstrip() for line in result.stderr.splitlines())


def said(message: str, text: str) -> bool:
    """Whether a text has the lines of a message in their order, whatever stands around them."""
    lines = iter(text.splitlines())
    return all(any(fnmatch(line, f"*{wanted.strip()}*") for line in lines) for wanted in message.splitlines())


def test_the_message_and_its_commands(
    environment: Environment, dist: Path, foreign: Path, tmp_path: Path
) -> None:
    reinstall_core = ("install", "--force-reinstall", f"tripwire-core=={CORE}")
    assert works(environment, tmp_path)

    pip(environment, dist, "install", str(foreign))
    assert said(MESSAGE, at_pytest_s_start(environment, tmp_path)), "over ours"

    pip(environment, dist, *reinstall_core)
    assert said(MESSAGE, at_pytest_s_start(environment, tmp_path)), "below ours"
    use = "import tripwire\ntripwire.StrictVerifier().sandbox().__enter__()"
    assert said(f"ConflictError: {MESSAGE}", environment.run("-c", use).stderr)

    pip(environment, dist, "uninstall", "other-tripwire")
    missing = f"files of tripwire-core are missing: __init__.py*\n    {MEND}"
    use = "from tripwire.plugins.subprocess_plugin import SubprocessPlugin"
    assert said(missing, environment.run("-c", use).stderr), "it took files of ours away"

    pip(environment, dist, *reinstall_core)
    assert works(environment, tmp_path)
