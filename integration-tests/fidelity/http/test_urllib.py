"""urllib: `urlopen`, openers with handlers, and what they raise."""

from __future__ import annotations

import gzip
import http.client
import io
import json
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any
from urllib import error, request, response

import pytest

from .programs import FOLLOWING, PROGRAMS
from .world import World, scenario


def visible(reply: Any) -> dict[str, Any]:
    """Everything a program can see of a response before it reads it."""
    return {
        "type": type(reply).__name__,
        "status": (reply.status, reply.code, reply.getcode(), getattr(reply, "reason", None), reply.msg),
        "headers": (
            list(reply.headers.items()),
            list(reply.info().items()),
            reply.headers.get_content_charset(),
        ),
        "url": (reply.url, reply.geturl()),
        "closed": reply.closed,
    }


def whole(reply: Any) -> Any:
    with reply:
        seen = visible(reply)
        return seen, reply.read(), reply.read(), reply.closed


class ByUrllib:
    errors = (error.URLError, http.client.HTTPException, OSError)

    def __init__(self, *handlers: Any) -> None:
        self.handlers = handlers

    def ask(
        self,
        world: World,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
    ) -> Any:
        opener = request.build_opener(request.HTTPSHandler(context=world.trust.context), *self.handlers)
        asked = request.Request(url, data=body, headers=dict(headers or {}), method=method)
        try:
            return whole(opener.open(asked, timeout=timeout or 5))
        except error.HTTPError as problem:
            return str(problem), problem.reason, whole(problem)


@pytest.mark.parametrize("name", [*PROGRAMS, *FOLLOWING])
@scenario(passed=True)
def test_as_every_client(world: World, name: str) -> None:
    {**PROGRAMS, **FOLLOWING}[name](world, ByUrllib())


@scenario(server="https", passed=True)
def test_tls(world: World) -> None:
    with request.urlopen(world.answer("GET", "/", json={"safe": True}), context=world.trust.context) as reply:
        world.note("tls", visible(reply), json.load(reply))


@scenario(passed=True)
def test_urlopen_and_an_installed_opener(world: World) -> None:
    with request.urlopen(world.answer("GET", "/", text="as it is")) as reply:
        world.note("urlopen", reply.read())
    opener = request.build_opener()
    opener.addheaders = [("X-Opener", "mine")]
    request.install_opener(opener)
    try:
        with request.urlopen(world.answer("GET", "/", text="installed")) as reply:
            world.note("installed", reply.read())
    finally:
        request.install_opener(None)


@scenario(passed=True)
def test_a_jar_of_cookies(world: World) -> None:
    jar = CookieJar()
    client = ByUrllib(request.HTTPCookieProcessor(jar))
    given = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/deep")]
    client.ask(world, "GET", world.answer("GET", "/login", headers=given))
    client.ask(world, "GET", world.answer("GET", "/home"))
    world.note("jar", sorted((cookie.name, cookie.value, cookie.path) for cookie in jar))


def _passwords(world: World) -> request.HTTPPasswordMgrWithDefaultRealm:
    passwords = request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, world.url, "user", "pass")
    return passwords


@scenario(passed=True)
def test_basic_auth(world: World) -> None:
    challenge = [("WWW-Authenticate", 'Basic realm="r"')]
    url = world.answer("GET", "/private", status=401, headers=challenge)
    world.answer("GET", "/private", text="come in")
    world.note("basic", ByUrllib(request.HTTPBasicAuthHandler(_passwords(world))).ask(world, "GET", url))


@scenario
def test_auth_that_is_refused(world: World) -> None:
    challenge = [("WWW-Authenticate", 'Basic realm="r"')]
    for _ in range(2):
        url = world.answer("GET", "/private", status=401, text="no", headers=challenge)
    world.note("refused", ByUrllib(request.HTTPBasicAuthHandler(_passwords(world))).ask(world, "GET", url))


@scenario(passed=True)
def test_digest_auth(world: World) -> None:
    challenge = [("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5')]
    url = world.answer("GET", "/private", status=401, headers=challenge)
    world.answer("GET", "/private", text="come in")
    handler = request.HTTPDigestAuthHandler(_passwords(world))
    handler.get_cnonce = lambda nonce: "fixed"  # type: ignore[method-assign]
    world.note("digest", ByUrllib(handler).ask(world, "GET", url))


@scenario
def test_a_redirect_loop(world: World) -> None:
    for _ in range(5):
        url = world.answer("GET", "/loop", status=302, headers=[("Location", "/loop")])
    world.note("loop", ByUrllib().ask(world, "GET", url))


@scenario(passed=True)
def test_a_redirect_that_must_not_be_followed(world: World) -> None:
    url = world.answer("POST", "/old", status=307, headers=[("Location", "/new")])
    world.note("307", ByUrllib().ask(world, "POST", url, body=b"x", headers={"Content-Type": "a/b"}))


@scenario(passed=True)
def test_own_handlers(world: World) -> None:
    class Tagging(request.BaseHandler):
        handler_order = 2000  # behind the one that looks at the status

        def http_request(self, asked: request.Request) -> request.Request:
            asked.add_header("X-Tag", "1")
            return asked

        def http_response(self, _asked: request.Request, reply: Any) -> Any:
            world.note("passing", reply.status)
            return response.addinfourl(
                io.BytesIO(reply.read().upper()), reply.headers, reply.url, reply.status
            )

    opener = request.build_opener(Tagging())
    with opener.open(world.answer("GET", "/", text="quiet")) as reply:
        world.note("own", reply.status, reply.read())


@scenario(passed=True)
def test_a_proxy(world: World) -> None:
    client = ByUrllib(request.ProxyHandler({"http": world.url}))
    url = world.answer("GET", "http://api.example.com/data", text="by proxy")
    world.note("proxy", client.ask(world, "GET", url))


@scenario
def test_a_proxy_that_is_not_there(world: World) -> None:
    client = ByUrllib(request.ProxyHandler({"http": world.servers.origins["closed"]}))
    with world.raises(error.URLError):
        client.ask(world, "GET", world.fail("GET", "/", "connect"))


@scenario
def test_lines_and_pieces(world: World) -> None:
    for _ in range(3):
        url = world.answer("GET", "/text", stream=[b"one\ntwo\n", b"\nfour"])
    with request.urlopen(url) as reply:
        world.note("lines", list(reply))
    with request.urlopen(url) as reply:
        world.note("pieces", list(iter(lambda: reply.read(5), b"")))
    with request.urlopen(url) as reply:
        world.note("text", io.TextIOWrapper(reply, encoding="utf-8").read())


@scenario(passed=True)
def test_a_compressed_stream(world: World) -> None:
    packed = gzip.compress(b"squeezed\n" * 50, mtime=0)
    url = world.answer(
        "GET", "/gz", stream=[packed[:20], packed[20:]], headers=[("Content-Encoding", "gzip")]
    )
    with request.urlopen(url) as reply:
        world.note("gzip", len(gzip.GzipFile(fileobj=reply).readlines()))


@scenario
def test_an_end_that_comes_early(world: World) -> None:
    url = world.answer("GET", "/early", stream=[b"half"], headers=[("Content-Length", "10")])
    with world.raises(http.client.IncompleteRead), request.urlopen(url) as reply:
        reply.read()


@scenario(passed=True)
def test_retrieving_to_a_file(world: World, tmp_path: Any) -> None:
    url = world.answer("GET", "/file", body=b"x" * 20_000)
    steps: list[Any] = []
    with request.urlopen(url) as reply, open(tmp_path / "file", "wb") as file:
        while piece := reply.read(8192):
            steps.append(len(piece))
            file.write(piece)
    world.note("file", steps, (tmp_path / "file").stat().st_size)
