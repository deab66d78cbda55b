"""urllib and http.client: a real server and a script look the same to the program."""

from __future__ import annotations

import gzip
import http.client
import io
import json as json_module
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any

import pytest

ROUTES: dict[str, list[dict[str, Any]]] = {}
SCENARIOS: dict[str, Callable[[str], Any]] = {}


def scenario(*routes: dict[str, Any]) -> Callable[[Any], Any]:
    def register(play: Callable[[str], Any]) -> Any:
        ROUTES[play.__name__], SCENARIOS[play.__name__] = list(routes), play
        return play

    return register


def route(method: str, path: str, status: int = 200, body: bytes = b"", **headers: str) -> dict[str, Any]:
    pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return {"method": method, "path": path, "status": status, "body": body, "headers": pairs}


def visible(response: Any) -> dict[str, Any]:
    """Everything a program can see of a response before it reads it."""
    return {
        "type": type(response).__name__,
        "status": (response.status, response.code, response.reason, response.version),
        "headers": response.getheaders(),
        "message": list(response.headers.items()),
        "url": (response.url, response.geturl()),
        "length": response.length,
        "will_close": response.will_close,
        "chunked": response.chunked,
        "closed": response.isclosed(),
        "can": (response.readable(), response.seekable(), response.writable()),
    }


def whole(response: Any) -> dict[str, Any]:
    with response:
        seen = visible(response)
        content = response.read()
        return {**seen, "content": content, "again": response.read(), "closed": response.isclosed()}


def refused(error: urllib.error.HTTPError) -> dict[str, Any]:
    with error:
        return {
            "text": str(error),
            "status": (error.code, error.reason),
            "headers": list(error.headers.items()),
            "url": error.geturl(),
            "content": error.read(),
        }


def connect(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=5)


@scenario(route("GET", "/data", body=b'{"ok":true}', Content_Type="application/json"))
def json(base: str) -> Any:
    with urllib.request.urlopen(f"{base}/data") as response:
        return response.headers.get_content_type(), json_module.load(response)


@scenario(route("GET", "/text", body="grüß".encode("latin-1"), Content_Type="text/plain; charset=iso-8859-1"))
def charset(base: str) -> Any:
    with urllib.request.urlopen(f"{base}/text") as response:
        text = io.TextIOWrapper(response, encoding=response.headers.get_content_charset()).read()
        return text, visible(response) if not response.closed else None


@scenario(route("GET", "/empty"))
def empty_body(base: str) -> Any:
    return whole(urllib.request.urlopen(f"{base}/empty"))


@scenario(route("GET", "/search"))
def query(base: str) -> Any:
    given = urllib.parse.urlencode({"q": "a b&c", "tag": ["x", "y"]}, doseq=True)
    return whole(urllib.request.urlopen(f"{base}/search?{given}"))


@scenario(route("POST", "/form", 201, b"made"))
def form(base: str) -> Any:
    return whole(urllib.request.urlopen(f"{base}/form", data=b"a=1&b=2"))


@scenario(route("PUT", "/stream"), route("PUT", "/file"))
def streamed_upload(base: str) -> Any:
    pieces = urllib.request.Request(f"{base}/stream", data=iter([b"ab", b"", b"cd"]), method="PUT")
    file = urllib.request.Request(f"{base}/file", data=io.BytesIO(b"x" * 20_000), method="PUT")
    return whole(urllib.request.urlopen(pieces)), whole(urllib.request.urlopen(file))


@scenario(route("GET", "/missing", 404, b"nope"), route("GET", "/broken", 503), route("GET", "/odd", 599))
def errors(base: str) -> Any:
    seen = []
    for path in ("missing", "broken", "odd"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{base}/{path}")
        seen.append(refused(caught.value))
    return seen


@scenario(route("GET", "/old", 302, b"moved", Location="/new"), route("GET", "/new", body=b"here"))
def redirect(base: str) -> Any:
    return whole(urllib.request.urlopen(f"{base}/old"))


@scenario(*[route("GET", "/loop", 302, Location="/loop")] * 5)
def redirect_loop(base: str) -> Any:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{base}/loop")
    return refused(caught.value)


@scenario(route("POST", "/old", 303, Location="/new"), route("GET", "/new", body=b"here"))
def redirect_changes_method(base: str) -> Any:
    return whole(urllib.request.urlopen(f"{base}/old", data=b"body"))


@scenario(
    {**route("GET", "/login"), "headers": [("Set-Cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/")]},
    route("GET", "/home"),
)
def cookies(base: str) -> Any:
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    first, second = whole(opener.open(f"{base}/login")), whole(opener.open(f"{base}/home"))
    return first, second, sorted((cookie.name, cookie.value) for cookie in jar)


@scenario(route("HEAD", "/file", Content_Length="1234", ETag='"e"'))
def head(base: str) -> Any:
    return whole(urllib.request.urlopen(urllib.request.Request(f"{base}/file", method="HEAD")))


@scenario(route("DELETE", "/thing", 204), route("GET", "/thing", 304, ETag='"e"'))
def no_content(base: str) -> Any:
    gone = whole(urllib.request.urlopen(urllib.request.Request(f"{base}/thing", method="DELETE")))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{base}/thing")
    return gone, refused(caught.value)


@scenario(route("GET", "/gz", body=gzip.compress(b"squeezed" * 100, mtime=0), Content_Encoding="gzip"))
def compressed(base: str) -> Any:
    with urllib.request.urlopen(f"{base}/gz") as response:
        return visible(response), gzip.GzipFile(fileobj=response).read()


@scenario(
    route("GET", "/chunks", body=b"in two chunks", Transfer_Encoding="chunked"),
    route("GET", "/chunks", Transfer_Encoding="chunked"),
    route("HEAD", "/chunks", Transfer_Encoding="chunked"),
)
def chunked(base: str) -> Any:
    head = urllib.request.Request(f"{base}/chunks", method="HEAD")
    return [whole(urllib.request.urlopen(request)) for request in (f"{base}/chunks", f"{base}/chunks", head)]


@scenario(
    {**route("GET", "/headers"), "headers": [("X-Two", "1"), ("vary", "A"), ("X-Two", "2"), ("X-L", "é")]}
)
def header_order_and_case(base: str) -> Any:
    request = urllib.request.Request(f"{base}/headers", headers={"x-mine": "1"})
    response = urllib.request.urlopen(request)
    return whole(response), response.getheader("x-two"), response.headers.get_all("X-Two")


@scenario(*[route("GET", "/stream", body=b"one\ntwo\n\nfour")] * 4)
def reading_in_pieces(base: str) -> Any:
    seen: list[Any] = []
    with urllib.request.urlopen(f"{base}/stream") as response:
        seen.append(
            [response.read(4), response.length, response.peek(2)[:2], response.readline(), response.read()]
        )
    with urllib.request.urlopen(f"{base}/stream") as response:
        seen.append(list(response))
    with urllib.request.urlopen(f"{base}/stream") as response:
        buffer = bytearray(6)
        seen.append([response.readinto(buffer), bytes(buffer), response.read1(3), response.isclosed()])
    with urllib.request.urlopen(f"{base}/stream") as response:
        seen.append(list(iter(lambda: response.read(5), b"")))
    return seen


@scenario(route("GET", "/big", body=b"x" * 300_000))
def given_up(base: str) -> Any:
    with urllib.request.urlopen(f"{base}/big") as response:
        piece = response.read(10)
    return piece, response.isclosed(), response.closed


@scenario(
    route("GET", "/private", 401, WWW_Authenticate='Basic realm="r"'), route("GET", "/private", body=b"yes")
)
def basic_auth(base: str) -> Any:
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, base, "user", "pass")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    return whole(opener.open(f"{base}/private"))


@scenario(*[route(verb, "/thing", body=verb.encode()) for verb in ("PUT", "PATCH", "OPTIONS", "DELETE")])
def verbs(base: str) -> Any:
    given = ("PUT", "PATCH", "OPTIONS", "DELETE")
    requests = [urllib.request.Request(f"{base}/thing", data=b"sent", method=verb) for verb in given]
    return [whole(urllib.request.urlopen(request)) for request in requests]


@scenario(route("GET", "/a", body=b"first"), route("POST", "/b", body=b"second"), route("GET", "/c", 404))
def kept_alive(base: str) -> Any:
    connection, seen = connect(base), []
    for method, path, body in (("GET", "/a", None), ("POST", "/b", b"sent"), ("GET", "/c", None)):
        connection.request(method, path, body=body)
        response = connection.getresponse()
        seen.append((response.status, response.read(), response.getheaders(), connection.sock is not None))
    connection.close()
    return seen


@scenario(route("GET", "/a", body=b"first", Connection="close"), route("GET", "/b", body=b"second"))
def closed_by_the_server(base: str) -> Any:
    connection, seen = connect(base), []
    for path in ("/a", "/b"):
        connection.request("GET", path)
        response = connection.getresponse()
        seen.append((response.status, response.will_close, connection.sock is not None, response.read()))
    connection.close()
    return seen


@scenario(route("POST", "/by/hand", body=b"got it"))
def by_hand(base: str) -> Any:
    connection = connect(base)
    connection.connect()
    connection.putrequest("POST", "/by/hand?x=1", skip_accept_encoding=True)
    connection.putheader("Content-Length", "4")
    connection.endheaders()
    connection.send(b"ab")
    connection.send(b"")
    connection.send(io.BytesIO(b"cd"))
    response = connection.getresponse()
    seen = response.status, response.read()
    connection.close()
    return seen


@scenario(route("GET", "/a", body=b"first"))
def wrong_use(base: str) -> Any:
    connection = connect(base)
    seen: list[Any] = []
    connection.request("GET", "/a")
    wrong: Callable[[], Any]
    for wrong in (lambda: connection.request("GET", "/b"), lambda: connection.set_tunnel("x")):
        with pytest.raises((http.client.HTTPException, RuntimeError)) as caught:
            wrong()
        seen.append((type(caught.value).__name__, str(caught.value)))
    with connection.getresponse() as response:
        seen.append(response.read())
    connection.close()
    with pytest.raises(http.client.ResponseNotReady):
        connection.getresponse()
    return seen


@pytest.mark.parametrize("name", SCENARIOS)
def test_real_scripted_and_passed_through_look_the_same(three_runs: Any, make_route: Any, name: str) -> None:
    routes = [make_route(**fields) for fields in ROUTES[name]]
    real, scripted, passed = three_runs(routes, SCENARIOS[name])

    assert scripted.seen == real.seen
    assert passed.seen == real.seen
    assert scripted.received == []
    assert passed.received == real.received
    assert [(r["method"], r["request_headers"], r["request_body"]) for r in scripted.recorded] == [
        (r.method, r.headers, r.body) for r in real.received
    ]
    assert [r["url"].partition("/")[2].partition("/")[2].partition("/")[2] for r in scripted.recorded] == [
        r.target.removeprefix("/") for r in real.received
    ]
    if name != "given_up":  # what was not read is not in the record of a genuine call
        assert passed.recorded == scripted.recorded
