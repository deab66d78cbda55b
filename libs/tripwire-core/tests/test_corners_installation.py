"""What is left of an installation that another distribution was installed over, and what the doctor tells."""

from __future__ import annotations

from pathlib import Path

import pytest

import tripwire
from tripwire import _installation, _project
from tripwire._diagnosis import Client, Diagnosis, Problem

MEND = """    pip install --force-reinstall --no-deps tripwire-core==1.2
help: python -m tripwire explain installation-conflict"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, with core as an installer has left it."""
    package = tmp_path / "tripwire"
    package.mkdir()
    for name in ("__init__.py", "_one.py"):
        (package / name).write_text("ours")
    listed = [
        "tripwire/__init__.py,sha256=0,4",
        '"tripwire/_one.py",sha256=0,4',
        "tripwire/_messages/x.py,sha256=0,9",
    ]
    installed(tmp_path, "tripwire_core-1.2", *listed)
    monkeypatch.setattr(_installation, "_FOLDER", str(package))
    return tmp_path


def installed(site: Path, name: str, *record: str) -> None:
    (site / f"{name}.dist-info").mkdir()
    if record:
        (site / f"{name}.dist-info" / "RECORD").write_text("\n".join(record))


def test_it_is_whole(site: Path) -> None:
    installed(site, "unrelated-1")
    assert list(_installation.damage()) == []
    _installation.check()


def test_a_file_is_missing(site: Path) -> None:
    (site / "tripwire" / "_one.py").unlink()
    with pytest.raises(ImportError) as caught:
        _installation.check()
    assert str(caught.value) == f"files of tripwire-core are missing: _one.py\n{MEND}"


def test_another_distribution_was_installed_over_it(site: Path) -> None:
    (site / "tripwire" / "__init__.py").write_text("theirs")
    installed(site, "without_record-1")
    installed(site, "python_tripwire-0.21", "tripwire/__init__.py,sha256=0,6")
    with pytest.raises(ImportError) as caught:
        _installation.check()
    assert str(caught.value) == (
        "python-tripwire 0.21 has an import package 'tripwire' too, and the two overwrite or hide each other's files. "
        f"Only one of them can be installed; to keep this one:\n    pip uninstall python-tripwire\n{MEND}"
    )


@pytest.mark.parametrize("name", ["async_subprocess", "popen", "subprocess"])
def test_a_plugin_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(_project, "_offered", {})
    with pytest.raises(AttributeError) as caught:
        getattr(tripwire, name)
    assert str(caught.value) == f"tripwire.{name} needs its plugin: pip install tripwire-subprocess"


def test_a_client_whose_version_is_none() -> None:
    assert not Client("old", "one point nine", ">=1").is_tested


def test_problems_of_several_lines() -> None:
    problems = [Problem("conflict", "first\nsecond"), Problem("configuration", "other")]
    diagnosis = Diagnosis(versions={"Python": "3"}, problems=problems)
    assert diagnosis.as_text().partition("problems\n")[2] == (
        "  - first\n    second\n    help: python -m tripwire explain conflict\n"
        "  - other\n    help: python -m tripwire explain configuration"
    )


def test_a_warning_without_a_code_says_what_it_says() -> None:
    assert str(tripwire.TripwireWarning("mind this")) == "mind this"


def test_an_error_of_a_plugin_keeps_its_module() -> None:
    class OutOfPaperError(tripwire.TripError):
        pass

    assert OutOfPaperError.__module__ == __name__
