"""Assertions of requests, and code to paste: for a call nobody mocked, and for one nobody asserted."""

from __future__ import annotations

import json as json_module
import math
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from tripwire._assertions import Check
from tripwire._timeline import Interaction
from tripwire._unset import UNSET
from tripwire._values import LONGEST_LITERAL, code, is_a, short
from tripwire.plugins.http_plugin import _build, _compare, _failures, _secrets, _url, _where
from tripwire.plugins.http_plugin._content import FORM, MULTIPART, gathered
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._wanted import Want

_BODIES = ("json", "body", "form", "files")
_LARGEST_BODY = 1_000_000  # to be read for nothing: its code would be too long
_ANY = type("_Any", (), {"__repr__": lambda _: "mock.ANY"})()


def request_of(interaction: Interaction) -> Request:
    """The recorded request."""
    fields = interaction.fields
    headers, body = fields["request_headers"], fields["request_body"]
    return Request(str(fields["method"]), str(fields["url"]), headers or Headers(), body or b"")


def expected(
    method: object, url: object, params: _url.Params | None, wants: tuple[Want, ...], **outcome: Any
) -> dict[str, Any]:
    """What `assert_request` asserts, by the names the user has given."""
    found: dict[str, Any] = {"method": _AnyCase(method), "url": _SameUrl(url, params)}
    found.update((want.name, _Wanted(want)) for want in wants)
    found.update((name, value) for name, value in outcome.items() if value is not UNSET)
    if "response_json" in found:
        found["response_json"] = _ResponseJson(found["response_json"])
    if is_a(found.get("raised"), str):
        found["raised"] = _failures.Named(_build.failure_name(found["raised"], "raised"))
    return found


def required(interaction: Interaction, given: Collection[str]) -> Collection[str]:
    """What an assertion must say beside what is given: something of the body, if there was one."""
    if not interaction.fields["request_body"] or any(name in given for name in _BODIES):
        return ()
    return (_body_arguments(request_of(interaction))[0].partition("=")[0],)


class _Wanted(Check):
    """A want as part of an assertion."""

    def __init__(self, want: Want) -> None:
        self._want = want

    def holds(self, interaction: Interaction) -> bool:
        return self._want.is_met(request_of(interaction))

    def differences(self, interaction: Interaction) -> list[str]:
        return self._want.differences(request_of(interaction))

    def __repr__(self) -> str:
        return self._want.shown


class _ResponseJson(Check):
    """The response's body as JSON data."""

    def __init__(self, wanted: Any) -> None:
        self._wanted = wanted

    def differences(self, interaction: Interaction) -> list[str]:
        body = interaction.fields["response_body"]
        try:
            actual = json_module.loads(body or b"")
        except ValueError:
            return [f"the response's body is no JSON: {_secrets.in_value(body)}"]
        return _compare.first(_compare.json_differences(self._wanted, actual))

    def __repr__(self) -> str:
        return _secrets.in_value(self._wanted)


class _AnyCase:
    """Equal to a method in any case."""

    def __init__(self, method: object) -> None:
        self._given, self._methods = method, _where.methods(method)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and (self._methods is None or other.upper() in self._methods)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return short(self._given.upper() if isinstance(self._given, str) else self._given)


class _SameUrl(Check):
    """A URL that the mock of this URL would serve."""

    def __init__(self, url: object, params: _url.Params | None) -> None:
        self._where, self._params = _where.where(url), params
        self._query = self._where.query + _url.pairs_of(params)

    def holds(self, interaction: Interaction) -> bool:
        return not self._reasons(interaction.fields["url"])

    def differences(self, interaction: Interaction) -> list[str]:
        text = interaction.fields["url"]
        why = self._reasons(text)
        return [f"asserted {self!r}", f"happened {short(_secrets.in_url(text))}", *why] if why else []

    def _reasons(self, text: str) -> list[str]:
        url = _url.parse(text)
        query = _url.query_reason(self._query, url.query)
        return [*self._where.reasons(url, text), *([query] if query else [])]

    def __repr__(self) -> str:
        params = "" if self._params is None else f" with params={_secrets.in_value(self._params, 60)}"
        return f"{self._where}{params}"


# -- in words, and as code


def described(interaction: Interaction) -> str:
    """The request and what came of it."""
    fields, asked = interaction.fields, request_of(interaction)
    if fields["raised"] is not None:
        return f"{asked} raised {short(fields['raised'])}"
    return f"{asked} -> {fields['status'] if fields['status'] is not None else 'no response yet'}"


def assertion_for(interaction: Interaction) -> str:
    """The assertion of a request, with all that it must state and what came back."""
    fields, request = interaction.fields, request_of(interaction)
    arguments = [repr(request.method), *_url_arguments(request.url)]
    if request.body:
        arguments += _body_arguments(request)
    arguments.append(f"status={code(fields['status'])}")
    if fields["raised"] is not None and (name := _failures.name_of(fields["raised"])) is not None:
        arguments[-1] = f"raised={name!r}"
    return f"tripwire.http.assert_request({', '.join(arguments)})"


def mock_for(request: Request) -> str:
    """The mock that would serve a request."""
    arguments = ", ".join((repr(request.method), *_url_arguments(request.url)))
    return f"tripwire.http.mock_response({arguments}, json={{}})"


def _url_arguments(url: str) -> list[str]:
    """The URL; one that holds secrets without its query, whose parameters follow with `mock.ANY` in place of them."""
    before, _, query = url.partition("?")
    if _secrets.in_url(url) == url:
        return [
            repr(url) if len(url) <= LONGEST_LITERAL else _bare(before)
        ]  # the parameters need not be named
    params = gathered(
        (name, _ANY if _secrets.is_secret(name) else value)
        for name, value in parse_qsl(query.partition("#")[0], keep_blank_values=True)
    )
    bare = re.sub(r"(?<=://)[^/@]*@", "", before)
    return [_bare(bare), *([f"params={params!r}"] if params else [])]


def _bare(url: str) -> str:
    """A URL without its query; a long one as a pattern."""
    if len(url) <= LONGEST_LITERAL:
        return repr(url)
    return repr(re.sub("%.?$", "", url[:LONGEST_LITERAL]) + "*")


def _body_arguments(request: Request) -> list[str]:
    """The body as the arguments of an assertion that say most of it."""
    if len(request.body) > _LARGEST_BODY and request.media_type != MULTIPART:
        return ["body=mock.ANY"]
    if request.media_type.endswith("json") or request.body[:1] in (b"{", b"["):
        try:
            return [f"json={_code(_masked(request.json()))}"]
        except (ValueError, RecursionError):
            pass
    form, files = request.form, request.files
    if request.media_type == FORM and b"=" not in request.body:
        form = None  # urllib's type of any body
    given = {"form": form, "files": {name: _file(one) for name, one in files.items()} if files else None}
    arguments = [f"{name}={_code(_masked(value))}" for name, value in given.items() if value]
    if arguments:
        return arguments
    if _secrets.in_body(request.body) != request.body:
        return ["body=mock.ANY"]
    text = request.text
    return [f"body={code(text if text.encode() == request.body else request.body)}"]


def _file(file: Any) -> Any:
    return [_file(one) for one in file] if isinstance(file, list) else (file.filename, file.content)


def _masked(data: Any) -> Any:
    """Data in which `mock.ANY` stands for secrets."""
    if isinstance(data, dict):
        return {
            name: _ANY if _secrets.is_secret_member(name) and value not in (None, "") else _masked(value)
            for name, value in data.items()
        }
    if isinstance(data, float) and not math.isfinite(data):
        return _ANY  # which JSON has no literal for, nor Python
    return [_masked(item) for item in data] if isinstance(data, list) else data


def _code(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= LONGEST_LITERAL else "mock.ANY"
