"""Modules that are imported for the first time while tripwire waits for them."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tripwire._late_imports import Watch

NAMES = ("late_module", "late_package")


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The modules that the watch tells of: one file, and one folder without a file."""
    (tmp_path / "late_module.py").write_text("VALUE = 1\n")
    (tmp_path / "late_package").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    told: list[str] = []
    watch = Watch(NAMES, told.append)
    yield told
    watch.stop()
    watch.stop()  # a second time it has gone already


def test_a_package_without_a_file(told: list[str], tmp_path: Path) -> None:
    package = importlib.import_module("late_package")
    assert list(package.__path__) == [str(tmp_path / "late_package")]
    assert told == []


def test_a_module_that_is_made_by_hand(told: list[str]) -> None:
    spec = importlib.util.find_spec("late_module")
    assert spec is not None
    assert spec.loader is not None
    assert spec.loader.get_source("late_module") == "VALUE = 1\n"  # type: ignore[attr-defined]
    module = ModuleType("late_module")
    spec.loader.exec_module(module)
    assert module.VALUE == 1
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    assert told == ["late_module"]
