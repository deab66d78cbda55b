"""What the tests of scripted connections share."""

import re
from typing import Any

import asyncpg

import tripwire


def new_session(**given: Any) -> Any:
    return tripwire.asyncpg.new_session(**given).expect("connect", returns=None)


def without_places(message: str) -> str:
    return re.sub(r"[^\s(]*(?:test_\w+|asyncpg_scripts)\.py:\d+", "HERE", message)


class MyConnection(asyncpg.Connection):  # type: ignore[misc]
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.greeting = "hello"
