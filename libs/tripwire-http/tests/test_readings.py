"""What a request is read as: text, cookies and the parts of a multipart body."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tripwire.plugins.http_plugin import FilePart, Headers, Request


def posted(**options: Any) -> Request:
    """The request that httpx makes of something."""
    request = httpx.Request("POST", "https://api.example.com/", **options)
    body = request.read()
    return Request("POST", str(request.url), Headers.decoded(request.headers.raw), body)


@pytest.mark.parametrize(
    "file",
    [
        FilePart("m.eml", b"Subject: a\r\n\r\nbody", "message/rfc822"),
        FilePart("m", b"--zz\r\n\r\nx\r\n--zz--\r\n", "multipart/mixed; boundary=zz"),
        FilePart("ä\u2028.txt", b"\r\n\n\r-- \xff\r", "text/plain; charset=utf-16"),
        FilePart("a;c\\d.txt", b"", "text/plain"),
    ],
)
def test_a_file_is_read_as_it_was_sent(file: FilePart) -> None:
    request = posted(files={"f": tuple(file)}, data={"naïve": "1\r\n2\r", "": "x"})
    assert request.files == {"f": file}
    assert request.form == {"naïve": "1\r\n2\r", "": "x"}


@pytest.mark.parametrize(
    ("content_type", "body", "form"),
    [
        ("multipart/form-data", b"--x", {}),
        ("multipart/form-data; boundary=b", b"no parts", {}),
        (
            "multipart/form-data; boundary=b",
            b'--b\nContent-Disposition: x; name="a"\n\n1\n--b--\n',
            {"a": "1"},
        ),
        ('multipart/form-data; boundary="b c"', b"--b c\r\n\r\n1\r\n--b c--", {"": "1"}),
    ],
)
def test_bodies_that_clients_do_not_send(content_type: str, body: bytes, form: Any) -> None:
    assert Request("POST", "", Headers([("Content-Type", content_type)]), body).form == form


@pytest.mark.parametrize("charset", ["idna", "undefined", "no-such", "hex", "a\0b"])
def test_a_charset_that_cannot_decode(charset: str) -> None:
    headers = Headers([("Content-Type", f"text/plain; charset={charset}")])
    assert Request("POST", "", headers, b"a\xff").text == "a\ufffd"


def test_cookies_of_several_headers() -> None:
    headers = Headers([("cookie", "a=1; b=2"), ("cookie", "c=3,4")])
    assert Request("GET", "", headers).cookies == {"a": "1", "b": "2", "c": "3,4"}


def test_names_in_the_extended_notation() -> None:
    head = b"Content-Disposition: form-data; name*=utf-8''%C3%A4; filename*=utf-8''%C3%B6.txt"
    headers = Headers([("Content-Type", "multipart/form-data; boundary=b")])
    request = Request("POST", "", headers, b"--b\r\n" + head + b"\r\n\r\nx\r\n--b--\r\n")
    assert request.files == {"ä": ("ö.txt", b"x", "")}
