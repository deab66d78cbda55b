"""What all SDKs have in common: a client that lives longer than a sandbox, and many calls at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from unittest import mock

import boto3  # type: ignore[import-untyped]
import gitlab
import httplib2
import notion_client
import openai
import pytest
import requests
import slack_sdk
import stripe
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableClient
from elasticsearch import AsyncElasticsearch, Elasticsearch
from fidelity.http.server import Route, Script, encoded
from slack_sdk.web.async_client import AsyncWebClient

import tripwire

from .api import Api
from .drive import build

Call = Callable[[], Any]


@contextmanager
def on_httpx2(url: str) -> Iterator[Call]:
    with openai.OpenAI(api_key="k", base_url=url) as client:
        yield lambda: client.models.retrieve("x").id


@contextmanager
def on_httpx(url: str) -> Iterator[Call]:
    with notion_client.Client(auth="k", base_url=url) as client:
        yield lambda: client.users.retrieve("x")["id"]


@contextmanager
def on_requests(url: str) -> Iterator[Call]:
    with gitlab.Gitlab(url, private_token="k") as client:
        yield lambda: client.http_get("/x")["id"]


@contextmanager
def on_requests_by_stripe(url: str) -> Iterator[Call]:
    with requests.Session() as session:
        http_client = stripe.RequestsClient(session=session)
        client = stripe.StripeClient("k", base_addresses={"api": url}, http_client=http_client)
        yield lambda: client.v1.customers.retrieve("x").id


@contextmanager
def on_requests_by_azure(url: str) -> Iterator[Call]:
    with TableClient(url, "x", credential=AzureNamedKeyCredential("a", "c2VjcmV0")) as client:
        yield lambda: client.get_entity("p", "r")["id"]


@contextmanager
def on_botocore(url: str) -> Iterator[Call]:
    session = boto3.Session("k", "secret", region_name="eu-central-1")
    with closing(session.client("sqs", endpoint_url=url)) as client:
        yield lambda: client.create_queue(QueueName="x")["QueueUrl"]


@contextmanager
def on_urllib(url: str) -> Iterator[Call]:
    client = slack_sdk.WebClient("k", base_url=url)
    yield lambda: client.users_info(user="x")["id"]


@contextmanager
def on_urllib3(url: str) -> Iterator[Call]:
    with Elasticsearch(url) as client:
        yield lambda: client.get(index="x", id="x")["id"]


@contextmanager
def on_httplib2(url: str) -> Iterator[Call]:
    options = {"api_endpoint": url}
    with build("drive", "v3", developerKey="k", http=httplib2.Http(), client_options=options) as client:
        yield lambda: client.files().get(fileId="x").execute()["id"]


SDKS = [
    on_httpx2,
    on_httpx,
    on_requests,
    on_requests_by_stripe,
    on_requests_by_azure,
    on_botocore,
    on_urllib,
    on_urllib3,
    on_httplib2,
]

sdks = pytest.mark.parametrize("open_client", SDKS, ids=lambda sdk: sdk.__name__)
HEADERS = [("Content-Type", "application/json"), ("X-Elastic-Product", "Elasticsearch")]


def answer(name: str) -> Any:
    """Something of that name, whatever an SDK takes it for."""
    return {"id": name, "QueueUrl": name, "object": "x", "ok": True, "created": 0, "owned_by": "x"}


class Anything(Script):
    """Answers whatever is asked."""

    def take(self, request: Any) -> Route:
        self.received.append(request)
        return Route(request.method, "", headers=HEADERS, body=encoded(answer("real")))


@pytest.fixture
def url(api: Api) -> str:
    """A server that gives one answer to everything."""
    api.servers.script = Anything()
    return api.url


def mock_anything(**given: Any) -> None:
    tripwire.http.mock_response("*", "*", json=answer("mocked"), headers=HEADERS, **given)


def assert_all() -> int:
    requests = tripwire.http.requests
    for request in requests:
        tripwire.http.assert_request(request.method, request.url, body=request.body)
    return len(requests)


@sdks
def test_a_client_outlives_sandboxes(url: str, open_client: Any) -> None:
    mock_anything(times=3)
    with open_client(url) as call:
        found = [call()]
        with tripwire.sandbox():
            found += [call(), call()]
        found += [call(), call()]
        with tripwire.sandbox():
            found += [call()]
        found += [call()]
    assert found == ["real", "mocked", "mocked", "real", "real", "mocked", "real"]
    assert assert_all() == 3


@sdks
def test_a_client_that_was_made_in_a_sandbox(url: str, open_client: Any) -> None:
    mock_anything()
    with ExitStack() as stack:
        with tripwire.sandbox():
            call = stack.enter_context(open_client(url))
            found = [call()]
        found += [call()]
    assert found == ["mocked", "real"]
    assert assert_all() == 1


@sdks
def test_a_host_that_only_mocks_answer_for(api: Api, open_client: Any) -> None:
    mock_anything()
    with tripwire.sandbox(), open_client("https://api.example.invalid") as call:
        assert call() == "mocked"
    (request,) = tripwire.http.requests
    assert request.url.startswith("https://api.example.invalid/")
    (interaction,) = tripwire.current_verifier().timeline
    exec(interaction.plugin.assertion_for(interaction), {"tripwire": tripwire, "mock": mock})


@sdks
def test_a_call_that_is_passed_through(url: str, open_client: Any) -> None:
    tripwire.http.pass_through(hosts="127.0.0.1:*")
    with tripwire.sandbox(), open_client(url) as call:
        assert [call(), call()] == ["real", "real"]
    for request in tripwire.http.requests:
        tripwire.http.assert_request(
            request.method, request.url, body=request.body, status=200, response_json=answer("real")
        )


# httplib2 is for one thread.
@pytest.mark.parametrize("open_client", [sdk for sdk in SDKS if sdk is not on_httplib2])
def test_many_threads(url: str, open_client: Any) -> None:
    mock_anything(times=12)
    with tripwire.sandbox(), open_client(url) as call, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: call(), range(12))) == ["mocked"] * 12
    with tripwire.in_any_order():
        assert assert_all() == 12


@pytest.mark.parametrize("kind", ["openai", "notion", "slack", "elasticsearch"])
def test_many_tasks(url: str, kind: str) -> None:
    mock_anything(times=12)

    async def main() -> Any:
        async with (
            openai.AsyncOpenAI(api_key="k", base_url=url) as with_httpx2,
            notion_client.AsyncClient(auth="k", base_url=url) as with_httpx,
            AsyncElasticsearch(url) as with_aiohttp,
        ):
            with_session = AsyncWebClient("k", base_url=url)
            calls: dict[str, Callable[[], Any]] = {
                "openai": lambda: with_httpx2.models.retrieve("x"),
                "notion": lambda: with_httpx.users.retrieve("x"),
                "slack": lambda: with_session.users_info(user="x"),
                "elasticsearch": lambda: with_aiohttp.get(index="x", id="x"),
            }
            async with tripwire.sandbox():
                found = await asyncio.gather(*(calls[kind]() for _ in range(12)))
            return [one.id if kind == "openai" else one["id"] for one in [*found, await calls[kind]()]]

    assert asyncio.run(main()) == ["mocked"] * 12 + ["real"]
    with tripwire.in_any_order():
        assert assert_all() == 12
