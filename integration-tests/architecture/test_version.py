"""`hatch run version` on a copy of the checkout's own files."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for file in [ROOT / "pyproject.toml", ROOT / "CHANGELOG.md", *ROOT.glob("libs/*/pyproject.toml")]:
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0 (2026-01-02)\n\nThe first release.\n")
    return tmp_path


def version(checkout: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, str(ROOT / ".ci" / "version.py"), "--root", str(checkout), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, (result.stdout + result.stderr).strip()


def numbers(checkout: Path) -> set[str]:
    """Every version and pin among ours."""
    texts = [
        file.read_text() for file in [checkout / "pyproject.toml", *checkout.glob("libs/*/pyproject.toml")]
    ]
    return {
        n
        for text in texts
        for n in re.findall(r'^version = "(.+)"|"tripwire-\w+==(.+?)"', text, re.M)
        for n in n
        if n
    }


def test_shown(checkout: Path) -> None:
    (held,) = numbers(checkout)
    assert version(checkout) == (0, held)


def test_moved_and_released(checkout: Path) -> None:
    assert version(checkout, "7.1") == (0, "7.1")
    assert numbers(checkout) == {"7.1"}
    changelog = checkout / "CHANGELOG.md"
    rest = "## 1.0.0 (2026-01-02)\n\nThe first release.\n"
    assert changelog.read_text() == f"# Changelog\n\n## 7.1 (unreleased)\n\n{rest}"
    assert version(checkout, "7.2rc1") == (0, "7.2rc1")
    assert changelog.read_text() == f"# Changelog\n\n## 7.2rc1 (unreleased)\n\n{rest}"
    assert version(checkout, "--release") == (0, "7.2rc1")
    today = datetime.datetime.now(datetime.timezone.utc)
    assert changelog.read_text() == f"# Changelog\n\n## 7.2rc1 ({today:%Y-%m-%d})\n\n{rest}"
    assert version(checkout, "--release") == (1, "CHANGELOG.md has no line '## 7.2rc1 (unreleased)'")


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("0.9", "0.9 is not newer than {}"),
        ("{}", "{} is not newer than {}"),
        ("next", "'next' is no version; write it as in '{}'"),
    ],
)
def test_refused(checkout: Path, new: str, message: str) -> None:
    (held,) = numbers(checkout)
    assert version(checkout, new.format(held)) == (1, message.format(held, held))
    assert numbers(checkout) == {held}


def test_different_versions_are_told(checkout: Path) -> None:
    (held,) = numbers(checkout)
    file = checkout / "libs" / "tripwire-http" / "pyproject.toml"
    file.write_text(file.read_text().replace(f'version = "{held}"', 'version = "9"'))
    code, text = version(checkout, "10")
    assert (code, text.splitlines()[0]) == (1, "the distributions have different versions:")
    assert "  9  libs/tripwire-http/pyproject.toml" in text.splitlines()
