"""httpx and httpx2, sync and async: a real server and a script look the same to the program."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import httpx
import httpx2
import pytest
import trio

# Loading certificates takes far longer than any scenario.
TLS = ssl.create_default_context()

ROUTES: dict[str, list[dict[str, Any]]] = {}
SCENARIOS: dict[str, Callable[..., Coroutine[Any, Any, Any]]] = {}


def scenario(*routes: dict[str, Any]) -> Callable[[Any], Any]:
    def register(play: Callable[..., Coroutine[Any, Any, Any]]) -> Any:
        ROUTES[play.__name__], SCENARIOS[play.__name__] = list(routes), play
        return play

    return register


def route(method: str, path: str, status: int = 200, body: bytes = b"", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return {"method": method, "path": path, "status": status, "body": body, "headers": pairs}


class SyncClient:
    """A sync client in the dress of an async one, so that a scenario is written once."""

    def __init__(self, library: Any, **options: Any) -> None:
        self.library, self.client = library, library.Client(**options)

    async def __aenter__(self) -> SyncClient:
        self.client.__enter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self.client.__exit__(*error)

    async def request(self, method: str, url: str, **options: Any) -> Any:
        return self.client.request(method, url, **options)

    async def streamed(self, method: str, url: str, read: str, *args: Any) -> tuple[Any, list[Any]]:
        with self.client.stream(method, url) as response:
            return response, list(getattr(response, f"iter_{read}")(*args))

    async def first_piece(self, method: str, url: str) -> tuple[Any, bytes]:
        with self.client.stream(method, url) as response:
            return response, next(response.iter_bytes(4))

    def upload(self, *pieces: bytes) -> Iterator[bytes]:
        yield from pieces

    def hooks(self, log: list[Any]) -> Any:
        return {
            "request": [lambda request: log.append((request.method, str(request.url)))],
            "response": [lambda response: log.append((response.status_code, response.is_closed))],
        }


class AsyncClient(SyncClient):
    def __init__(self, library: Any, **options: Any) -> None:
        self.library, self.client = library, library.AsyncClient(**options)

    async def __aenter__(self) -> AsyncClient:
        await self.client.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.client.__aexit__(*error)

    async def request(self, method: str, url: str, **options: Any) -> Any:
        return await self.client.request(method, url, **options)

    async def streamed(self, method: str, url: str, read: str, *args: Any) -> tuple[Any, list[Any]]:
        async with self.client.stream(method, url) as response:
            return response, [piece async for piece in getattr(response, f"aiter_{read}")(*args)]

    async def first_piece(self, method: str, url: str) -> tuple[Any, bytes]:
        async with self.client.stream(method, url) as response:
            pieces = response.aiter_bytes(4)
            try:
                return response, await anext(pieces)
            finally:
                await pieces.aclose()

    async def upload(self, *pieces: bytes) -> AsyncIterator[bytes]:  # type: ignore[override]
        for piece in pieces:
            yield piece

    def hooks(self, log: list[Any]) -> Any:
        async def on_request(request: Any) -> None:
            log.append((request.method, str(request.url)))

        async def on_response(response: Any) -> None:
            log.append((response.status_code, response.is_closed))

        return {"request": [on_request], "response": [on_response]}


def visible(response: Any) -> dict[str, Any]:
    """Everything a program can see of a response."""
    return {
        "status": (response.status_code, response.reason_phrase, response.http_version),
        "kind": (
            response.is_success,
            response.is_redirect,
            response.is_error,
            response.has_redirect_location,
        ),
        "headers": response.headers.raw,
        "url": str(response.url),
        "request": (response.request.method, response.request.headers.raw),
        "history": [visible(earlier) for earlier in response.history],
        "next": str(response.next_request and response.next_request.url),
        "cookies": sorted(response.cookies.items()),
        "encoding": (response.encoding, response.charset_encoding),
        "closed": (response.is_closed, response.is_stream_consumed),
        "elapsed": type(response.elapsed).__name__,
        "downloaded": response.num_bytes_downloaded,
        "extensions": (response.extensions["http_version"], response.extensions["reason_phrase"]),
        "links": response.links,
    }


def whole(response: Any) -> dict[str, Any]:
    return {**visible(response), "content": response.content, "text": response.text}


def raised(error: Exception) -> tuple[str, str]:
    return type(error).__name__, str(error)


@scenario(route("GET", "/data", body=b'{"ok":true}', Content_Type="application/json"))
async def json(client: Any, base: str) -> Any:
    response = await client.request("GET", f"{base}/data")
    return whole(response), response.json()


@scenario(route("GET", "/text", body="grüß".encode("latin-1"), Content_Type="text/plain; charset=iso-8859-1"))
async def charset(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/text"))


@scenario(route("GET", "/empty"))
async def empty_body(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/empty"))


@scenario(route("GET", "/missing", 404, b"nope"), route("GET", "/broken", 503), route("GET", "/odd", 299))
async def raise_for_status(client: Any, base: str) -> Any:
    seen: list[Any] = []
    for path in ("missing", "broken", "odd"):
        response = await client.request("GET", f"{base}/{path}")
        try:
            seen.append((whole(response), response.raise_for_status() is response))
        except client.library.HTTPStatusError as error:
            seen.append((whole(response), raised(error), error.request.method, error.response is response))
    return seen


@scenario(
    route("GET", "/old", 302, b"moved", Location="/new", Set_Cookie="seen=1; Path=/"),
    route("GET", "/new", body=b"here"),
)
async def redirect(client: Any, base: str) -> Any:
    response = await client.request("GET", f"{base}/old", follow_redirects=True)
    return whole(response), response.history[0].content, sorted(client.client.cookies.items())


@scenario(route("GET", "/old", 301, Location="/new?a=1"))
async def redirect_not_followed(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/old"))


@scenario(
    route("POST", "/old", 307, Location="/new"),
    route("POST", "/new", body=b"stored"),
    route("POST", "/form", 303, Location="/result"),
    route("GET", "/result", body=b"done"),
)
async def redirect_with_body(client: Any, base: str) -> Any:
    kept = await client.request("POST", f"{base}/old", content=b"body", follow_redirects=True)
    changed = await client.request("POST", f"{base}/form", content=b"body", follow_redirects=True)
    return whole(kept), whole(changed)


@scenario(*[route("GET", "/loop", 302, Location="/loop")] * 21)
async def redirect_loop(client: Any, base: str) -> Any:
    with pytest.raises(client.library.TooManyRedirects) as caught:
        await client.request("GET", f"{base}/loop", follow_redirects=True)
    return raised(caught.value)


@scenario(
    {
        **route("GET", "/login"),
        "headers": [("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/; HttpOnly")],
    },
    route("GET", "/home"),
)
async def cookies(client: Any, base: str) -> Any:
    first = await client.request("GET", f"{base}/login")
    second = await client.request("GET", f"{base}/home")
    return whole(first), first.headers.get_list("set-cookie"), whole(second), second.request.headers["cookie"]


@scenario(route("HEAD", "/file", Content_Length="1234", ETag='"e"'))
async def head(client: Any, base: str) -> Any:
    return whole(await client.request("HEAD", f"{base}/file"))


@scenario(route("DELETE", "/thing", 204), route("GET", "/thing", 304, ETag='"e"'))
async def no_content(client: Any, base: str) -> Any:
    gone = await client.request("DELETE", f"{base}/thing")
    same = await client.request("GET", f"{base}/thing", headers={"If-None-Match": '"e"'})
    return whole(gone), whole(same)


@scenario(route("GET", "/gz", body=gzip.compress(b"squeezed" * 100, mtime=0), Content_Encoding="gzip"))
async def compressed(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/gz"))


@scenario(route("GET", "/gz", body=b"this is no gzip", Content_Encoding="gzip"))
async def compressed_badly(client: Any, base: str) -> Any:
    with pytest.raises(client.library.DecodingError) as caught:
        await client.request("GET", f"{base}/gz")
    return raised(caught.value)


@scenario(route("GET", "/chunks", body=b"in two chunks", Transfer_Encoding="chunked"))
async def chunked(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/chunks"))


@scenario(
    {
        **route("GET", "/headers"),
        "headers": [("X-Two", "1"), ("vary", "Accept"), ("X-Two", "2"), ("X-LATIN", "é")],
    }
)
async def header_order_and_case(client: Any, base: str) -> Any:
    response = await client.request("GET", f"{base}/headers", headers=[("x-mine", "1"), ("X-Mine", "2")])
    return whole(response), response.headers.multi_items()


@scenario(route("GET", "/search"))
async def query(client: Any, base: str) -> Any:
    given = {"q": "a b&c", "page": 2, "tag": ["x", "y"], "flag": True, "none": None}
    return whole(await client.request("GET", f"{base}/search", params=given))


@scenario(route("GET", "/gr%C3%BC%C3%9Fe/a%20b"), route("GET", "/a%2Fb"))
async def encoded_paths(client: Any, base: str) -> Any:
    plain = await client.request("GET", f"{base}/grüße/a b")
    return whole(plain), whole(await client.request("GET", f"{base}/a%2Fb"))


@scenario(route("POST", "/form", 201), route("POST", "/json", 201), route("POST", "/files", 201))
async def uploads(client: Any, base: str) -> Any:
    form = await client.request("POST", f"{base}/form", data={"a": "1", "b": ["2", "3"]})
    data = await client.request("POST", f"{base}/json", json={"a": [1, None]})
    fixed = {"Content-Type": "multipart/form-data; boundary=fixed"}
    files = await client.request("POST", f"{base}/files", files={"f": ("n.txt", b"data")}, headers=fixed)
    return whole(form), whole(data), whole(files)


@scenario(route("POST", "/stream", body=b"got it"))
async def generator_upload(client: Any, base: str) -> Any:
    response = await client.request("POST", f"{base}/stream", content=client.upload(b"ab", b"", b"cd"))
    with pytest.raises(client.library.StreamConsumed) as caught:
        response.request.read() if isinstance(client.client, client.library.Client) else (
            await response.request.aread()
        )
    return whole(response), raised(caught.value)


@scenario(*[route("GET", "/stream", body="öne\ntwo\n\nfour".encode(), Content_Type="text/plain")] * 4)
async def streaming(client: Any, base: str) -> Any:
    seen = []
    for how in (("bytes", 3), ("text", 2), ("lines",), ("raw", 5)):
        response, pieces = await client.streamed("GET", f"{base}/stream", *how)
        seen.append((visible(response), pieces))
    return seen


@scenario(route("GET", "/big", body=b"x" * 300_000))
async def streaming_given_up(client: Any, base: str) -> Any:
    response, piece = await client.first_piece("GET", f"{base}/big")
    with pytest.raises(client.library.StreamError) as caught:
        _ = response.content
    return response.is_closed, piece, raised(caught.value)


@scenario(route("GET", "/private", 401, WWW_Authenticate="Basic"), route("GET", "/private", body=b"secret"))
async def auth_flow(client: Any, base: str) -> Any:
    class Login(client.library.Auth):  # type: ignore[misc]
        requires_response_body = True

        def auth_flow(self, request: Any) -> Any:
            response = yield request
            request.headers["Authorization"] = f"Custom {len(response.content)}"
            yield request

    response = await client.request("GET", f"{base}/private", auth=Login())
    return whole(response), response.history[0].status_code


@scenario(route("GET", "/private", body=b"secret"))
async def basic_auth(client: Any, base: str) -> Any:
    return whole(await client.request("GET", f"{base}/private", auth=("user", "pass")))


@scenario(route("GET", "/a", 302, Location="/b"), route("GET", "/b"))
async def event_hooks(client: Any, base: str) -> Any:
    log: list[Any] = []
    client.client.event_hooks = client.hooks(log)
    response = await client.request("GET", f"{base}/a", follow_redirects=True)
    return whole(response), log


@scenario(*[route(verb, "/thing", body=verb.encode()) for verb in ("PUT", "PATCH", "OPTIONS", "DELETE")])
async def verbs(client: Any, base: str) -> Any:
    given = ("PUT", "PATCH", "OPTIONS", "DELETE")
    return [whole(await client.request(verb, f"{base}/thing", content=b"sent")) for verb in given]


@scenario(route("GET", "/v1/users", body=b"[]"))
async def base_url(client: Any, base: str) -> Any:
    client.client.base_url = f"{base}/v1/"
    client.client.headers["User-Agent"] = "mine"
    client.client.params = {"key": "1"}
    return whole(await client.request("GET", "users"))


@scenario(
    route("GET", "/pages", body=b"1", Link='</pages?page=2>; rel="next"'),
    route("GET", "/pages", body=b"2", Connection="close"),
)
async def paging(client: Any, base: str) -> Any:
    first = await client.request("GET", f"{base}/pages")
    return whole(first), whole(await client.request("GET", base + first.links["next"]["url"]))


def run_sync(play: Coroutine[Any, Any, Any]) -> Any:
    with pytest.raises(StopIteration) as done:
        play.send(None)
    return done.value.value


RUNNERS: dict[str, tuple[Any, Callable[[Coroutine[Any, Any, Any]], Any]]] = {
    "sync": (SyncClient, run_sync),
    "asyncio": (AsyncClient, asyncio.run),
    "trio": (AsyncClient, lambda play: trio.run(lambda: play)),
}


# Of httpx's own generators, where a program gives up on a stream under trio.
@pytest.mark.filterwarnings("ignore:Async generator .* was garbage collected:ResourceWarning")
@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda library: library.__name__)
def test_real_scripted_and_passed_through_look_the_same(
    three_runs: Any, make_route: Any, library: Any, runner: str, name: str
) -> None:
    kind, run = RUNNERS[runner]

    async def play(base: str) -> Any:
        async with kind(library, verify=TLS) as client:
            return await SCENARIOS[name](client, base)

    routes = [make_route(**fields) for fields in ROUTES[name]]
    real, scripted, passed = three_runs(routes, lambda base: run(play(base)))

    assert scripted.seen == real.seen
    assert passed.seen == real.seen
    assert scripted.received == []
    assert passed.received == real.received
    assert [(r["method"], r["request_headers"], r["request_body"]) for r in scripted.recorded] == [
        (r.method, r.headers, r.body) for r in real.received
    ]
    if name != "streaming_given_up":  # what was not read is not in the record of a genuine call
        assert passed.recorded == scripted.recorded
