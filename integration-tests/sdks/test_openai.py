"""openai, on httpx2, sync and async, with server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

import tripwire

from .api import Api, hidden_trips

ASKED: Any = {"model": "m1", "messages": [{"role": "user", "content": "Wie grün?"}]}
CHUNKS = [
    {"id": "c1", "choices": [{"index": 0, "delta": {"content": word}}]} for word in ("Sehr", " grün", ".")
]
BUSY = {"status": 429, "headers": [("Retry-After-Ms", "1")], "json": {"error": {"message": "slow down"}}}


def answered(words: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": words}
    return {"id": "c1", "model": "m1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def options(api: Api) -> dict[str, Any]:
    return {"api_key": "sk-secret", "base_url": f"{api.url}/v1", "timeout": 5}


def events() -> Iterator[bytes]:
    """Server-sent events, cut where no event ends."""
    text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS).encode() + b"data: [DONE]\n\n"
    for start in range(0, len(text), 50):
        yield text[start : start + 50]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_chat_after_a_busy_answer(api: Api, is_async: bool) -> None:
    api.answer("POST", "/v1/chat/completions", **BUSY)
    api.answer("POST", "/v1/chat/completions", json=answered("Sehr."))

    def program() -> Any:
        with OpenAI(**options(api)) as client:
            return client.chat.completions.create(**ASKED).choices[0].message.content

    async def program_async() -> Any:
        async with AsyncOpenAI(**options(api)) as client:
            return (await client.chat.completions.create(**ASKED)).choices[0].message.content

    assert api.use(program_async if is_async else program) == "Sehr."
    for retries, status in enumerate((429, 200)):
        tripwire.http.assert_request(
            "POST",
            f"{api.url}/v1/chat/completions",
            headers={"authorization": "Bearer sk-secret", "x-stainless-retry-count": str(retries)},
            json=ASKED,
            status=status,
        )


@pytest.mark.parametrize("is_async", [False, True])
def test_a_chat_word_by_word(api: Api, is_async: bool) -> None:
    api.answer(
        "POST",
        "/v1/chat/completions",
        stream=list(events()),
        headers=[("Content-Type", "text/event-stream")],
    )

    def program() -> Any:
        with OpenAI(**options(api)) as client, client.chat.completions.create(**ASKED, stream=True) as stream:
            return [chunk.choices[0].delta.content for chunk in stream]

    async def program_async() -> Any:
        async with AsyncOpenAI(**options(api)) as client:
            stream = await client.chat.completions.create(**ASKED, stream=True)
            return [chunk.choices[0].delta.content async for chunk in stream]

    assert api.use(program_async if is_async else program) == ["Sehr", " grün", "."]
    tripwire.http.assert_request(
        "POST",
        f"{api.url}/v1/chat/completions",
        json=ASKED | {"stream": True},
        response_body=b"".join(events()),
    )


def test_a_stream_that_breaks_off(api: Api) -> None:
    first = f"data: {json.dumps(CHUNKS[0])}\n\n".encode()
    api.answer(
        "POST",
        "/v1/chat/completions",
        stream=[first, ConnectionResetError(104, "Connection reset by peer")],
        headers=[("Content-Type", "text/event-stream")],
    )
    heard: list[Any] = []

    def program() -> Any:
        heard.clear()
        with OpenAI(**options(api)) as client:
            for chunk in client.chat.completions.create(**ASKED, stream=True):
                heard.append(chunk.choices[0].delta.content)

    api.error(openai.APIConnectionError, program)
    assert heard == ["Sehr"]
    tripwire.http.assert_request(
        "POST", f"{api.url}/v1/chat/completions", json=ASKED | {"stream": True}, response_body=first
    )


def test_files_are_uploaded_and_listed_page_by_page(api: Api) -> None:
    files = [
        {
            "id": f"f{n}",
            "object": "file",
            "bytes": 5,
            "created_at": 0,
            "filename": "a.txt",
            "purpose": "batch",
            "status": "processed",
        }
        for n in range(3)
    ]
    api.answer("POST", "/v1/files", json=files[0])
    api.answer("GET", "/v1/files", json={"object": "list", "data": files[:2], "has_more": True})
    api.answer("GET", "/v1/files", json={"object": "list", "data": files[2:], "has_more": False})
    api.answer("GET", "/v1/files/f0/content", body=b"hello")

    def program() -> Any:
        with OpenAI(**options(api)) as client:
            made = client.files.create(file=("a.txt", b"hello"), purpose="batch")
            return (
                made.id,
                [file.id for file in client.files.list(limit=2)],
                client.files.content("f0").read(),
            )

    assert api.use(program) == ("f0", ["f0", "f1", "f2"], b"hello")
    url = f"{api.url}/v1/files"
    tripwire.http.assert_request("POST", url, form={"purpose": "batch"}, files={"file": ("a.txt", b"hello")})
    tripwire.http.assert_request("GET", url, params={"limit": "2"})
    tripwire.http.assert_request("GET", url, params={"limit": "2", "after": "f1"})
    tripwire.http.assert_request("GET", f"{url}/f0/content", response_body=b"hello")


def test_errors_are_translated(api: Api) -> None:
    def program() -> Any:
        with OpenAI(**options(api), max_retries=0) as client:
            return client.chat.completions.create(**ASKED, timeout=0.05)

    api.answer(
        "POST",
        "/v1/chat/completions",
        status=404,
        json={"error": {"message": "no such model", "code": "no_model"}},
    )
    error = api.error(openai.NotFoundError, program)
    assert (error.code, error.status_code) == ("no_model", 404)
    tripwire.http.assert_request("POST", f"{api.url}/v1/chat/completions", json=ASKED, status=404)

    api.fail("POST", "/v1/chat/completions", "timeout")
    api.error(openai.APITimeoutError, program)
    tripwire.http.assert_request("POST", f"{api.url}/v1/chat/completions", json=ASKED, raised="timeout")

    api.fail("POST", "/v1/chat/completions", "read")
    api.error(openai.APIConnectionError, program)
    tripwire.http.assert_request("POST", f"{api.url}/v1/chat/completions", json=ASKED, raised="read")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_trip_is_not_tried_again(api: Api, is_async: bool) -> None:
    def program() -> Any:
        with OpenAI(**options(api)) as client:
            return client.models.list()

    async def program_async() -> Any:
        async with AsyncOpenAI(**options(api)) as client:
            return await client.models.list()

    assert hidden_trips(program_async if is_async else program) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {api.url}/v1/models",
    ]
