"""requests: sessions, adapters, auth, hooks and streams."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from urllib3 import Retry
from urllib3.exceptions import InsecureRequestWarning

from .programs import FOLLOWING, PROGRAMS
from .world import World, scenario


def visible(response: requests.Response) -> dict[str, Any]:
    """Everything a program can see of a response."""
    return {
        "status": (response.status_code, response.reason, response.ok, bool(response)),
        "headers": (list(response.headers.items()), type(response.headers).__name__),
        "url": (response.url, response.is_redirect, response.is_permanent_redirect, response.links),
        "history": [(one.status_code, one.url, one.content, dict(one.headers)) for one in response.history],
        "request": (response.request.method, response.request.url, dict(response.request.headers)),
        "sent": response.request.body if isinstance(response.request.body, (bytes, str)) else None,
        "text": (response.encoding, response.apparent_encoding, response.content, response.text),
        "cookies": sorted((c.name, c.value, c.path, c.secure) for c in response.cookies),
        "elapsed": response.elapsed,
        "raw": (response.raw.status, response.raw.version, response.raw.closed, response.raw.reason),
        "raw headers": (list(response.raw.headers.items()), response.raw.headers.getlist("set-cookie")),
        "raw body": (response.raw.tell(), response.raw.length_remaining, response.raw.chunked),
        "next": response.next and response.next.url,
        "repr": repr(response),
    }


class ByRequests:
    errors = (requests.RequestException,)

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
        plain = {
            k: v for k, v in (headers or {}).items() if k != "Transfer-Encoding"
        }  # requests says it itself
        follows = method != "HEAD"
        with requests.Session() as session:
            response = session.request(
                method,
                url,
                headers=plain,
                data=body,
                timeout=timeout or 5,
                allow_redirects=follows,
                verify=world.trust.file,
            )
            seen = visible(response)
            world.note("jar", dict(session.cookies))
        try:
            response.raise_for_status()
        except requests.HTTPError as error:
            world.note("raise_for_status", error)
        return seen


@pytest.mark.parametrize("name", [*PROGRAMS, *FOLLOWING])
@scenario(passed=True)
def test_as_every_client(world: World, name: str) -> None:
    {**PROGRAMS, **FOLLOWING}[name](world, ByRequests())


@scenario(passed=True)
def test_top_level_functions(world: World) -> None:
    for name in ("get", "options", "head", "post", "put", "patch", "delete"):
        url = world.answer(name.upper(), "/x", text="" if name == "head" else name)
        world.note(name, visible(getattr(requests, name)(url)))


@scenario(passed=True)
def test_parameters_json_and_forms(world: World) -> None:
    for given in (
        {"params": {"q": "a b", "tag": ["x", "y"], "none": None}},
        {"json": {"a": [1, None], "ü": "ö"}},
        {"data": {"a": "1", "b": ["2", "3"]}},
        {"data": "text"},
        {"data": io.BytesIO(b"file")},
    ):
        response = requests.post(world.answer("POST", "/in", text="ok"), **given)
        world.note("given", visible(response))


@scenario(passed=True)
def test_files(world: World) -> None:
    files = {"f": ("n.txt", io.BytesIO(b"data"), "text/plain"), "g": b"raw"}
    asked = requests.Request("POST", world.answer("POST", "/files", text="ok"), files=files, data={"a": "1"})
    prepared = asked.prepare()
    boundary = str(prepared.headers["Content-Type"]).partition("boundary=")[2].encode()
    assert isinstance(prepared.body, bytes)
    prepared.body = prepared.body.replace(boundary, b"b" * len(boundary))
    prepared.headers["Content-Type"] = "multipart/form-data; boundary=" + "b" * len(boundary)
    with requests.Session() as session:
        world.note("files", visible(session.send(prepared)))


@scenario(passed=True)
def test_cookies_of_a_session(world: World) -> None:
    given = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/deep; HttpOnly")]
    with requests.Session() as session:
        session.headers["X-Session"] = "mine"
        session.cookies.set("own", "0")
        world.note("login", visible(session.post(world.answer("POST", "/login", headers=given))))
        world.note("home", visible(session.get(world.answer("GET", "/deep/home"), cookies={"extra": "9"})))
        session.get(world.answer("GET", "/out", headers=[("Set-Cookie", "a=; Path=/; Max-Age=0")]))
        world.note("jar", sorted((c.name, c.value, c.path) for c in session.cookies))


@scenario(passed=True)
def test_cookies_set_by_a_redirect(world: World) -> None:
    url = world.answer(
        "GET", "/a", status=302, headers=[("Location", "/b"), ("Set-Cookie", "seen=1; Path=/")]
    )
    world.answer("GET", "/b", text="there")
    with requests.Session() as session:
        world.note("redirected", visible(session.get(url)), dict(session.cookies))


@scenario(passed=True)
def test_basic_auth(world: World) -> None:
    for auth in (("user", "pass"), HTTPBasicAuth("user", "pä")):
        world.note("basic", visible(requests.get(world.answer("GET", "/private", text="in"), auth=auth)))


@scenario(passed=True)
def test_digest_auth(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.auth.os.urandom", lambda size: b"x" * size)
    monkeypatch.setattr("requests.auth.time.ctime", lambda: "then")
    challenge = [("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256')]
    url = world.answer("GET", "/private", status=401, text="who?", headers=challenge)
    world.answer("GET", "/private", text="in")
    world.note("digest", visible(requests.get(url, auth=HTTPDigestAuth("user", "pass"))))


@scenario(passed=True)
def test_auth_of_ones_own(world: World) -> None:
    def token(asked: requests.PreparedRequest) -> requests.PreparedRequest:
        asked.headers["Authorization"] = "Token t"
        return asked

    world.note("token", visible(requests.get(world.answer("GET", "/private", text="in"), auth=token)))


@scenario(passed=True)
def test_hooks(world: World) -> None:
    def hook(response: requests.Response, **_settings: Any) -> None:
        world.note("hook", response.status_code, response.url)

    url = world.answer("GET", "/a", status=302, headers=[("Location", "/b")])
    world.answer("GET", "/b", text="there")
    with requests.Session() as session:
        session.hooks["response"].append(hook)
        world.note("seen", visible(session.get(url)))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@scenario(passed=True)
def test_redirected_posts(world: World, status: int) -> None:
    url = world.answer("POST", "/old", status=status, headers=[("Location", "/new")])
    world.answer("POST" if status > 303 else "GET", "/new", text="there")
    world.note("redirect", visible(requests.post(url, data={"a": "1"})))


@scenario
def test_too_many_redirects(world: World) -> None:
    with requests.Session() as session:
        session.max_redirects = 2
        for _ in range(3):
            url = world.answer("GET", "/loop", status=302, headers=[("Location", "/loop")])
        with world.raises(requests.TooManyRedirects):
            session.get(url)


@scenario(passed=True)
def test_redirects_one_by_one(world: World) -> None:
    url = world.answer("GET", "/old", status=302, headers=[("Location", "/new")])
    world.answer("GET", "/new", text="there")
    with requests.Session() as session:
        first = session.get(url, allow_redirects=False)
        assert first.next is not None
        world.note("steps", visible(first), visible(session.send(first.next)))


STREAMS: dict[str, Any] = {
    "content": lambda response: list(response.iter_content(5)),
    "content as it comes": lambda response: list(response.iter_content(None)),
    "text": lambda response: list(response.iter_content(5, decode_unicode=True)),
    "lines": lambda response: list(response.iter_lines()),
    "lines by a delimiter": lambda response: list(response.iter_lines(delimiter=b"o")),
    "raw": lambda response: [response.raw.read(4), response.raw.read()],
    "raw stream": lambda response: list(response.raw.stream(6)),
    "iterated": list,
    "at once": lambda response: [response.content, list(response.iter_content(4))],
    "given up": lambda response: [response.raw.read(2), response.close()],
}


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@pytest.mark.parametrize("how", STREAMS)
@scenario
def test_streams(world: World, how: str, framing: str) -> None:
    route: dict[str, Any] = {"body": b"one\ntwo\r\n\nfour"}
    if framing == "chunks":
        route = {"stream": [b"one\ntwo\r\n\nfour"]}
    if framing == "close":
        route["headers"] = [("Connection", "close")]
    with requests.get(world.answer("GET", "/text", **route), stream=True) as response:
        response.encoding = "utf-8"
        world.note(how, STREAMS[how](response), response.raw.closed)


@scenario
def test_consumed_twice(world: World) -> None:
    with requests.get(world.answer("GET", "/x", text="once"), stream=True) as response:
        world.note("once", list(response.iter_content(2)))
        with world.raises(RuntimeError):
            _ = response.content


@scenario
def test_server_sent_events(world: World) -> None:
    events = [b"data: one\n\n", b"data: two\n", b"\n"]
    url = world.answer("GET", "/events", stream=events, headers=[("Content-Type", "text/event-stream")])
    with requests.get(url, stream=True) as response:
        world.note("events", list(response.iter_lines(chunk_size=1, decode_unicode=True)))


@scenario
def test_a_stream_that_breaks(world: World) -> None:
    url = world.answer(
        "GET", "/half", stream=[b"half", ConnectionResetError(104, "Connection reset by peer")]
    )
    with requests.get(url, stream=True) as response:
        parts = response.iter_content(4)
        world.note("first", next(parts))
        with world.raises(requests.exceptions.ChunkedEncodingError):
            next(parts)


@scenario
def test_a_stream_that_times_out_is_never_begun(world: World) -> None:
    with world.raises(requests.ReadTimeout):
        requests.get(world.answer("GET", "/slow", delay=5), timeout=(5, 0.05), stream=True)


@scenario(passed=True)
def test_retries_of_an_adapter(world: World) -> None:
    for _ in range(2):
        url = world.answer("GET", "/flaky", status=503)
    world.answer("GET", "/flaky", text="at last")
    with requests.Session() as session:
        session.mount(world.url, HTTPAdapter(max_retries=Retry(3, status_forcelist=[503], backoff_factor=0)))
        response = session.get(url)
        raw: Any = response.raw
        world.note("flaky", visible(response), [tuple(one) for one in raw.retries.history])


@pytest.mark.parametrize("how", ["connect", "read", "timeout"])
@scenario
def test_retries_that_run_out(world: World, how: Any) -> None:
    for _ in range(3):
        url = world.fail("GET", "/fails", how)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=2))
        with world.raises(requests.ConnectionError):
            session.get(url, timeout=0.05)


@scenario
def test_a_status_that_is_retried_in_vain(world: World) -> None:
    for _ in range(2):
        url = world.answer("GET", "/flaky", status=500)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[500])))
        with world.raises(requests.exceptions.RetryError):
            session.get(url)


@scenario(server="https", passed=True)
def test_tls(world: World) -> None:
    with requests.Session() as session:
        for _ in range(2):
            url = world.answer("GET", "/", json={"safe": True})
            world.note("tls", visible(session.get(url, verify=world.trust.file)))


@scenario(server="https", passed=True)
def test_tls_that_nobody_verifies(world: World) -> None:
    with pytest.warns(InsecureRequestWarning) as caught:
        world.note("insecure", visible(requests.get(world.answer("GET", "/", text="x"), verify=False)))
    world.note("warning", [str(one.message) for one in caught])


@scenario(passed=True)
def test_a_proxy(world: World) -> None:
    url = world.answer("GET", "http://api.example.com/data", text="by proxy")
    world.note("proxy", visible(requests.get(url, proxies={"http": world.url})))


@scenario
def test_a_proxy_that_is_not_there(world: World) -> None:
    with world.raises(requests.exceptions.ProxyError):
        requests.get(world.fail("GET", "/x", "connect"), proxies={"http": world.servers.origins["closed"]})


@scenario
def test_json_that_is_none(world: World) -> None:
    with world.raises(requests.exceptions.JSONDecodeError):
        requests.get(world.answer("GET", "/x", text="no json")).json()


@scenario(passed=True)
def test_links_and_pages(world: World) -> None:
    url = world.answer("GET", "/page/1", json=[1], headers=[("Link", f'<{world.url}/page/2>; rel="next"')])
    world.answer("GET", "/page/2", json=[2])
    with requests.Session() as session:
        first = session.get(url)
        world.note("pages", visible(first), visible(session.get(first.links["next"]["url"])))
