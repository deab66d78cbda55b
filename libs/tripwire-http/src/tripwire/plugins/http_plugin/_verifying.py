"""The truth of HTTP, for `--tripwire-verify`: OpenAPI documents, and live services, by what URLs begin with."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tripwire.plugins.http_plugin import _url, _verifying_settings
from tripwire.plugins.http_plugin._verifying_settings import DocumentSetting, LiveSetting, Setting
from tripwire.verifying import Claim, Lie, Truth, Unchecked

if TYPE_CHECKING:
    from tripwire.plugins.http_plugin._verifying_claims import Exchange
    from tripwire.verifying import TruthSettings

_NEEDED = "openapi_spec_validator", "jsonschema", "referencing", "yaml"


def truth(settings: TruthSettings) -> Truth | None:
    """What the settings name; documents are read at once.

    Raises:
        TripwireConfigError: a setting is wrong, a document is none, or a library is missing.
    """
    read = _verifying_settings.read(settings)
    if read is None:
        return None
    return HttpTruth([(one, _judge(one, settings)) for one in read])


def _judge(setting: Setting, settings: TruthSettings) -> Any:
    if isinstance(setting, LiveSetting):
        from tripwire.plugins.http_plugin._verifying_live import LiveService

        return LiveService(setting)
    key = _verifying_settings.key_of(setting.prefix.text)
    path = settings.file(key, setting.document)
    for name in _NEEDED:
        if find_spec(name) is None:
            raise settings.error(
                key,
                f"to read OpenAPI documents, {name!r} is missing: "
                'pip install "python-tripwire[verify]" (or "tripwire-http[verify]")',
            )
    return _described(setting, key, path, settings)


def _described(setting: DocumentSetting, key: str, path: Any, settings: TruthSettings) -> Any:
    from tripwire.plugins.http_plugin._verifying_document import Document, DocumentError
    from tripwire.plugins.http_plugin._verifying_exchange import DescribedService

    try:
        return DescribedService(setting, Document(path, setting.document))
    except DocumentError as error:
        raise settings.error(key, str(error)) from None


class HttpTruth(Truth):
    """All that is set: the longest URL that fits is asked."""

    def __init__(self, judges: list[tuple[Setting, Any]]) -> None:
        self._judges = judges

    def check(self, claim: Claim) -> Iterator[Lie | Unchecked]:
        """What is wrong with an exchange.

        Raises:
            TruthError: a live service cannot be reached.
        """
        exchange: Exchange = claim.detail
        url = _url.parse(exchange.request.url)
        for setting, judge in self._judges:
            if setting.prefix.covers(url):
                yield from judge.check(exchange, url)
                return
        yield Unchecked(f"no document covers {url.scheme}://{url.host}")
