"""The rows of the guide's table: one scenario a feature, the same for every client.

A scenario tells whether the client has it; what a client lacks altogether raises LacksError. What a scenario asserts
holds for all.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator

import pytest

import tripwire
from clients.client import Ask, Client, Settings
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/shop/books"
PROXY = "http://proxy.example.com:3128"


class World:
    """What a scenario runs in: the plugin, a real server, and a way to let no time pass."""

    def __init__(self, http: HttpPlugin, server: str, patch: pytest.MonkeyPatch) -> None:
        self.http, self.server, self.patch = http, server, patch

    def recorded(self) -> list[tuple[object, object]]:
        """URL and outcome of every interaction, all of which are asserted by that."""
        found: list[tuple[object, object]] = []
        for request in self.http.requests:
            (interaction, *_) = [one for one in tripwire.current_verifier().timeline if not one.asserted]
            fields = interaction.fields
            found.append((request.url, fields["status"] if fields["raised"] is None else fields["raised"]))
            tripwire.assert_interaction(self.http.request, url=request.url)
        return found


Scenario = Callable[[World, Client], bool]
FEATURES: dict[str, Scenario] = {}


def feature(name: str) -> Callable[[Scenario], Scenario]:
    def register(scenario: Scenario) -> Scenario:
        FEATURES[name] = scenario
        return scenario

    return register


@feature("one call is one interaction, however many layers it goes through")
def one_call_is_one_interaction(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, body=b"found")
    (got,) = client.play(Settings(), Ask("GET", URL))
    return (got.status, got.body) == (200, b"found") and world.recorded() == [(URL, 200)]


@feature("a call nobody mocked raises `UnmockedInteractionError` itself")
def a_trip_is_not_wrapped(world: World, client: Client) -> bool:
    with pytest.raises(tripwire.UnmockedInteractionError) as caught:
        client.play(Settings(), Ask("GET", URL))
    return caught.value.__cause__ is None and world.recorded() == []


@feature("`pass_through`")
def pass_through(world: World, client: Client) -> bool:
    world.http.pass_through("GET", f"{world.server}/shop/books")
    (got,) = client.play(Settings(), Ask("GET", f"{world.server}/shop/books"))
    return got.body == b"really" and world.recorded() == [(f"{world.server}/shop/books", 200)]


@feature("streams, read as far as the program reads")
def streaming(world: World, client: Client) -> bool:
    given: list[int] = []

    def ticks() -> Iterator[str]:
        while True:
            given.append(len(given))
            yield f"tick {given[-1]}\n"

    world.http.mock_response("GET", URL, stream=ticks, required=False)
    (got,) = client.play(Settings(), Ask("GET", URL, lines=3))
    world.recorded()
    return got.lines == (b"tick 0", b"tick 1", b"tick 2") and len(given) < 10


@feature("uploads from a generator or a file")
def uploading(world: World, client: Client) -> bool:
    world.http.mock_response("PUT", URL, match_body=b"one two")
    (got,) = client.play(Settings(), Ask("PUT", URL, parts=(b"one ", b"two")))
    sent = [request.body for request in world.http.requests]
    return got.status == 200 and sent == [b"one two"] and len(world.recorded()) == 1


@feature("multipart forms with files")
def multipart(world: World, client: Client) -> bool:
    world.http.mock_response("POST", URL, match_files={"cover": ("a.txt", b"\x00\r\n")}, required=False)
    (got,) = client.play(Settings(), Ask("POST", URL, files={"cover": ("a.txt", b"\x00\r\n")}))
    return got.status == 200 and len(world.recorded()) == 1


@feature("redirects")
def redirects(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, status=303, headers={"Location": "/shop/new"})
    world.http.mock_response("GET", "https://api.example.com/shop/new", body=b"moved", required=False)
    (got,) = client.play(Settings(), Ask("GET", URL))
    seen = [url for url, _ in world.recorded()]
    return got.body == b"moved" and seen == [URL, "https://api.example.com/shop/new"]


@feature("cookies, kept by the session")
def cookies(world: World, client: Client) -> bool:
    world.http.mock_response(
        "GET", URL, headers={"Set-Cookie": ["seen=1; Path=/", "lang=it; Path=/"]}, times=2
    )
    client.play(Settings(), Ask("GET", URL), Ask("GET", URL))
    first, second = (request.cookies for request in world.http.requests)
    assert first == {}
    world.recorded()
    return second == {"seen": "1", "lang": "it"}


@feature("authentication")
def authentication(world: World, client: Client) -> bool:
    world.http.mock_response(
        "GET",
        URL,
        match=lambda request: "Authorization" not in request.headers,
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="shop"'},
        required=False,
    )
    world.http.mock_response("GET", URL, required=False)
    (got,) = client.play(Settings(auth=("ada", "secret")), Ask("GET", URL))
    said = world.http.requests[-1].headers["authorization"]
    world.recorded()
    return got.status == 200 and ("ada" in said or said == "Basic YWRhOnNlY3JldA==")


@feature("gzip, decoded")
def decoding(world: World, client: Client) -> bool:
    packed = gzip.compress(b"found")
    world.http.mock_response("GET", URL, body=packed, headers={"Content-Encoding": "gzip"})
    (got,) = client.play(Settings(), Ask("GET", URL))
    world.recorded()
    assert got.body in (b"found", packed)
    return got.body == b"found"


@feature("its timeout strikes where `delay` is longer")
def timeouts(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, delay=30, times=2)
    began = time.monotonic()
    (got,) = client.play(Settings(timeout=60), Ask("GET", URL))
    with pytest.raises(client.errors["timeout"]):
        client.play(Settings(timeout=20), Ask("GET", URL))
    (_, at_once), (_, late) = world.recorded()
    assert time.monotonic() - began < 5
    return got.status == at_once == 200 and isinstance(late, Exception)


@feature("failures by name become its own exceptions")
def failures(world: World, client: Client) -> bool:
    for name in ("connect", "dns", "tls", "timeout", "read"):
        world.http.mock_error("GET", URL, raises=name)
        with pytest.raises(client.errors[name]):
            client.play(Settings(), Ask("GET", URL))
        world.http.assert_request("GET", URL, raised=name)
    return True


@feature("an exception of its own is raised as given")
def instances(world: World, client: Client) -> bool:
    given = client.own()
    world.http.mock_error("GET", URL, raises=given)
    with pytest.raises(type(given)) as caught:
        client.play(Settings(), Ask("GET", URL))
    return caught.value is given and world.recorded() == [(URL, given)]


@feature("retries after a failure to connect")
def retries(world: World, client: Client) -> bool:
    world.http.mock_error("GET", URL, raises="connect", required=False)
    world.http.mock_response("GET", URL, required=False)
    world.patch.setattr(time, "sleep", lambda seconds: None)
    (got,) = client.play(Settings(retries=1), Ask("GET", URL))
    return got.status == 200 and len(world.recorded()) == 2


@feature("retries after a status")
def retries_by_status(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, status=503, required=False)
    world.http.mock_response("GET", URL, required=False)
    world.patch.setattr(time, "sleep", lambda seconds: None)
    (got,) = client.play(Settings(retries=1, retried=(503,)), Ask("GET", URL))
    return got.status == 200 and [outcome for _, outcome in world.recorded()] == [503, 200]


@feature("proxies; mocks name the URL beyond")
def proxies(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, body=b"beyond", required=False)
    (got,) = client.play(Settings(proxy=PROXY), Ask("GET", URL))
    return got.body == b"beyond" and world.recorded() == [(URL, 200)]


@feature("HTTP/2")
def http2(world: World, client: Client) -> bool:
    world.http.mock_response("GET", URL, http_version="HTTP/2", required=False)
    (got,) = client.play(Settings(http2=True), Ask("GET", URL))
    return got.version == "HTTP/2" and world.recorded() == [(URL, 200)]
