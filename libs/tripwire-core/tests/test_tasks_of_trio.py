"""What is still at work of trio's."""

from __future__ import annotations

import trio
import trio.lowlevel
import trio.testing

import tripwire


def test_a_task_of_trio_that_has_ended_is_not_named() -> None:
    kept = []

    async def end() -> None:
        kept.append(trio.lowlevel.current_task())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            ended = trio.Event()
            async with tripwire.sandbox() as verifier:
                nursery.start_soon(end)
                nursery.start_soon(ended.wait, name="waiting")
            await trio.testing.wait_all_tasks_blocked()
            assert list(verifier.work.unfinished()) == ["the task 'waiting'"]
            ended.set()

    trio.run(main)
