"""Small test files, before and after `--tripwire-fix`.

`python integration-tests/writing/corpus.py` writes what comes out; whoever reads the diff is the judge.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from documentation.runs import Pytest

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
_AFTER = "\n# ---- after --tripwire-fix\n"


class Case(NamedTuple):
    """A file of tests, before and after; of one that is refused, both are the same."""

    name: str
    before: str
    after: str

    @property
    def is_refused(self) -> bool:
        """Whether nothing is to be written of it."""
        return self.name.startswith("refused")


def cases() -> list[Case]:
    """All of them, by name."""
    found = []
    for file in sorted(CORPUS.glob("*.txt")):
        before, _, after = file.read_text().partition(_AFTER)
        found.append(Case(file.stem, before, after or before))
    return found


class Project:
    """A folder with the files of some cases, and the program they are about."""

    runner: Pytest | None = None  # else each run is a fresh process

    def __init__(self, folder: Path, cases: Iterable[Case]) -> None:
        self.folder = folder
        shutil.copy(HERE / "shop.py", folder)
        (folder / "pytest.ini").write_text(
            "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
        )
        for case in cases:
            (folder / f"test_{case.name}.py").write_text(case.before)

    def pytest(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run them all."""
        arguments = ["-p", "no:cacheprovider", "-rA", "--tb=short", *options]
        if self.runner is not None:
            return self.runner(
                self.folder, ["-p", "no:anyio", "-W", "ignore::pytest.PytestAssertRewriteWarning", *arguments]
            )
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self.folder,
            env={
                **os.environ,
                "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:anyio",
                "PYTHONPATH": str(self.folder),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def text(self, case: Case) -> str:
        """What a file says now."""
        return (self.folder / f"test_{case.name}.py").read_text()


def main() -> None:
    """Write what comes out; the reader of the diff is the judge."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = cases()
        project = Project(Path(folder), chosen)
        print(project.pytest("--tripwire-fix").stdout[-3000:])
        for case in chosen:
            after = "" if case.is_refused else _AFTER + project.text(case)
            (CORPUS / f"{case.name}.txt").write_text(case.before + after)
        print(project.pytest().stdout[-6000:])


if __name__ == "__main__":
    main()
