"""A task that goes on after its sandbox."""

import asyncio

import shop

import tripwire


async def order_later(tea):
    await asyncio.sleep(0)
    return shop.order(tea)


async def test_order():
    async with tripwire:
        ordering = asyncio.create_task(order_later("tea"))

    await asyncio.wait([ordering])
    ordering.result()
