"""The one version of all distributions: `hatch run version`, `hatch run version 1.1.0`, `hatch run version --release`.

Without an argument it shows the version. With one it writes it into the five pyproject.toml files and the pins
between them, and opens its section of the changelog. `--release` gives the open section today's date. A tag is
then `v` and the version.
"""

from __future__ import annotations

import argparse
import datetime
import re
from pathlib import Path

from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
_VERSION = re.compile(r'^version = "(.+)"$', re.M)
_PIN = re.compile(r'(?<=")((?:python-)?tripwire[\w-]*(?:\[\w+\])?)==[^"]+')
_SECTION = re.compile(r"^## (\S+) \((.+)\)$", re.M)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="hatch run version", description=__doc__)
    parser.add_argument("new", nargs="?", help="the version to come")
    parser.add_argument("--release", action="store_true", help="date the changelog's open section")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    given = parser.parse_args()
    version = current(given.root)
    if given.new is not None:
        version = move(given.root, version, given.new)
    if given.release:
        release(given.root, version)
    print(version)


def projects(root: Path) -> list[Path]:
    """The pyproject.toml of each distribution."""
    return [root / "pyproject.toml", *sorted(root.glob("libs/*/pyproject.toml"))]


def current(root: Path) -> str:
    """The version that all distributions have.

    Raises:
        SystemExit: they differ.
    """
    found: dict[Path, str] = {file: _VERSION.findall(file.read_text())[0] for file in projects(root)}
    if len(set(found.values())) != 1:
        listed = "\n".join(f"  {version}  {file.relative_to(root)}" for file, version in found.items())
        raise SystemExit(f"the distributions have different versions:\n{listed}")
    return next(iter(found.values()))


def move(root: Path, old: str, new: str) -> str:
    """Write the new version everywhere.

    Raises:
        SystemExit: it is no version, or not newer than the old one.
    """
    try:
        version = str(Version(new))
    except InvalidVersion:
        raise SystemExit(f"{new!r} is no version; write it as in {old!r}") from None
    if Version(new) <= Version(old):
        raise SystemExit(f"{version} is not newer than {old}")
    for file in projects(root):
        text = _VERSION.sub(f'version = "{version}"', file.read_text())
        file.write_text(_PIN.sub(rf"\1=={version}", text))
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text()
    opened = f"## {version} (unreleased)"
    newest = _SECTION.search(text)
    if newest is not None and newest[2] == "unreleased":
        text = text.replace(newest[0], opened, 1)
    else:
        place = newest.start() if newest else len(text)
        text = f"{text[:place]}{opened}\n\n{text[place:]}"
    changelog.write_text(text)
    return version


def release(root: Path, version: str) -> None:
    """Date the changelog's section of this version.

    Raises:
        SystemExit: there is no open section of this version.
    """
    changelog = root / "CHANGELOG.md"
    text = changelog.read_text()
    opened = f"## {version} (unreleased)"
    if opened not in text:
        raise SystemExit(f"CHANGELOG.md has no line '{opened}'")
    dated = f"## {version} ({datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d})"
    changelog.write_text(text.replace(opened, dated, 1))


if __name__ == "__main__":
    main()
