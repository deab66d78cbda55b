"""What several tests of `--tripwire-verify` need: documents, and what is found of the mocks that served."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.verifying import Claim, Lie, Served, Truth, TruthSettings, Unchecked

API = "https://api.example.com"
_CONTEXT = ssl.create_default_context()  # which takes longer than all the rest
Found = list["tuple[str, ...] | str"]
"""What is said, true and to be done, of a lie; why, of what is unchecked."""


def document(folder: Path, paths: Any, version: str = "3.0.3", name: str = "api.json", **more: Any) -> Path:
    """Write a document."""
    content = {"openapi": version, "info": {"title": "An API", "version": "1"}, "paths": paths, **more}
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def operation(response: Any = None, **more: Any) -> Any:
    """An operation that answers 200 with JSON, of this schema if one is given."""
    content = {} if response is None else {"content": {"application/json": {"schema": response}}}
    return {"responses": {"200": {"description": "Fine", **content}}, **more}


def truth_of(folder: Path, table: Any) -> Truth:
    """The truth that a table names."""
    truth = HttpPlugin.truth(TruthSettings({"http": table}, str(folder / "pyproject.toml"), folder))
    assert truth is not None
    return truth


def claims_of(use: Callable[[HttpPlugin], Any]) -> list[Claim]:
    """What the mocks claim that a function has registered, and that serve what it gives to be sent."""
    http = HttpPlugin(tripwire.StrictVerifier())
    served: list[Served] = []
    http.verifier.witness = lambda _plugin, call, answer: served.append(Served(call, answer))
    send = use(http)
    with http.verifier.sandbox():
        send()
    return list(http.claims(served))


def found(truth: Truth, claims: list[Claim]) -> Found:
    """What is wrong with them, in plain values."""
    plain: Found = []
    for one in (one for claim in claims for one in truth.check(claim)):
        if isinstance(one, Unchecked):
            plain.append(one.why)
        else:
            assert isinstance(one, Lie)
            plain.append((one.said, one.true, one.remedy) if one.remedy else (one.said, one.true))
    return plain


def exchanged(method: str = "GET", url: str = f"{API}/a", sent: Any = None, **told: Any) -> list[Claim]:
    """The claims of one exchange."""

    def use(http: HttpPlugin) -> Callable[[], Any]:
        http.mock_response(method, url, **told)
        return lambda: httpx.request(method, url, verify=_CONTEXT, **(sent or {}))

    return claims_of(use)
