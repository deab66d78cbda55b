"""The part of the plugin that says how requests are shown and written, and records real ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tripwire._plugin import Answer, Call, Plugin
from tripwire._writing._statement import Code, Statement
from tripwire.plugins.http_plugin import _assertion, _secrets, _statements, _url
from tripwire.plugins.http_plugin._exchange import Request

if TYPE_CHECKING:
    from tripwire._timeline import Interaction
    from tripwire._verifier import StrictVerifier
    from tripwire._writing._render import Masks
    from tripwire.plugins.http_plugin._recorded_url import Written
    from tripwire.plugins.http_plugin._statements import Path


class Recording(Plugin):
    """What core, when it writes a test or a message, asks of the plugin."""

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._varying: dict[int, Collection[Path]] = {}
        self._masks_of: dict[str, Masks] = {}

    def describe(self, interaction: Interaction) -> str:
        """The request and what came of it."""
        return _assertion.described(interaction)

    def shown(self, name: str, value: Any) -> Any:
        """Headers, bodies and URLs without the secrets in them."""
        return _secrets.in_field(name, value)

    def assertion_for(self, interaction: Interaction) -> str:
        """The assertion by method, URL, body and status."""
        return _statements.assertion_for(interaction)

    def assertion(self, interaction: Interaction, also: Collection[str] = ()) -> Statement:
        """The same, as the next run can repeat it; `also` may be a mapping of what a test expects so far."""
        url, apart = self._written(interaction)
        statement = _statements.assertion(
            interaction, also, url=url, apart=apart, varying=self.varies(interaction) or ()
        )
        method, shown = statement.args
        return replace(statement, args=(method, Code(repr(shown))))  # it is masked: a matcher is no URL

    def mocks(self, interactions: Sequence[Interaction]) -> Sequence[Statement]:
        """A mock for each request, for equal ones together."""
        from tripwire.plugins.http_plugin import _recorded  # for a recording only

        scribe = self.verifier.scribe
        periods = () if scribe is None else scribe.periods
        actors = {id(seen.interaction): seen.actor for period in periods for seen in period.seen}
        return _recorded.mocks(interactions, lambda one: actors.get(id(one)), self._written, self._masks())

    def _written(self, interaction: Interaction) -> Written:
        """The URL of a request, as the next run can repeat it."""
        from tripwire.plugins.http_plugin import _recorded_url

        url = _statements.request_of(interaction).url
        return _recorded_url.written(url, self._masks(), lambda text: self._has_come(text, interaction))

    def _masks(self) -> Masks:
        """What is volatile and secret, in a test that opened the last sandbox."""
        from tripwire._writing._render import Masks

        scribe = self.verifier.scribe
        files = [one.sites[0].filename for one in (() if scribe is None else scribe.periods) if one.sites]
        file = files[-1] if files else ""
        if file not in self._masks_of:  # each reads its file
            self._masks_of[file] = Masks.of(self.verifier.config).at(file)
        return self._masks_of[file]

    def _has_come(self, text: str, interaction: Interaction) -> bool:
        """Whether a response before a request had a text in it: mocked, it will again."""
        before = takewhile(lambda one: one is not interaction, self.verifier.timeline)
        return any(_is_in_response(text, one) for one in before if one.source is interaction.source)

    def let_through(self, call: Call) -> Answer | None:
        """The genuine call, unless what was sent is no request."""
        from tripwire.plugins.http_plugin._twice import LetThrough

        request = call.summary
        assert isinstance(request, Request)
        if request.fault:
            return None
        methods = {str(one).upper() for one in self.config.get("record_twice", ())}
        return LetThrough(is_asked_twice=request.method.upper() in methods)

    def host_of(self, call: Call) -> str | None:
        """The host of the URL; of a request by a Unix socket the path of that."""
        request = call.summary
        assert isinstance(request, Request)
        return request.socket or _url.parse(request.url).host

    def varies(self, interaction: Interaction) -> Collection[Path] | None:
        """Where in the JSON of a response its server, asked twice in a recording, gave something else.

        None if it was not asked twice, or gave no JSON.
        """
        return self._varying.get(interaction.sequence)

    def asked_twice(self, interaction: Interaction, second: Mapping[str, Any]) -> None:
        """Take the record of the second answer to a request."""
        from tripwire.plugins.http_plugin._twice import varying

        found = varying(interaction.fields, second)
        if found is not None:
            with self.verifier.lock:
                self._varying[interaction.sequence] = found


def _is_in_response(text: str, interaction: Interaction) -> bool:
    headers = interaction.fields["response_headers"] or {}
    return text.encode() in (_statements.response_body(interaction) or b"") or any(
        text in value for value in headers.values()
    )
