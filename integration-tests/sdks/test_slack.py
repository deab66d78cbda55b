"""slack_sdk: its WebClient on urllib, its AsyncWebClient on aiohttp."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncServerErrorRetryHandler
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.http_retry.handler import RetryHandler
from slack_sdk.web.async_client import AsyncWebClient

import tripwire

from .api import Api, hidden_trips

AT_ONCE = FixedValueRetryIntervalCalculator(0)


class Stubborn(RetryHandler):
    """Tries again whatever went wrong."""

    def _can_retry(self, **_: Any) -> bool:
        return True


class StubbornAsync(AsyncRetryHandler):
    """The same."""

    async def _can_retry_async(self, **_: Any) -> bool:
        return True


def sync(api: Api, *handlers: RetryHandler) -> WebClient:
    handlers = handlers or (ServerErrorRetryHandler(interval_calculator=AT_ONCE),)
    return WebClient("xoxb-secret", base_url=f"{api.url}/api/", retry_handlers=list(handlers))


def async_(api: Api, *handlers: AsyncRetryHandler) -> AsyncWebClient:
    handlers = handlers or (AsyncServerErrorRetryHandler(interval_calculator=AT_ONCE),)
    return AsyncWebClient("xoxb-secret", base_url=f"{api.url}/api/", retry_handlers=list(handlers))


both = pytest.mark.parametrize("make", [sync, async_])


@both
def test_a_message_is_posted_at_the_second_try(api: Api, make: Any) -> None:
    api.answer("POST", "/api/chat.postMessage", status=503, json={"ok": False, "error": "later"})
    api.answer("POST", "/api/chat.postMessage", json={"ok": True, "ts": "1.2"})
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*grün*"}}]

    def program() -> Any:
        return make(api).chat_postMessage(channel="C1", text="grün & blau", blocks=blocks)

    assert posted(api, program) == {"ok": True, "ts": "1.2"}
    for status in (503, 200):
        tripwire.http.assert_request(
            "POST",
            f"{api.url}/api/chat.postMessage",
            headers={"Authorization": "Bearer xoxb-secret"},
            json={"channel": "C1", "text": "grün & blau", "blocks": blocks},
            status=status,
        )


def posted(api: Api, program: Any) -> Any:
    """The data of the response that a program gets."""

    async def data_async(response: Any) -> Any:
        return (await response).data

    def data() -> Any:
        response = program()
        return response.data if hasattr(response, "data") else data_async(response)

    return api.use(data)


@pytest.mark.parametrize("is_async", [False, True])
def test_members_page_by_page(api: Api, is_async: bool) -> None:
    pages = [(["U1", "U2"], "c1"), (["U3"], "")]
    for members, cursor in pages:
        metadata = {"next_cursor": cursor}
        api.answer(
            "GET" if is_async else "POST",
            "/api/conversations.members",
            json={"ok": True, "members": members, "response_metadata": metadata},
        )

    def program() -> Any:
        return [page["members"] for page in sync(api).conversations_members(channel="C1", limit=2)]

    async def program_async() -> Any:
        first = await async_(api).conversations_members(channel="C1", limit=2)
        return [page["members"] async for page in first]

    assert api.use(program_async if is_async else program) == [["U1", "U2"], ["U3"]]
    url = f"{api.url}/api/conversations.members"
    if is_async:
        tripwire.http.assert_request("GET", url, params={"channel": "C1", "limit": "2"})
        tripwire.http.assert_request("GET", url, params={"channel": "C1", "limit": "2", "cursor": "c1"})
    else:
        tripwire.http.assert_request("POST", url, form={"channel": "C1", "limit": "2"})
        tripwire.http.assert_request("POST", url, form={"channel": "C1", "limit": "2", "cursor": "c1"})


@both
def test_a_file_is_uploaded_in_three_steps(api: Api, make: Any) -> None:
    upload = {"ok": True, "upload_url": f"{api.url}/upload/v1/F1", "file_id": "F1"}
    api.answer("POST", "/api/files.getUploadURLExternal", json=upload)
    api.answer("POST", "/upload/v1/F1", text="OK - 5")
    api.answer("POST", "/api/files.completeUploadExternal", json={"ok": True, "files": [{"id": "F1"}]})

    def program() -> Any:
        return make(api).files_upload_v2(content=b"hello", filename="a.txt", title="A")

    assert posted(api, program)["files"] == [{"id": "F1"}]
    asked = {"filename": "a.txt", "length": "5"}
    done = {"files": '[{"id": "F1", "title": "A"}]'}
    sent = "params" if make is async_ else "form"
    url = f"{api.url}/api/files"
    tripwire.http.assert_request("POST", f"{url}.getUploadURLExternal", **{sent: asked})
    tripwire.http.assert_request("POST", f"{api.url}/upload/v1/F1", body=b"hello")
    tripwire.http.assert_request("POST", f"{url}.completeUploadExternal", **{sent: done})


@both
def test_errors_are_translated(api: Api, make: Any) -> None:
    api.answer("POST", "/api/auth.test", json={"ok": False, "error": "invalid_auth"})
    error = api.error(SlackApiError, lambda: make(api).auth_test())
    assert error.response["error"] == "invalid_auth"
    tripwire.http.assert_request("POST", f"{api.url}/api/auth.test", body="", status=200)

    api.answer("POST", "/api/auth.test", status=429, headers=[("Retry-After", "30")], json={"ok": False})
    error = api.error(SlackApiError, lambda: make(api).auth_test())
    assert error.response.headers["Retry-After"] == "30"
    tripwire.http.assert_request("POST", f"{api.url}/api/auth.test", status=429)


@pytest.mark.parametrize(
    ("make", "handler"), [(sync, Stubborn(2, AT_ONCE)), (async_, StubbornAsync(2, AT_ONCE))]
)
def test_trips_of_all_tries_are_counted(api: Api, make: Any, handler: Any) -> None:
    assert hidden_trips(lambda: make(api, handler).auth_test()) == [
        "3 trips never reached the test:",
        # The SDK catches two to try again, and lets the last one go to the program: one entry names both places.
        f"  - UnmockedInteractionError: POST {api.url}/api/auth.test, 3 times",
    ]
