"""What the tests of mocks and spies put doubles in the place of."""

from __future__ import annotations

import asyncio


class Repository:
    limit: int

    def find(self, key: int, *, lock: bool = False) -> str:
        return f"real {key}"

    async def load(self, key: int) -> str:
        await asyncio.sleep(0)
        return f"real {key}"

    @staticmethod
    def connect(url: str) -> str:
        return url

    @classmethod
    def default(cls) -> Repository:
        return cls()

    @property
    def size(self) -> int:
        return 3

    class Cursor:
        def fetch(self, count: int) -> int:
            return count
