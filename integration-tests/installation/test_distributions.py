"""What is built: five distributions that agree, with nothing stray in them."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["python-tripwire", "tripwire-asyncpg", "tripwire-core", "tripwire-http", "tripwire-subprocess"]
SHIPPED = {
    "python-tripwire": r"$^",
    "tripwire-core": r"tripwire/(_messages/|_verifying/|_writing/)?[^/]+",
    "tripwire-http": r"tripwire/plugins/http_plugin/[^/]+",
    "tripwire-subprocess": r"tripwire/plugins/(_processes|(subprocess|popen|async_subprocess)_plugin)/[^/]+",
    "tripwire-asyncpg": r"tripwire/plugins/asyncpg_plugin/[^/]+",
}


def metadata(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return archive.read(name).decode()


def wheel_of(dist: Path, name: str) -> Path:
    (wheel,) = dist.glob(f"{name.replace('-', '_')}-*.whl")
    return wheel


def test_there_is_a_wheel_and_an_sdist_of_each(dist: Path) -> None:
    version = re.search(r"^version = \"(.+)\"$", (ROOT / "pyproject.toml").read_text(), re.M)
    assert version is not None
    built = {file.name for file in dist.iterdir()}
    stems = [f"{name.replace('-', '_')}-{version[1]}" for name in NAMES]
    assert built == {f"{s}-py3-none-any.whl" for s in stems} | {f"{s}.tar.gz" for s in stems}


def test_versions_and_pins_agree(dist: Path) -> None:
    texts = {name: metadata(wheel_of(dist, name)) for name in NAMES}
    versions = {re.search(r"^Version: (.+)$", text, re.M)[1] for text in texts.values()}  # type: ignore[index]
    assert len(versions) == 1
    (version,) = versions
    assert int(version.partition(".")[0]) >= 1, "an index carries an unrelated python-tripwire 0.21"
    for name, text in texts.items():
        siblings = re.findall(
            r"^Requires-Dist: ((?:python-)?tripwire[\w-]*)(\[.*?\])?(.*?)(?:;.*)?$", text, re.M
        )
        for sibling, _, pin in siblings:
            assert pin.strip() == ("" if sibling == name else f"=={version}"), f"{name} needs {sibling}"


@pytest.mark.parametrize("name", NAMES)
def test_a_wheel_holds_what_it_should(dist: Path, name: str) -> None:
    with zipfile.ZipFile(wheel_of(dist, name)) as archive:
        files = [n for n in archive.namelist() if ".dist-info/" not in n]
        licences = [n for n in archive.namelist() if n.endswith("licenses/LICENSE")]
    assert [f for f in files if not re.fullmatch(SHIPPED[name] + r"\.pyi?|.*/py\.typed", f)] == []
    packages = {str(Path(f).parent) for f in files if not re.search("/_(messages|verifying|writing)/", f)}
    assert {f for f in files if f.endswith("py.typed")} == {f"{package}/py.typed" for package in packages}
    assert len(licences) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_sdist_has_the_tests_and_the_licence(dist: Path, name: str) -> None:
    (sdist,) = dist.glob(f"{name.replace('-', '_')}-*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = [member.partition("/")[2] for member in archive.getnames()]
    assert {"LICENSE", "README.md", "pyproject.toml"} <= set(files)
    assert any(f.startswith("tests/test_") for f in files) == (name != "python-tripwire")
    assert not [f for f in files if "__pycache__" in f or f.endswith(".pyc")]


def test_an_index_would_take_them(dist: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "twine",
        "--no-color",
        "check",
        "--strict",
        *map(str, sorted(dist.iterdir())),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stdout.count("PASSED") == 2 * len(NAMES), result.stdout
