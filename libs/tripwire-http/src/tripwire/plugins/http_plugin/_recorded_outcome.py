"""What a real server answered, or how asking it failed, as the arguments of the mock that does the same."""

from __future__ import annotations

import asyncio
import http.client
import json as json_module
import re
import time
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from tripwire._timeline import Interaction
from tripwire._writing._statement import Code
from tripwire.plugins.http_plugin import _build, _failures, _secrets, _statements
from tripwire.plugins.http_plugin._decoding import decoded
from tripwire.plugins.http_plugin._headers import Headers

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_NO_BODY = (204, 304)
_NOISE = frozenset(
    (
        *("accept-ranges", "age", "alt-svc", "cache-control", "connection", "content-encoding"),
        *(
            "content-length",
            "content-security-policy",
            "content-type",
            "date",
            "expires",
            "keep-alive",
            "nel",
        ),
        *("permissions-policy", "pragma", "proxy-connection", "referrer-policy", "report-to", "server"),
        *("server-timing", "set-cookie", "strict-transport-security", "te", "trailer", "transfer-encoding"),
        *("upgrade", "vary", "via", "x-content-type-options", "x-frame-options", "x-powered-by", "x-runtime"),
        *("x-xss-protection",),
    )
)
"""What says nothing to a program, or is said by other means."""


def arguments(interaction: Interaction) -> dict[str, Any]:
    """What a mock is told beside method and URL."""
    fields = interaction.fields
    error, status = fields["raised"], fields["status"]
    if status is None:
        return {"raises": _raises(error)}
    headers = fields["response_headers"] or Headers()
    sent: bytes = fields["response_body"] or b""
    body, coded = decoded(sent, headers)
    is_for_head = str(fields["method"]).upper() == "HEAD"
    kept: dict[str, Any] = {}
    if error is not None:
        said: dict[str, Any] = {"stream": [*([sent] if sent else []), _breaks_off(error)]}
        kept |= _named(headers, "Content-Type", "Content-Length")
        coded = True
    elif body:
        said, kept = _body(body, headers)
    else:
        said = {}
        if is_for_head:
            kept |= _named(headers, "Content-Type", "Content-Length")
        elif status < 300 and status not in _NO_BODY:
            kept |= _named(headers, "Content-Type")
    if coded:
        kept |= _named(headers, "Content-Encoding")
    if status != 200:
        said["status"] = status
    if kept := {**kept, **_telling(headers)}:
        said["headers"] = kept
    return said


# -- what failed


def _raises(error: BaseException | None) -> str | Code:
    if error is None:
        return "timeout"  # it never came to an end
    if isinstance(error, asyncio.CancelledError):  # by `wait_for`, most often
        return Code(repr("timeout"), comment="the program gave the call up")
    if isinstance(error, http.client.RemoteDisconnected):  # which a broken connection is not in every respect
        return _statements.exception(error) or "read"
    return _failures.name_of(error) or _statements.exception(error) or "read"


def _breaks_off(error: BaseException) -> Code:
    """What the body of a mock ends in."""
    return Code("TimeoutError()" if _failures.name_of(error) == "timeout" else "EOFError()")


# -- headers


def _named(headers: Headers, *names: str) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def _telling(headers: Headers) -> dict[str, Any]:
    """The header fields that a program may go by."""
    gone = _NOISE | {name.strip().lower() for name in str(headers.get("connection", "")).split(",")}
    found: dict[str, list[Any]] = {}
    for name, value in headers.pairs:
        if name.lower() == "set-cookie":
            found.setdefault("Set-Cookie", []).append(Code(repr(_cookie(value))))
        elif name.lower() not in gone:
            first = next((held for held in found if held.lower() == name.lower()), name)
            found.setdefault(first, []).append(_in_header(name, value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _in_header(name: str, value: str) -> str:
    if _secrets.is_secret(name):
        return _secrets.MASK
    if name.lower() in ("location", "content-location"):
        return _secrets.in_url(value)
    return _secrets.in_text(value)


def _cookie(value: str) -> str:
    """A cookie of which nobody learns what it was, and that has not run out when the test is run next year."""
    pair, *attributes = value.split(";")
    name, found, held = pair.partition("=")
    kept = [one for one in attributes if not _is_future(one)]
    return ";".join((f"{name}{found}{_secrets.MASK if held.strip() else ''}", *kept))


def _is_future(attribute: str) -> bool:
    name, _, value = attribute.strip().partition("=")
    if name.lower() != "expires":
        return False
    try:
        return parsedate_to_datetime(value.replace("-", " ")).timestamp() > time.time()
    except (ValueError, TypeError, OverflowError):
        return False


# -- the body


def _body(body: bytes, headers: Headers) -> tuple[dict[str, Any], dict[str, Any]]:
    """A body as the argument that says it best, and the headers that go with it."""
    kind = Message()
    kind["Content-Type"] = str(headers.get("content-type", ""))
    stated = "content-type" in headers
    media_type = kind.get_content_type() if stated else ""
    charset = str(kind.get_param("charset", "")).lower()
    is_utf8 = charset in ("utf-8", "utf8") or body.isascii()
    if media_type.endswith(("/json", "+json")) and (charset in ("", "utf-8", "utf8") or body.isascii()):
        data = _as_json(body)
        if data:
            usual = media_type == "application/json"
            return {"json": data[0]}, {} if usual else _named(headers, "Content-Type")
    kept = _named(headers, "Content-Type")
    text = _as_text(body)
    if text is None:
        return {"body": body}, kept
    text = _secrets.in_text(text)
    if media_type in ("text/plain", "text/html") and is_utf8:
        name = "text" if media_type == "text/plain" else "html"
        return {name: text}, {}
    if media_type == "text/event-stream" and (events := re.findall(r".*?(?:\r?\n){2}|.+\Z", text, re.DOTALL)):
        return {"stream": events}, kept
    return {"body": text}, kept


def _as_json(body: bytes) -> tuple[Any] | None:
    """The data that is written as this JSON, or such as means the same."""
    try:
        data = json_module.loads(body)
        _build.response(json=data)
    except (ValueError, TypeError, RecursionError):
        return None
    return (data,)


def _as_text(body: bytes) -> str | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text
