"""Fresh virtual environments with our built wheels: what a user gets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class Environment:
    """A fresh virtual environment in `folder`: one distribution of ours, pytest-asyncio, and what else is named.

    Files a test writes into `folder` lie in the working directory of what it runs.
    """

    def __init__(self, folder: Path, dist: Path, *requirements: str) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        _uv("venv", "--quiet", "--python", sys.executable, str(folder / "venv"))
        _uv(
            *("pip", "install", "--quiet", "--python", str(self.python), "--find-links", str(dist)),
            *("pytest-asyncio", *requirements),
        )

    def run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run its Python there, or in a folder of the test's own."""
        return subprocess.run(
            [str(self.python), "-I", *arguments],
            cwd=folder or self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def pytest(self, folder: Path, *arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
        """Write `<name>.py` files and, unless there is one, a strict pytest.ini into a folder, and run pytest there."""
        for name, code in files.items():
            (folder / f"{name}.py").write_text(code)
        if not (folder / "pytest.ini").exists():
            (folder / "pytest.ini").write_text(STRICT)
        return self.run("-m", "pytest", "-p", "no:cacheprovider", *arguments, folder=folder)


STRICT = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


def _uv(*arguments: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "uv", *arguments], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
