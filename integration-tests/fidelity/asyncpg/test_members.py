"""Every public member that asyncpg has is in a scenario, or is left out for a reason."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import asyncpg
from asyncpg.cursor import Cursor
from asyncpg.prepared_stmt import PreparedStatement
from asyncpg.transaction import Transaction

from fidelity.asyncpg.harness import Scenarios, against_reality, recorded

CLASSES = (asyncpg.Connection, asyncpg.Pool, PreparedStatement, Cursor, Transaction)
MODULES = ("connections", "statements", "cursors", "copying", "listeners", "time", "lending")
LEFT_OUT: dict[tuple[str, str], str] = {
    ("Connection", "get_reset_query"): "gives a text that asyncpg makes of the server's version",
    ("Pool", "set_connect_args"): "changes what a later connection is opened with, and asks no server",
    ("Pool", "get_init_size"): "gives what create_pool was called with",
}


def members() -> set[tuple[str, str]]:
    return {
        (kind.__name__, name)
        for kind in CLASSES
        for name in dir(kind)
        if not name.startswith("_") and callable(getattr(kind, name))
    }


def scenarios() -> list[Any]:
    modules = (importlib.import_module(f"fidelity.asyncpg.test_{name}") for name in MODULES)
    return [one for module in modules for one in vars(module)["scenario"]]


def test_there_are_enough_scenarios() -> None:
    names = [one.name for one in scenarios()]
    assert len(names) == len(set(names)) >= 80
    assert isinstance(importlib.import_module("fidelity.asyncpg.test_time").scenario, Scenarios)


def test_every_member_is_in_a_scenario(postgres: str) -> None:
    with recorded(CLASSES) as used:
        for one in scenarios():
            asyncio.run(against_reality(one, postgres))
    left_out = {member for member in members() if member in LEFT_OUT}
    assert members() - used == left_out
