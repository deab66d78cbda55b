"""The table of differences holds what scenarios show, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from .differences import DIFFERENCES


@pytest.mark.parametrize("key", DIFFERENCES)
def test_a_scenario_shows_each_difference(key: str) -> None:
    shown = [
        path.name
        for path in Path(__file__).parent.glob("test_*.py")
        if f'differs="{key}"' in path.read_text()
    ]
    assert shown
