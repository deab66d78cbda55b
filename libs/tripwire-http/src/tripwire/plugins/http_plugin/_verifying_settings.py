"""The table `[tool.tripwire.verify.http]`: which URLs are held against which document, or a live service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tripwire import _messages
from tripwire._values import short
from tripwire.plugins.http_plugin import _url
from tripwire.plugins.http_plugin._secrets import in_url

if TYPE_CHECKING:
    from tripwire.verifying import TruthSettings

TIMEOUT = 10.0
"""Seconds that a live service has to answer."""

_OF_DOCUMENT = "document", "unknown_paths", "unknown_status"
_OF_LIVE = "live", "headers", "params", "timeout", "ignore"


@dataclass(frozen=True)
class Prefix:
    """What the URLs begin with that one source of truth knows of."""

    text: str
    url: _url.Url

    def covers(self, url: _url.Url) -> bool:
        """Whether a URL begins like this, by whole parts of the path."""
        return url[:3] == self.url[:3] and (url.path + "/").startswith(self.path + "/")

    @property
    def path(self) -> str:
        """The path, without a slash at its end."""
        return self.url.path.rstrip("/")


@dataclass(frozen=True)
class DocumentSetting:
    """A document by the name of its file; what it does not name is a lie, unless it is allowed."""

    prefix: Prefix
    document: str
    allows_paths: bool = False
    allows_status: bool = False


@dataclass(frozen=True)
class LiveSetting:
    """A live service: what is sent to it, the seconds it has, and the JSON paths that are not compared."""

    prefix: Prefix
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    timeout: float = TIMEOUT
    ignore: tuple[str, ...] = ()


Setting = DocumentSetting | LiveSetting


class WrongError(Exception):
    """What is wrong with a value, and at which key below the URL."""

    def __init__(self, problem: str, key: str = "") -> None:
        super().__init__(problem)
        self.problem, self.key = problem, key


def read(settings: TruthSettings) -> list[Setting] | None:
    """What is set, longest URL first; None if nothing is.

    Raises:
        TripwireConfigError: it is wrong.
    """
    table = settings.get("http")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise settings.error(
            "http", 'must be a table of URLs, such as "https://api.example.com" = "openapi.yaml"'
        )
    found = []
    for text, value in table.items():
        try:
            found.append(_setting(_prefix(text), value))
        except WrongError as wrong:
            raise settings.error(key_of(text, wrong.key), wrong.problem) from None
    return sorted(found, key=lambda one: -len(one.prefix.path))


def key_of(url: str, below: str = "") -> str:
    """The key of a URL, or of one below it."""
    return f'http."{in_url(url)}"' + f".{below}" * bool(below)


def _prefix(text: str) -> Prefix:
    try:
        url = _url.parse_absolute(text)
    except ValueError as error:
        raise WrongError(str(error)) from None
    if url.scheme not in _url.DEFAULT_PORTS:
        raise WrongError("must begin with http:// or https://")
    if "@" in text:
        raise WrongError("must have no user and no password: a live service has them in its headers")
    if url.query or "*" in text:
        raise WrongError("must be the beginning of URLs: scheme, host, and a path where one is wanted")
    return Prefix(text, url)


def _setting(prefix: Prefix, value: Any) -> Setting:
    if value == "live":
        return LiveSetting(prefix)
    if isinstance(value, str):
        return DocumentSetting(prefix, value)
    if not isinstance(value, dict) or ("document" in value) == ("live" in value):
        raise WrongError("must be the name of a file, 'live', or a table that has document or live = true")
    known = _OF_DOCUMENT if "document" in value else _OF_LIVE
    for key in value:
        if key not in known:
            raise WrongError(f"this is no key; {_messages.nearest(key, known)}", key)
    return _document(prefix, value) if "document" in value else _live(prefix, value)


def _document(prefix: Prefix, table: Mapping[str, Any]) -> DocumentSetting:
    if not isinstance(table["document"], str):
        raise WrongError(f"must be the name of a file, not {short(table['document'])}", "document")
    allowed = []
    for key in ("unknown_paths", "unknown_status"):
        said = table.get(key, "lie")
        if said not in ("lie", "allow"):
            raise WrongError(f"must be 'lie' or 'allow', not {short(said)}", key)
        allowed.append(said == "allow")
    return DocumentSetting(prefix, table["document"], *allowed)


def _live(prefix: Prefix, table: Mapping[str, Any]) -> LiveSetting:
    if table["live"] is not True:
        raise WrongError(f"must be true, not {short(table['live'])}", "live")
    timeout = table.get("timeout", TIMEOUT)
    if type(timeout) not in (int, float) or timeout <= 0:
        raise WrongError(f"must be a number of seconds, not {short(timeout)}", "timeout")
    ignore = table.get("ignore", [])
    if not isinstance(ignore, list) or not all(isinstance(p, str) and p.startswith("$") for p in ignore):
        raise WrongError(
            f"must be a list of JSON paths such as '$.items[].id', not {short(ignore)}", "ignore"
        )
    headers, params = (_texts(name, table.get(name, {})) for name in ("headers", "params"))
    return LiveSetting(prefix, headers, params, float(timeout), tuple(ignore))


def _texts(key: str, table: Any) -> dict[str, str]:
    """Names and values, with those of the environment for `env:NAME`."""
    if not isinstance(table, dict):
        raise WrongError(f"must be a table of names and values, not {short(table)}", key)
    found = {}
    for name, value in table.items():
        if not isinstance(value, str):
            raise WrongError("must be a string, such as 'env:API_TOKEN'", f"{key}.{name}")
        if value.startswith("env:"):
            variable = value.removeprefix("env:")
            if variable not in os.environ:
                raise WrongError(f"the environment variable {variable!r} is not set", f"{key}.{name}")
            value = os.environ[variable]
        if not value.isprintable():
            raise WrongError("its value cannot be sent: it must be one line of text", f"{key}.{name}")
        found[name] = value
    return found
