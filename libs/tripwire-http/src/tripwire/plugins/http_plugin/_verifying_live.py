"""A live service, asked with the GET and HEAD requests that tests made: is what the mocks gave of its shape?"""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tripwire._values import short
from tripwire.plugins.http_plugin import _decoding
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._secrets import in_url, in_value
from tripwire.plugins.http_plugin._url import Url
from tripwire.plugins.http_plugin._verifying_claims import PARTLY_READ, Exchange, Told, media_type
from tripwire.plugins.http_plugin._verifying_plain import as_json, is_json
from tripwire.plugins.http_plugin._verifying_settings import LiveSetting
from tripwire.plugins.http_plugin._verifying_shapes import Ignored, differences
from tripwire.verifying import Lie, TruthError, Unchecked

WRITES = "only GET and HEAD are sent to a live service"
IS_FAILURE = "a failure, which no live service is asked for"
IS_SILENT = "a live service that does not answer"
NO_TYPE = "a body without a content type"
NOT_NOW = "a status that the live service does not give now"
NO_SUCCESS = "what comes with a status that is no success, against a live service"
REDIRECTED = "a redirect of the live service, maybe to where one logs in"
NOT_JSON = "a body that is no JSON, against a live service"
_KEPT = "accept", "accept-language"
_REFUSALS = {401, 403, 407, 408, 425, 429}
_MOST = 10_000_000

Findings = Iterator["Lie | Unchecked"]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Headers
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        return None


class LiveService:
    """A service that is asked for what mocks have answered, each URL once a run."""

    def __init__(self, setting: LiveSetting) -> None:
        self._setting = setting
        self._ignored = Ignored(setting.ignore)
        self._answers: dict[tuple[Any, ...], _Answer] = {}
        self._is_silent = False

    def check(self, exchange: Exchange, _url: Url) -> Findings:
        """What is wrong with an exchange.

        Raises:
            TruthError: the service cannot be reached.
        """
        request, told = exchange.request, exchange.told
        method = request.method.upper()
        if method not in ("GET", "HEAD"):
            yield Unchecked(WRITES)
        elif told is None:
            yield Unchecked(IS_FAILURE)
        elif self._is_silent:
            yield Unchecked(IS_SILENT)
        else:
            yield from self._compared(method, told, self._ask(method, request))

    # -- asking

    def _ask(self, method: str, request: Request) -> _Answer:
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        key = method, request.url, *headers.values()
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._sent(method, self._url(request.url), headers)
        return answer

    def _url(self, url: str) -> str:
        """The URL with the parameters that the settings have in place of the test's."""
        parts = urlsplit(url)
        if not self._setting.params:
            return urlunsplit(parts._replace(fragment=""))
        pairs = [
            pair
            for pair in parse_qsl(parts.query, keep_blank_values=True)
            if pair[0] not in self._setting.params
        ]
        query = urlencode([*pairs, *self._setting.params.items()])
        return urlunsplit(parts._replace(query=query, fragment=""))

    def _sent(self, method: str, url: str, headers: Mapping[str, str]) -> _Answer:
        # The settings' headers last: they are the real ones. What a test has sent to prove who it is stays here.
        sent = {"user-agent": "tripwire-verify", **headers}
        sent.update((name.lower(), value) for name, value in self._setting.headers.items())
        request = urllib.request.Request(url, headers=sent, method=method)
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            try:
                response = opener.open(request, timeout=self._setting.timeout)
            except HTTPError as refused:
                response = refused
            with response:
                body, pairs = response.read(_MOST), Headers(response.headers.items())
                return _Answer(response.status, pairs, _decoding.decoded(body, pairs)[0])
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            self._is_silent = True
            raise TruthError(
                f"[tool.tripwire] verify: {method} {in_url(url)} cannot be asked: {short(reason)}",
                whole=False,
            ) from None

    # -- comparing

    def _compared(self, method: str, told: Told, live: _Answer) -> Findings:
        where = "as the live service answers"
        same_class = told.status // 100 == live.status // 100
        if not same_class:
            if told.status >= 300 or live.status >= 500 or live.status in _REFUSALS:
                yield Unchecked(NOT_NOW)
            elif live.status in (302, 303, 307):
                yield Unchecked(REDIRECTED)
            else:
                yield Lie(f"the status is {told.status}", f"{live.status}, {where}")
            return
        if told.status >= 300:
            if told.status != live.status:
                yield Unchecked(NOT_NOW)
            elif told.body != b"":
                yield Unchecked(NO_SUCCESS)
            return
        if not told.media_type:
            if told.body or method == "HEAD":
                yield Unchecked(NO_TYPE)
        elif told.media_type != (true := media_type(live.headers)) and true:
            yield Lie(f"the content type of the response is {told.media_type!r}", f"{true!r}, {where}")
            return
        if method == "GET":
            yield from self._bodies(told, live)

    def _bodies(self, told: Told, live: _Answer) -> Findings:
        if told.body is None:
            yield Unchecked(PARTLY_READ)
        elif bool(told.body) != bool(live.body):
            has = "no body" if not told.body else "a body"
            yield Lie(
                f"the response has {has}",
                f"it has {'one' if live.body else 'none'}, as the live service answers",
            )
        elif told.body and (is_json(told.media_type) or not told.media_type):
            yield from self._data(told, live)

    def _data(self, told: Told, live: _Answer) -> Findings:
        try:
            theirs = as_json(live.body)
        except ValueError:
            yield Unchecked(NOT_JSON)
            return
        assert told.body is not None
        try:
            ours = as_json(told.body)
        except ValueError:
            yield Lie(f"the response's body is {in_value(told.body)}", "JSON, as the live service answers")
        else:
            yield from differences(ours, theirs, self._ignored)
