"""Every public member that asyncpg has is in a scenario, or is left out for a reason; the guide says which."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import asyncpg
from asyncpg.cursor import Cursor
from asyncpg.prepared_stmt import PreparedStatement
from asyncpg.transaction import Transaction

from fidelity.asyncpg import features
from fidelity.asyncpg.harness import Scenarios, against_reality, recorded

CLASSES = (asyncpg.Connection, asyncpg.Pool, PreparedStatement, Cursor, Transaction)
MODULES = ("connections", "transactions", "statements", "cursors", "copying", "listeners", "time", "lending")
GUIDE = Path(__file__).parents[3] / "docs" / "pages" / "guides" / "asyncpg.md"


def members() -> set[str]:
    return {
        f"{kind.__name__}.{name}"
        for kind in CLASSES
        for name in dir(kind)
        if not name.startswith("_") and callable(getattr(kind, name))
    }


def scenarios(module: str) -> Scenarios:
    found: Scenarios = importlib.import_module(f"fidelity.asyncpg.test_{module}").scenario
    return found


def test_there_are_enough_scenarios() -> None:
    assert sum(len(scenarios(module)) for module in MODULES) >= 80


def test_every_member_is_in_a_scenario(postgres: str) -> None:
    used = {}
    for module in MODULES:
        with recorded(CLASSES) as found:
            for one in scenarios(module):
                asyncio.run(against_reality(one, postgres))
        used[module] = {f"{kind}.{name}" for kind, name in found}
    for module, listed in features.FEATURES.values():
        assert set(listed) - used[module] == set()
    everywhere = {member for _, listed in features.FEATURES.values() for member in listed}
    assert members() - everywhere == members() & set(features.LEFT_OUT)


def test_the_guide_publishes_the_members() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert features.table() in guide
    for member, reason in features.LEFT_OUT.items():
        assert f"`{member}` ({reason})" in guide
