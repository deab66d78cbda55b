"""What an assertion of a request expects, and how a request differs from it."""

from __future__ import annotations

import json as json_module
from collections.abc import Collection
from typing import Any

from tripwire._assertions import Check
from tripwire._timeline import Interaction
from tripwire._unset import UNSET
from tripwire._values import is_a, short
from tripwire.plugins.http_plugin import _build, _compare, _failures, _secrets, _statements, _url, _where
from tripwire.plugins.http_plugin._statements import request_of
from tripwire.plugins.http_plugin._wanted import Want


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
    if not interaction.fields["request_body"] or any(name in given for name in _statements.BODIES):
        return ()
    return tuple(_statements.body_arguments(request_of(interaction)))[:1]


class _Wanted(Check):
    """A want as part of an assertion; `given` is what the test wrote."""

    def __init__(self, want: Want) -> None:
        self._want, self.given = want, want.given

    def holds(self, interaction: Interaction) -> bool:
        return self._want.is_met(request_of(interaction))

    def differences(self, interaction: Interaction) -> list[str]:
        return self._want.differences(request_of(interaction), _compare.OF_ASSERTION)

    def __repr__(self) -> str:
        return self._want.shown


class _ResponseJson(Check):
    """The response's body as JSON data; `given` is what the test wrote."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def differences(self, interaction: Interaction) -> list[str]:
        body = _statements.response_body(interaction)
        try:
            actual = json_module.loads(body or b"")
        except ValueError:
            return [f"the response's body is no JSON: {_secrets.in_value(body)}"]
        return _compare.first(_compare.json_differences(self.given, actual), _compare.OF_ASSERTION)

    def __repr__(self) -> str:
        return _secrets.in_value(self.given)


class _AnyCase:
    """Equal to a method in any case; `given` is what the test wrote."""

    def __init__(self, method: object) -> None:
        self.given, self._methods = method, _where.methods(method)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and (self._methods is None or other.upper() in self._methods)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return short(self.given.upper() if isinstance(self.given, str) else self.given)


class _SameUrl(Check):
    """A URL that the mock of this URL would serve; `given` and `params` are what the test wrote."""

    def __init__(self, url: object, params: _url.Params | None) -> None:
        self.given, self.params = url, params
        self._where = _where.where(url)
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
        params = "" if self.params is None else f" with params={_secrets.in_value(self.params, 60)}"
        return f"{self._where}{params}"


def described(interaction: Interaction) -> str:
    """The request and what came of it."""
    fields, asked = interaction.fields, request_of(interaction)
    if fields["raised"] is not None:
        return f"{asked} raised {short(fields['raised'])}"
    return f"{asked} -> {fields['status'] if fields['status'] is not None else 'no response yet'}"
