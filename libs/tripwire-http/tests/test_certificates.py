"""The certificates that no mocked call looks at are loaded when somebody needs them, and not before."""

from __future__ import annotations

import http.client
import ssl
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
import httpx
import pytest

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

URL = "https://api.example.com/"


def loaded(context: ssl.SSLContext) -> int:
    """How many certificates a context holds by now; asks for none."""
    return ssl.SSLContext.__mro__[1].cert_store_stats(context)["x509"]  # type: ignore[attr-defined, no-any-return]


def of_certifi() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


NEEDS: list[Callable[[ssl.SSLContext], object]] = [
    lambda context: context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x"),
    lambda context: context.get_ca_certs(),
    lambda context: context.cert_store_stats(),
]


@pytest.mark.parametrize("need", NEEDS)
def test_they_are_loaded_when_they_are_needed(need: Callable[[ssl.SSLContext], object]) -> None:
    with tripwire.sandbox():
        context = of_certifi()
        assert loaded(context) == 0
        assert isinstance(context, ssl.SSLContext)
        assert type(context).__name__ == "SSLContext"
    need(context)  # also after the sandbox
    assert loaded(context) == of_certifi().cert_store_stats()["x509"] > 100
    assert type(context) is ssl.SSLContext


def test_threads_that_need_them_at_once_all_have_them() -> None:
    with tripwire.sandbox():
        contexts = [of_certifi() for _ in range(8)]
    at_once = threading.Barrier(4)

    def need(context: ssl.SSLContext) -> int:
        at_once.wait()
        return context.cert_store_stats()["x509"]

    with ThreadPoolExecutor(4) as pool:
        seen = {tuple(pool.map(need, [context] * 4)) for context in contexts}
    assert seen == {(of_certifi().cert_store_stats()["x509"],) * 4}


@pytest.mark.parametrize(
    "fetch",
    [
        lambda: httpx.get(URL),
        lambda: urllib.request.urlopen(URL).read(),
        lambda: http.client.HTTPSConnection("api.example.com").request("GET", "/"),
    ],
)
def test_no_mocked_call_loads_them(
    http: HttpPlugin, fetch: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ssl.SSLContext] = []
    genuine = ssl.SSLContext.__new__

    def noted(*args: Any, **kwargs: Any) -> ssl.SSLContext:
        made.append(genuine(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(ssl.SSLContext, "__new__", noted)
    monkeypatch.setattr(urllib.request, "_opener", None)  # it keeps its context from Python 3.12 on
    http.mock_response("GET", URL)
    with tripwire.sandbox():
        fetch()
    assert [loaded(context) for context in made] == [0]
    http.assert_request("GET", URL)


def test_others_are_loaded_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = tmp_path / "own.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes())
    with tripwire.sandbox():
        assert loaded(ssl.create_default_context(cafile=str(bundle))) > 100
        assert loaded(ssl.create_default_context(cadata=bundle.read_text())) > 100
        with pytest.raises(FileNotFoundError):
            ssl.create_default_context(cafile=str(tmp_path / "none.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        assert loaded(of_certifi()) > 100


def test_both_kinds_in_one_context() -> None:
    with tripwire.sandbox():
        context = of_certifi()
        context.load_verify_locations(certifi.where())
        assert loaded(context) == 0
        context.load_verify_locations(cadata=Path(certifi.where()).read_text())
        before = loaded(context)
        assert before > 100
        assert context.cert_store_stats()["x509"] >= before
