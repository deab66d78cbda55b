"""The async guide: its examples as it writes them, and a test for each of its statements."""
# ruff: noqa: SIM117 - the guide nests its contexts

import asyncio
import contextvars
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

# -- async with tripwire


async def test_async_http():
    tripwire.http.mock_response("GET", "https://api.example.com/data", json={"ok": True})
    async with tripwire:
        async with httpx.AsyncClient() as client:
            response = await client.get("https://api.example.com/data")
            assert response.json() == {"ok": True}
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/data")


async def test_both_async_forms_give_the_active_verifier(tripwire_verifier):
    async with tripwire as short:
        assert short is tripwire.current_verifier()
    async with tripwire.sandbox() as explicit:
        assert explicit is tripwire.current_verifier()
    assert short is explicit is tripwire_verifier
    assert isinstance(short, tripwire.StrictVerifier)


def test_both_sync_forms_give_the_active_verifier(tripwire_verifier):
    with tripwire as short, tripwire.sandbox() as explicit:
        assert short is explicit is tripwire_verifier is tripwire.current_verifier()


async def test_the_explicit_form_is_a_context_to_pass_around():
    context = tripwire.sandbox()
    assert isinstance(context, tripwire.SandboxContext)
    tripwire.http.mock_response("GET", "https://api.example.com/data", json={"ok": True})

    async def inside(context):
        async with context, httpx.AsyncClient() as client:
            return (await client.get("https://api.example.com/data")).json()

    assert await inside(context) == {"ok": True}
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/data")


def test_entering_and_leaving_are_synchronous_underneath():
    context = tripwire.sandbox()
    tripwire.http.mock_response("GET", "https://api.example.com/data", json={"ok": True})
    context._enter()
    assert httpx.get("https://api.example.com/data").json() == {"ok": True}
    context._exit()
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/data")


def test_sync_and_async_forms_are_equivalent():
    tripwire.http.mock_response("GET", "https://api.example.com/data", json={"ok": True})
    with tripwire:
        assert httpx.get("https://api.example.com/data").json() == {"ok": True}
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/data")


# -- ContextVar isolation


async def fetch(url: str) -> dict:
    async with httpx.AsyncClient() as client:
        response = await client.get(url)
        return response.json()


async def test_concurrent_requests():
    tripwire.http.mock_response("GET", "https://api.example.com/a", json={"name": "a"})
    tripwire.http.mock_response("GET", "https://api.example.com/b", json={"name": "b"})
    async with tripwire:
        a, b = await asyncio.gather(
            asyncio.create_task(fetch("https://api.example.com/a")),
            asyncio.create_task(fetch("https://api.example.com/b")),
        )
    with tripwire.in_any_order():
        tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/a")
        tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/b")
    assert (a, b) == ({"name": "a"}, {"name": "b"})


async def test_concurrent_tasks_with_sandboxes_of_their_own_do_not_interfere():
    verifiers = {name: tripwire.StrictVerifier() for name in ("one", "two")}
    opened, answered = ({name: asyncio.Event() for name in verifiers} for _ in range(2))

    async def both(events):
        for event in events.values():
            await event.wait()

    async def work(name: str) -> dict:
        verifier = verifiers[name]
        plugin = HttpPlugin(verifier)
        plugin.mock_response("GET", "https://api.example.com/data", json={"name": name})
        async with verifier.sandbox():
            opened[name].set()
            await both(opened)
            result = await asyncio.create_task(fetch("https://api.example.com/data"))
            answered[name].set()
            await both(answered)
        verifier.assert_interaction(plugin.request, url="https://api.example.com/data")
        verifier.verify_all()
        return result

    assert await asyncio.gather(work("one"), work("two")) == [{"name": "one"}, {"name": "two"}]


# -- async with in_any_order


async def test_in_any_order_supports_async_with():
    tripwire.http.mock_response("GET", "https://api.example.com/a", json={"name": "a"})
    tripwire.http.mock_response("GET", "https://api.example.com/b", json={"name": "b"})
    async with tripwire:
        await fetch("https://api.example.com/b")
        await fetch("https://api.example.com/a")
    async with tripwire.in_any_order():
        tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/a")
        tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/b")


async def test_order_counts_without_it():
    tripwire.http.mock_response("GET", "https://api.example.com/a", json={"name": "a"})
    tripwire.http.mock_response("GET", "https://api.example.com/b", json={"name": "b"})
    async with tripwire:
        await fetch("https://api.example.com/b")
        await fetch("https://api.example.com/a")
    with pytest.raises(tripwire.InteractionMismatchError):
        tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/a")
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/b")
    tripwire.assert_interaction(tripwire.http.request, method="GET", url="https://api.example.com/a")


# -- run_in_executor propagation


async def fetch_in_thread(url: str) -> bytes:
    loop = asyncio.get_event_loop()
    return await loop.run_in_executor(None, lambda: urllib.request.urlopen(url).read())


async def test_thread_pool_interception():
    tripwire.http.mock_response("GET", "https://api.example.com/data", body=b"hello")
    async with tripwire:
        data = await fetch_in_thread("https://api.example.com/data")
        assert data == b"hello"
    tripwire.assert_interaction(tripwire.http.request, method="GET")


async def test_executors_of_the_program_are_reached_too():
    tripwire.http.mock_response("GET", "https://api.example.com/data", body=b"hello")

    def read() -> tuple[bytes, str]:
        with urllib.request.urlopen("https://api.example.com/data") as response:
            return response.read(), threading.current_thread().name

    async with tripwire:
        with ThreadPoolExecutor(1, thread_name_prefix="of-the-program") as executor:
            data, thread = await asyncio.get_running_loop().run_in_executor(executor, read)
    assert (data, thread) == (b"hello", "of-the-program_0")
    tripwire.assert_interaction(tripwire.http.request, method="GET")


async def test_the_whole_context_is_copied_into_the_executor():
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    variable.set("set before")
    async with tripwire:
        seen = await asyncio.get_running_loop().run_in_executor(None, variable.get)
    assert seen == "set before"


async def test_an_unmocked_call_in_a_thread_trips():
    async with tripwire:
        with pytest.raises(tripwire.UnmockedInteractionError, match=r"GET https://api\.example\.com/data"):
            await fetch_in_thread("https://api.example.com/data")


# -- MockPlugin with async tests


async def test_mocks_work_identically_in_async_tests():
    greeter = tripwire.mock("Greeter")
    greeter.greet.returns("hello")
    async with tripwire:
        assert greeter.greet("you") == "hello"
    greeter.greet.assert_call(args=("you",), returned="hello")
