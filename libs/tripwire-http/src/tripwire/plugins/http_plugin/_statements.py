"""A request as code: the assertion of one, and the mock to paste for one that nobody mocked."""

from __future__ import annotations

import json as json_module
import math
import re
import sys
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from tripwire._timeline import Interaction
from tripwire._values import LONGEST_LITERAL, code, is_a, items_of
from tripwire._writing._statement import ANY, Code, Statement
from tripwire.plugins.http_plugin import _failures, _secrets
from tripwire.plugins.http_plugin._content import FORM, MULTIPART, gathered
from tripwire.plugins.http_plugin._decoding import decoded
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._headers import Headers

BODIES = ("json", "body", "form", "files")
Path = tuple["str | int", ...]
"""Where something stands in JSON data."""

_LARGEST_BODY = 1_000_000  # to be read for nothing: its code would be too long
_ORDER = ("params", "headers", *BODIES, "cookies", "status", "response_json", "response_body", "raised")


def request_of(interaction: Interaction) -> Request:
    """The recorded request."""
    fields = interaction.fields
    headers, body = fields["request_headers"], fields["request_body"]
    return Request(str(fields["method"]), str(fields["url"]), headers or Headers(), body or b"")


def response_body(interaction: Interaction) -> bytes | None:
    """What came back, without its content encoding where it can be decoded."""
    body: bytes | None = interaction.fields["response_body"]
    headers = interaction.fields["response_headers"]
    return decoded(body, headers)[0] if body and headers else body


def assertion(
    interaction: Interaction,
    also: Collection[str] = (),
    *,
    url: str | None = None,
    apart: Collection[str] = (),
    varying: Collection[Path] = (),
) -> Statement:
    """The assertion of a request: all that it must state, what came back, and what `also` names.

    Where `also` is a mapping, its values tell which headers, cookies and parameters a test has named so far. `url` is
    written instead of the recorded one, with the parameters of the names in `apart` apart. `varying` are places in
    the response's JSON that no two responses agree on.
    """
    fields, request = interaction.fields, request_of(interaction)
    held = {name: _given(also, name) for name in ("headers", "cookies")}
    own = _names(getattr(_said(also, "url"), "params", None)) or []
    url, params = _address(url or request.url, {*apart, *own})
    said: dict[str, Any] = {}
    if params:
        said["params"] = params
    if request.body:
        said |= _body(request, [name for name in BODIES if name in also])
    for name in ("headers", "cookies"):
        if name in also:
            said[name] = _subset(getattr(request, name), held[name], all_secret=name == "cookies")
    if "response_body" in also:
        said["response_body"] = response_body(interaction)
    if "response_json" in also and (data := _json_of(response_body(interaction))) is not None:
        said["response_json"] = _without(masked(data[0]), varying)
    said |= _came_of_it(fields, also)
    return Statement(
        "tripwire.http.assert_request",
        (request.method, url),
        {name: said[name] for name in _ORDER if name in said},
    )


def assertion_for(interaction: Interaction) -> str:
    """The same in a line, for a message."""
    statement = assertion(interaction)
    shown = {
        name: Code(repr(value) if name == "params" else _code(value))
        for name, value in statement.kwargs.items()
    }
    args = tuple(Code(repr(one)) for one in statement.args)
    return Statement(statement.function, args, shown).in_a_line(repr)


def mock_for(request: Request) -> str:
    """The mock that would serve a request."""
    url, params = _address(request.url)
    shown = f"{request.method!r}, {url!r}" + (f", params={params!r}" if params else "")
    return f"tripwire.http.mock_response({shown}, json={{}})"


def body_arguments(request: Request) -> dict[str, Any]:
    """The body as the arguments that say most of it."""
    return _body(request, ())


def exception(error: BaseException, *, is_type: bool = False) -> Code | None:
    """An exception, or its type, as an expression; None if there is none that could be relied on."""
    kind = type(error)
    module = next((one for one in _prefixes(kind.__module__) if _has(one, kind)), None)
    if module is None:
        return None
    name = kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
    imports = frozenset() if module == "builtins" else frozenset({f"import {module}"})
    if is_type:
        return Code(name, imports)
    given = [code(one) for one in error.args]
    try:
        kind(*error.args)
    except Exception:  # noqa: BLE001 - it is made of something else than its arguments
        return None
    return None if "mock.ANY" in given else Code(f"{name}({', '.join(given)})", imports)


def _prefixes(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _has(module: str, kind: type) -> bool:
    return getattr(sys.modules.get(module), kind.__qualname__, None) is kind


# -- what a test has said so far


def _said(also: Collection[str], name: str) -> Any:
    return also.get(name) if isinstance(also, Mapping) else None


def _given(also: Collection[str], name: str) -> list[str] | None:
    return _names(getattr(_said(also, name), "given", None))


def _names(value: object) -> list[str] | None:
    """The names in a mapping, or in pairs, of a test's; None if it is neither."""
    pairs = value if is_a(value, list) or is_a(value, tuple) else items_of(value)
    return None if pairs is None else [str(name) for name, _ in pairs]


# -- URL


def _address(url: str, own: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """The URL, and its parameters of these names apart.

    One that holds secrets is without its query, whose parameters are apart with `mock.ANY` in place of secrets.
    """
    before, _, query = url.partition("?")
    is_plain = _secrets.in_url(url) == url
    if is_plain and not own:
        return (url if len(url) <= LONGEST_LITERAL else _bare(before)), {}  # the parameters need not be named
    kept, _, _ = query.partition("#")
    apart = {
        name: value
        for name, value in gathered(
            (name, ANY if _secrets.is_secret(name) else value)
            for name, value in parse_qsl(kept, keep_blank_values=True)
        ).items()
        if not is_plain or name in own
    }
    bare = _bare(re.sub(r"(?<=://)[^/@]*@", "", before))
    left = "&".join(
        pair for pair in kept.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in apart
    )
    return (f"{bare}?{left}" if left else bare), apart


def _bare(url: str) -> str:
    """A URL without its query; a long one as a pattern."""
    return url if len(url) <= LONGEST_LITERAL else re.sub("%.?$", "", url[:LONGEST_LITERAL]) + "*"


def without(url: str, names: Collection[str]) -> str:
    """A URL without parameters of these names, and without what is secret: a mock needs only some of them."""
    before, found, query = url.partition("?")
    named = ((unquote_plus(pair.partition("=")[0]), pair) for pair in query.split("&") if pair)
    left = [pair for name, pair in named if name not in names and not _secrets.is_secret(name)]
    bare = _bare(re.sub(r"(?<=://)[^/@]*@", "", before))
    return f"{bare}?{'&'.join(left)}" if found and left else bare


# -- bodies


def _body(request: Request, preferred: Collection[str]) -> dict[str, Any]:
    """The body as the arguments that say most of it, or as those that are preferred."""
    if len(request.body) > _LARGEST_BODY and request.media_type != MULTIPART:
        return {"body": ANY}
    ways = {"json": _as_json, "form": _as_form, "files": _as_form, "body": _as_text}
    wanted = [name for name in ways if name in preferred]
    if "json" not in wanted and (request.media_type.endswith("json") or request.body[:1] in (b"{", b"[")):
        wanted.append("json")
    for name in (*wanted, "form", "body"):
        if found := ways[name](request):
            return found
    raise AssertionError  # pragma: no cover - it can always be shown as text or bytes


def _as_json(request: Request) -> dict[str, Any]:
    try:
        return {"json": masked(request.json())}
    except (ValueError, RecursionError):
        return {}


def _as_form(request: Request) -> dict[str, Any]:
    form, files = request.form, request.files
    if request.media_type == FORM and b"=" not in request.body:
        form = None  # urllib's type of any body
    given = {"form": form, "files": {name: _file(one) for name, one in files.items()} if files else None}
    return {name: masked(value) for name, value in given.items() if value}


def _as_text(request: Request) -> dict[str, Any]:
    if _secrets.in_body(request.body) != request.body:
        return {"body": ANY}
    text = request.text
    return {"body": text if text.encode() == request.body else request.body}


def _file(file: Any) -> Any:
    return [_file(one) for one in file] if isinstance(file, list) else (file.filename, file.content)


def masked(data: Any) -> Any:
    """Data in which `mock.ANY` stands for secrets."""
    if isinstance(data, dict):
        return {
            name: ANY if _secrets.is_secret_member(name) and value not in (None, "") else masked(value)
            for name, value in data.items()
        }
    if isinstance(data, float) and not math.isfinite(data):
        return ANY  # which JSON has no literal for, nor Python
    return [masked(item) for item in data] if isinstance(data, list) else data


def _json_of(body: bytes | None) -> tuple[Any] | None:
    try:
        return (json_module.loads(body or b""),)
    except (ValueError, RecursionError):
        return None


def _without(data: Any, varying: Collection[Path]) -> Any:
    """Data in which `mock.ANY` stands for what varies; it may be changed."""
    for path in varying:
        if not path:
            return ANY
        at = data
        try:
            for part in path[:-1]:
                at = at[part]
            _ = at[path[-1]]
            at[path[-1]] = ANY
        except (LookupError, TypeError):
            continue  # a part of it is masked already
    return data


def _code(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= LONGEST_LITERAL else ANY.text


# -- headers, and what came of the request


def _subset(held: Mapping[str, str], names: list[str] | None, *, all_secret: bool) -> dict[str, Any]:
    """Those of these names, or all that a client was given to send."""
    if names is None:
        names = [name for name in held if name.lower() not in _OF_CLIENTS]
    found = {name: held.get(name) for name in names}
    return {
        name: ANY if all_secret or _secrets.is_secret(name) else value
        for name, value in found.items()
        if value is not None
    }


_OF_CLIENTS = {
    "accept",
    "accept-encoding",
    "accept-language",
    "connection",
    "content-length",
    "host",
    "transfer-encoding",
    "user-agent",
}


def _came_of_it(fields: Mapping[str, Any], also: Collection[str]) -> dict[str, Any]:
    error = fields["raised"]
    name = None if error is None else _failures.name_of(error)
    said: dict[str, Any] = {}
    if name is not None:
        said["raised"] = name
    elif "raised" in also:
        said["raised"] = None if error is None else exception(error, is_type=True) or ANY
    if name is None or "status" in also:
        said["status"] = fields["status"]
    return said
