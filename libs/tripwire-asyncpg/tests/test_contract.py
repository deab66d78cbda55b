"""The plugin keeps the contract of all plugins."""

from __future__ import annotations

from typing import Any

import asyncpg

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin
from tripwire.testing import PluginContract

QUERY = "SELECT $1::int AS number"


class TestAsyncpg(PluginContract):
    plugin = AsyncpgPlugin

    def mock(self, number: int) -> None:
        session = tripwire.asyncpg.new_session().expect("connect", returns=None)
        session.expect("fetchrow", returns={"number": number}).expect("close", returns=None)

    async def call(self, number: int) -> Any:
        connection = await asyncpg.connect(host="localhost", database="shop", user="ada")
        try:
            return await connection.fetchrow(QUERY, number)
        finally:
            await connection.close()

    def check(self, number: int) -> None:
        tripwire.asyncpg.assert_connect(host="localhost", database="shop", user="ada")
        tripwire.asyncpg.assert_fetchrow(query=QUERY, args=[number])
        tripwire.asyncpg.assert_close()
