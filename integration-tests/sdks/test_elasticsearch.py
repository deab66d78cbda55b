"""elasticsearch: its transport on urllib3 or requests, and async on aiohttp or httpx."""

from __future__ import annotations

import gzip
import json
from types import SimpleNamespace
from typing import Any

import elasticsearch
import pytest
from elasticsearch import AsyncElasticsearch, Elasticsearch
from elasticsearch.helpers import async_bulk, async_scan, bulk, scan

import tripwire

from .api import Api, hidden_trips

PRODUCT = [("X-Elastic-Product", "Elasticsearch")]
JSON = "application/vnd.elasticsearch+json; compatible-with=9"
FOUND = {"_index": "books", "_id": "1", "found": True, "_source": {"title": "Grün"}}


def with_client(api: Api, use: Any, **options: Any) -> Any:
    def program() -> Any:
        with Elasticsearch(api.url, api_key="secret", max_retries=2, **options) as client:
            return use(client)

    return program


def with_async_client(api: Api, use: Any, **options: Any) -> Any:
    async def program() -> Any:
        async with AsyncElasticsearch(api.url, api_key="secret", max_retries=2, **options) as client:
            return await use(client)

    return program


both = pytest.mark.parametrize("is_async", [False, True])


@pytest.mark.parametrize(
    ("node", "is_async"), [("urllib3", False), ("requests", False), ("aiohttp", True), ("httpxasync", True)]
)
def test_a_document_is_found_at_the_third_try(api: Api, node: str, is_async: bool) -> None:
    for status in (503, 429):
        api.answer("GET", "/books/_doc/1", status=status, headers=PRODUCT, json={"error": "busy"})
    api.answer("GET", "/books/_doc/1", headers=PRODUCT, json=FOUND)

    async def get_async(client: Any) -> Any:
        return (await client.get(index="books", id="1")).body

    if is_async:
        program = with_async_client(api, get_async, node_class=node)
    else:
        program = with_client(api, lambda client: client.get(index="books", id="1").body, node_class=node)
    assert api.use(program) == FOUND
    for status in (503, 429, 200):
        tripwire.http.assert_request(
            "GET", f"{api.url}/books/_doc/1", headers={"Authorization": "ApiKey secret"}, status=status
        )


@both
def test_in_bulk(api: Api, is_async: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gzip.time", SimpleNamespace(time=lambda: 0))  # gzip writes down what time it is
    items = [{"index": {"_id": "1", "status": 201}}, {"index": {"_id": "2", "status": 201}}]
    api.answer("PUT", "/_bulk", headers=PRODUCT, json={"errors": False, "items": items})
    actions = [{"_index": "books", "_id": str(number), "title": f"Band {number}"} for number in (1, 2)]
    if is_async:
        program = with_async_client(api, lambda client: async_bulk(client, actions), http_compress=True)
    else:
        program = with_client(api, lambda client: bulk(client, actions), http_compress=True)
    assert api.use(program) == (2, [])
    (request,) = tripwire.http.requests
    lines = gzip.decompress(request.body).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"index": {"_index": "books", "_id": "1"}},
        {"title": "Band 1"},
        {"index": {"_index": "books", "_id": "2"}},
        {"title": "Band 2"},
    ]
    tripwire.http.assert_request(
        "PUT", f"{api.url}/_bulk", headers={"Content-Encoding": "gzip"}, body=request.body
    )


@both
def test_a_search_page_by_page(api: Api, is_async: bool) -> None:
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    for hits in (["1", "2"], ["3"], []):
        page = {"_scroll_id": "s1", "_shards": shards, "hits": {"hits": [{"_id": hit} for hit in hits]}}
        path = "/books/_search" if hits == ["1", "2"] else "/_search/scroll"
        api.answer("POST", path, headers=PRODUCT, json=page)
    api.answer("DELETE", "/_search/scroll", headers=PRODUCT, json={"succeeded": True})
    query = {"query": {"match": {"title": "grün"}}}

    def search(client: Any) -> Any:
        return [hit["_id"] for hit in scan(client, index="books", query=query, size=2)]

    async def search_async(client: Any) -> Any:
        return [hit["_id"] async for hit in async_scan(client, index="books", query=query, size=2)]

    program = with_async_client(api, search_async) if is_async else with_client(api, search)
    assert api.use(program) == ["1", "2", "3"]
    headers = {"Content-Type": JSON}
    asked = query | {"size": 2, "sort": "_doc"}
    tripwire.http.assert_request(
        "POST", f"{api.url}/books/_search", params={"scroll": "5m"}, headers=headers, json=asked
    )
    for _ in range(2):
        body = {"scroll_id": "s1", "scroll": "5m"}
        tripwire.http.assert_request("POST", f"{api.url}/_search/scroll", json=body)
    tripwire.http.assert_request("DELETE", f"{api.url}/_search/scroll", json={"scroll_id": "s1"})


@both
def test_errors_are_translated(api: Api, is_async: bool) -> None:
    program = with_async_client if is_async else with_client
    api.answer("GET", "/books/_doc/9", status=404, headers=PRODUCT, json={"_id": "9", "found": False})
    error = api.error(
        elasticsearch.NotFoundError, program(api, lambda client: client.get(index="books", id="9"))
    )
    assert error.status_code == 404
    tripwire.http.assert_request("GET", f"{api.url}/books/_doc/9", status=404)

    api.answer("GET", "/", json={"version": "of another product"})
    api.error(elasticsearch.UnsupportedProductError, program(api, lambda client: client.info()))
    tripwire.http.assert_request("GET", f"{api.url}/", status=200)

    for _ in range(3):
        api.fail("POST", "/books/_doc", "read")
    book = {"title": "Blau"}
    api.error(
        elasticsearch.ConnectionError, program(api, lambda client: client.index(index="books", document=book))
    )
    for _ in range(3):
        tripwire.http.assert_request("POST", f"{api.url}/books/_doc", json=book, raised="read")

    api.fail("GET", "/", "timeout")
    api.error(
        elasticsearch.ConnectionTimeout, program(api, lambda client: client.info(), request_timeout=0.05)
    )
    tripwire.http.assert_request("GET", f"{api.url}/", raised="timeout")


@both
def test_trips_of_all_tries_are_one_line(api: Api, is_async: bool) -> None:
    program = with_async_client if is_async else with_client
    assert hidden_trips(program(api, lambda client: client.info())) == [
        "3 trips never reached the test:",
        f"  - UnmockedInteractionError: GET {api.url}/, 3 times",
    ]
