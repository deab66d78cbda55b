"""Many threads and tasks at once: no request is lost, doubled, or given another one's answer."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import httpx

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/item"
THREADS, TASKS, REQUESTS = 16, 50, 10


def test_threads_and_tasks_at_once(http: HttpPlugin) -> None:
    names = [f"{kind}{n}-{r}" for kind, many in (("thread", THREADS), ("task", TASKS)) for n in range(many)
             for r in range(REQUESTS)]  # fmt: skip
    for name in names:
        http.mock_response("GET", URL, params={"name": name}, body=name)
    answered: list[tuple[str, str]] = []

    def in_thread(number: int) -> None:
        with httpx.Client() as client:
            for request in range(REQUESTS):
                name = f"thread{number}-{request}"
                answered.append((name, client.get(URL, params={"name": name}).text))

    async def in_task(client: httpx.AsyncClient, number: int) -> None:
        for request in range(REQUESTS):
            name = f"task{number}-{request}"
            answered.append((name, (await client.get(URL, params={"name": name})).text))

    async def tasks() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(*(in_task(client, number) for number in range(TASKS)))

    with tripwire.sandbox() as verifier:
        threads = [threading.Thread(target=in_thread, args=(number,)) for number in range(THREADS)]
        for thread in (*threads, loop := threading.Thread(target=lambda: asyncio.run(tasks()))):
            thread.start()
        for thread in (*threads, loop):
            thread.join()
    assert Counter(answered) == Counter((name, name) for name in names)
    assert [one.sequence for one in verifier.timeline] == list(range(len(names)))
    with tripwire.in_any_order():
        for name in names:
            http.assert_request("GET", URL, params={"name": name}, response_body=name.encode())
