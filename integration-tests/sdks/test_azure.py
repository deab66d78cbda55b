"""azure-data-tables: azure-core on requests, and async on aiohttp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import (
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.data.tables import TableClient
from azure.data.tables.aio import TableClient as AsyncTableClient

import tripwire

from .api import Api, hidden_trips

KEY = AzureNamedKeyCredential("account", "c2VjcmV0")
BOOKS = [{"PartitionKey": "p", "RowKey": str(number), "title": f"Band {number}"} for number in range(3)]
GONE = {"odata.error": {"code": "ResourceNotFound", "message": {"lang": "en", "value": "no such book"}}}

both = pytest.mark.parametrize("is_async", [False, True])


@pytest.fixture
def service(api: Api) -> Api:
    api.varying = ["Authorization", "Date", "x-ms-date", "x-ms-client-request-id"]
    return api


def with_client(service: Api, use: Callable[[Any], Any], *, is_async: bool) -> Any:
    """A program that uses a client; an async one does with an async result."""
    options: dict[str, Any] = {
        "endpoint": service.url,
        "credential": KEY,
        "retry_total": 2,
        "retry_backoff_factor": 0,
    }

    def program() -> Any:
        with TableClient(table_name="books", **options) as client:
            return use(client)

    async def program_async() -> Any:
        async with AsyncTableClient(table_name="books", **options) as client:
            return await use(client)

    return program_async if is_async else program


@both
def test_an_entity_is_found_at_the_third_try(service: Api, is_async: bool) -> None:
    path = "/books(PartitionKey='p',RowKey='1')"
    for status in (503, 500):
        service.answer("GET", path, status=status, headers=[("Retry-After", "0")], json={})
    service.answer("GET", path, json=BOOKS[1])
    program = with_client(service, lambda books: books.get_entity("p", "1"), is_async=is_async)
    assert service.use(program) == BOOKS[1]
    for status in (503, 500, 200):
        tripwire.http.assert_request(
            "GET", service.url + path, headers={"x-ms-version": "2019-02-02"}, status=status
        )


@both
def test_an_entity_is_made(service: Api, is_async: bool) -> None:
    service.answer("POST", "/books", status=201, headers=[("ETag", "e1")], json=BOOKS[0])
    program = with_client(service, lambda books: books.create_entity(BOOKS[0]), is_async=is_async)
    service.use(program)
    tripwire.http.assert_request("POST", f"{service.url}/books", json=ANY, status=201)


@both
def test_entities_page_by_page(service: Api, is_async: bool) -> None:
    following = [("x-ms-continuation-NextPartitionKey", "p"), ("x-ms-continuation-NextRowKey", "2")]
    service.answer("GET", "/books()", headers=following, json={"value": BOOKS[:2]})
    service.answer("GET", "/books()", json={"value": BOOKS[2:]})

    def titles(books: Any) -> Any:
        return [book["title"] for book in books.query_entities("title ne 'grün'", results_per_page=2)]

    async def titles_async(books: Any) -> Any:
        return [book["title"] async for book in books.query_entities("title ne 'grün'", results_per_page=2)]

    program = with_client(service, titles_async if is_async else titles, is_async=is_async)
    assert service.use(program) == ["Band 0", "Band 1", "Band 2"]
    params = {"$filter": "title ne 'grün'", "$top": "2"}
    tripwire.http.assert_request("GET", f"{service.url}/books()", params=params)
    tripwire.http.assert_request(
        "GET", f"{service.url}/books()", params=params | {"NextPartitionKey": "p", "NextRowKey": "2"}
    )


@both
def test_errors_are_translated(service: Api, is_async: bool) -> None:
    get = with_client(service, lambda books: books.get_entity("p", "9"), is_async=is_async)
    url = "/books(PartitionKey='p',RowKey='9')"
    service.answer("GET", url, status=404, json=GONE)
    error = service.error(ResourceNotFoundError, get)
    assert error.status_code == 404
    tripwire.http.assert_request("GET", service.url + url, status=404)

    service.answer("POST", "/books", status=400, json=GONE)
    make = with_client(service, lambda books: books.create_entity(BOOKS[0]), is_async=is_async)
    service.error(HttpResponseError, make)
    tripwire.http.assert_request("POST", f"{service.url}/books", json=ANY, status=400)

    service.fail("POST", "/books", "read")
    service.error(ServiceRequestError if is_async else ServiceResponseError, make)
    tripwire.http.assert_request("POST", f"{service.url}/books", json=ANY, raised="read")


@both
def test_a_trip_is_not_tried_again(service: Api, is_async: bool) -> None:
    get = with_client(service, lambda books: books.get_entity("p", "9"), is_async=is_async)
    assert hidden_trips(get) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {service.url}/books(PartitionKey='p',RowKey='9')",
    ]
