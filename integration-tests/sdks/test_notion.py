"""notion-client, on httpx, sync and async."""

from __future__ import annotations

from typing import Any

import pytest
from notion_client import APIResponseError, AsyncClient, Client
from notion_client.client import RetryOptions
from notion_client.errors import RequestTimeoutError
from notion_client.helpers import async_collect_paginated_api, collect_paginated_api

import tripwire

from .api import Api, hidden_trips

PAGE = {"parent": {"database_id": "d1"}, "properties": {"Name": {"title": [{"text": {"content": "Grün"}}]}}}
USERS = [{"object": "user", "id": f"u{number}"} for number in range(3)]
BUSY = {"code": "rate_limited", "message": "slow down"}


def options(api: Api) -> dict[str, Any]:
    return {"auth": "secret", "base_url": api.url, "retry": RetryOptions(initial_retry_delay_ms=0)}


def test_a_page_is_made(api: Api) -> None:
    api.answer("POST", "/v1/pages", json={"object": "page", "id": "p1"})

    def program() -> Any:
        with Client(options(api)) as notion:
            return notion.pages.create(**PAGE)

    assert api.use(program) == {"object": "page", "id": "p1"}
    tripwire.http.assert_request(
        "POST",
        f"{api.url}/v1/pages",
        headers={"Authorization": "Bearer secret", "Notion-Version": "2025-09-03"},
        json=PAGE,
        response_json={"object": "page", "id": "p1"},
    )


def test_a_file_is_uploaded(api: Api) -> None:
    api.answer("POST", "/v1/file_uploads/f1/send", json={"status": "uploaded"})

    def program() -> Any:
        with Client(options(api)) as notion:
            return notion.file_uploads.send("f1", file=("a.txt", b"hello", "text/plain"), part_number="1")

    assert api.use(program) == {"status": "uploaded"}
    tripwire.http.assert_request(
        "POST",
        f"{api.url}/v1/file_uploads/f1/send",
        form={"part_number": "1"},
        files={"file": ("a.txt", b"hello", "text/plain")},
    )


@pytest.mark.parametrize("is_async", [False, True])
def test_users_page_by_page(api: Api, is_async: bool) -> None:
    cursors = (None, "c1", "c2")
    for user, following in zip(USERS, (*cursors[1:], None), strict=True):
        page = {"results": [user], "has_more": following is not None, "next_cursor": following}
        api.answer("GET", "/v1/users", json=page)

    def program() -> Any:
        with Client(options(api)) as notion:
            return collect_paginated_api(notion.users.list, page_size=1)

    async def program_async() -> Any:
        async with AsyncClient(options(api)) as notion:
            return await async_collect_paginated_api(notion.users.list, page_size=1)

    assert api.use(program_async if is_async else program) == USERS
    for cursor in cursors:
        params = {"page_size": "1"} | ({"start_cursor": cursor} if cursor else {})
        tripwire.http.assert_request("GET", f"{api.url}/v1/users", params=params)


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_busy_is_asked_again(api: Api, is_async: bool) -> None:
    api.answer("GET", "/v1/users/me", status=429, headers=[("Retry-After", "0")], json=BUSY)
    api.answer("GET", "/v1/users/me", json=USERS[0])

    def program() -> Any:
        with Client(options(api)) as notion:
            return notion.users.me()

    async def program_async() -> Any:
        async with AsyncClient(options(api)) as notion:
            return await notion.users.me()

    assert api.use(program_async if is_async else program) == USERS[0]
    for status in (429, 200):
        tripwire.http.assert_request("GET", f"{api.url}/v1/users/me", status=status)


def test_errors_are_translated(api: Api) -> None:
    def program() -> Any:
        with Client(options(api) | {"timeout_ms": 50}) as notion:
            return notion.pages.create(**PAGE)

    api.answer(
        "POST", "/v1/pages", status=400, json={"code": "validation_error", "message": "no such property"}
    )
    error = api.error(APIResponseError, program)
    assert (error.code, error.status, str(error)) == ("validation_error", 400, "no such property")
    tripwire.http.assert_request("POST", f"{api.url}/v1/pages", json=PAGE, status=400)

    api.fail("POST", "/v1/pages", "timeout")
    api.error(RequestTimeoutError, program)
    tripwire.http.assert_request("POST", f"{api.url}/v1/pages", json=PAGE, raised="timeout")


def test_a_trip_is_not_tried_again(api: Api) -> None:
    def program() -> Any:
        with Client(options(api)) as notion:
            return notion.users.me()

    assert hidden_trips(program) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {api.url}/v1/users/me",
    ]
