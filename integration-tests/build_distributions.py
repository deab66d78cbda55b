"""Build wheel and sdist of all five distributions into a folder: `hatch run dist`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECTS = [*sorted((ROOT / "libs").iterdir()), ROOT]


def build(into: Path) -> None:
    """Build everything anew into an empty folder.

    Raises:
        subprocess.CalledProcessError: a build failed; its output has been printed.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for project in PROJECTS:
        command = [sys.executable, "-m", "uv", "build", "--quiet", "--out-dir", str(into), str(project)]
        subprocess.run(command, check=True)
    (into / ".gitignore").unlink(missing_ok=True)


if __name__ == "__main__":
    build(ROOT / sys.argv[1])
    for file in sorted((ROOT / sys.argv[1]).iterdir()):
        print(file.relative_to(ROOT))
