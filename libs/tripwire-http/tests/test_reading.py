"""Requests on the wire: whichever road reads them, what is seen is what h11 makes of the same bytes.

Run longer with TRIPWIRE_CHANCE=20, which multiplies the number of examples.
"""

from __future__ import annotations

import os
from http.client import HTTPConnection
from typing import NamedTuple

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

LONGER = int(os.environ.get("TRIPWIRE_CHANCE", "1"))
NAMES = [
    "Host",
    "host",
    "Accept",
    "X-A",
    "Content-Length",
    "content-length",
    "Connection",
    "Expect",
    "Upgrade",
]
NAMES += ["Transfer-Encoding", "X-B", "X\xe4", "X Y", "", " X", "X:"]
VALUES = ["a.test", "a.test:80", "0", "3", "03", "4", "3,3", "close", "keep-alive", "100-continue", "chunked"]
VALUES += [
    "",
    " ",
    "a b",
    "a\tb",
    "a  ",
    " a",
    "\xe4",
    "\x01",
    "\x7f",
    "\x00",
    "websocket",
    "a\rb",
    "a\nb",
    "a: b",
]
LINES = ["GET / HTTP/1.1", "POST /a?b=c%20d HTTP/1.1", "get * HTTP/1.1", "GET http://b.test/ HTTP/1.1"]
LINES += [
    "GET / HTTP/1.0",
    "GET /\xe4 HTTP/1.1",
    "GET  / HTTP/1.1",
    "GET / HTTP/2.0",
    "GET /a b HTTP/1.1",
    "",
]

fields = st.tuples(
    st.sampled_from(NAMES), st.sampled_from([": ", ":", " : ", ":\t"]), st.sampled_from(VALUES)
)
heads = st.tuples(
    st.sampled_from(LINES),
    st.lists(fields.map("".join), max_size=5),
    st.booleans(),
    st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"]),
    st.sampled_from(
        ["", "abc", "abcd", "\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"]
    ),
)


class Seen(NamedTuple):
    """A request that is complete; or what is wrong with it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    fault: str = ""


def by_h11(data: bytes) -> Seen | None:
    parser = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 24)
    body, head = b"", None
    try:
        parser.receive_data(data)
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                return None
    except h11.RemoteProtocolError as error:
        return Seen("", "", [], b"", str(error))
    assert head is not None
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers.raw_items()]
    return Seen(head.method.decode(), head.target.decode(), headers, body)


def by_tripwire(data: bytes) -> Seen | None:
    http = HttpPlugin(tripwire.StrictVerifier())
    http.mock_response("*", "*", required=False)
    with http.verifier.sandbox():
        connection = HTTPConnection("a.test")
        connection.connect()
        try:
            connection.sock.sendall(data)
        except tripwire.UnmockedInteractionError as trip:
            return Seen("", "", [], b"", str(trip).partition("it is not valid HTTP: ")[2].partition("\n")[0])
    for request in http.requests:
        target = request.url.removeprefix("http://a.test:80").removeprefix("http://a.test")
        return Seen(request.method, target, list(request.headers.pairs), request.body)
    return None


@settings(max_examples=400 * LONGER, deadline=None, database=None, derandomize=LONGER == 1)
@given(heads)
@example(("GET / HTTP/1.1", ["Host: a.test"], False, "\r\n", ""))
@example(("POST /a?b=c%20d HTTP/1.1", ["Host: a.test", "Content-Length: 3"], False, "\r\n", "abc"))
@example(("GET / HTTP/1.1", ["Host: a.test", "X-A: a  b"], False, "\r\n", ""))
@example(("GET / HTTP/1.1", ["Host: a.test", "Host: a.test"], False, "\r\n", ""))
@example(("GET / HTTP/1.1", ["Host: a.test", "Upgrade: websocket"], False, "\r\n", ""))
@example(
    ("POST / HTTP/1.1", ["Host: a.test", "Expect: 100-continue", "Content-Length: 3"], False, "\r\n", "abc")
)
@example(("POST / HTTP/1.1", ["Host: a.test", "Content-Length: 03"], False, "\r\n", "abc"))
@example(("POST / HTTP/1.1", ["Host: a.test", "Transfer-Encoding: chunked"], False, "\r\n", "0\r\n\r\n"))
def test_all_is_read_as_h11_reads_it(head: tuple[str, list[str], bool, str, str]) -> None:
    line, lines, has_host, newline, body = head
    data = newline.join([line, *(["Host: a.test"] if has_host else []), *lines, "", body]).encode("latin-1")
    expected, seen = by_h11(data), by_tripwire(data)
    if expected is not None and expected.fault:
        assert seen is not None
        assert seen.fault[:60] == expected.fault[:60]  # a long one is shown shortened
    else:
        assert seen == expected


def test_what_a_test_does_with_headers_is_seen_by_no_later_request(http: HttpPlugin) -> None:
    http.mock_response("GET", "http://a.test/", times=2)
    with tripwire.sandbox():
        for _ in range(2):
            connection = HTTPConnection("a.test")
            connection.request("GET", "/", headers={"X-Count": "1"})
            assert connection.getresponse().read() == b""
            http.requests[0].headers["X-Count"] = "changed"
    assert [request.headers["X-Count"] for request in http.requests] == ["changed", "1"]
    for _ in range(2):
        http.assert_request("GET", "http://a.test/", headers={"X-Count": "1"})


@pytest.mark.parametrize("pieces", [1, 2, 3, 40])
def test_a_request_may_come_in_pieces(http: HttpPlugin, pieces: int) -> None:
    sent = b"POST /form HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc"
    size = -(-len(sent) // pieces)
    with tripwire.sandbox():
        connection = HTTPConnection("a.test")
        connection.connect()
        for number in range(2):
            http.mock_response("POST", "http://a.test/form", text=f"{number}")
            for start in range(0, len(sent), size):
                connection.sock.sendall(sent[start : start + size])
                connection.sock.sendall(b"")
            assert connection.sock.recv(65536).endswith(b"\r\n\r\n%d" % number)
    for _ in range(2):
        http.assert_request("POST", "http://a.test/form", body=b"abc")
