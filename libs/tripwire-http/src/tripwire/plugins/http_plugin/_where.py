"""What a mock says of method and URL: a URL, a pattern with `*`, a regular expression, or a function."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from tripwire._errors import wrong_use
from tripwire._values import PASSES, is_a, is_one_of, short
from tripwire.plugins.http_plugin import _url
from tripwire.plugins.http_plugin._build import method_name
from tripwire.plugins.http_plugin._secrets import in_text, in_url

Method = str | Iterable[str]
UrlPattern = str | re.Pattern[str] | Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Exact:
    """A URL; what the queries of requests must hold is kept apart."""

    text: str

    @property
    def url(self) -> _url.Url:
        """The URL taken apart: not kept, for there may be many of these."""
        return _url.parse(self.text)

    @property
    def query(self) -> tuple[_url.Pair, ...]:
        """The parameters it names."""
        return self.url.query

    def reasons(self, url: _url.Url, _text: str) -> list[str]:
        """In what a request's URL differs, without its query."""
        wanted = self.url
        pairs = (
            ("scheme", wanted.scheme, url.scheme),
            ("host", wanted.host, url.host),
            # Where the schemes differ, so do the ports: that is one reason and not two.
            ("port", wanted.port, url.port if wanted.scheme == url.scheme else wanted.port),
            ("path", wanted.path, url.path),
        )
        return [
            f"its {name} is {short(mine)}, the call's is {short(theirs)}"
            for name, mine, theirs in pairs
            if mine != theirs
        ]

    def __str__(self) -> str:
        return short(in_url(self.text), 100)


@dataclass(frozen=True)
class Glob:
    """A URL with `*` for any characters: between scheme and path, for none that is a slash."""

    text: str
    scheme: re.Pattern[str]
    rest: re.Pattern[str]
    query: tuple[_url.Pair, ...]

    @classmethod
    def parse(cls, text: str) -> Glob:
        """Take a pattern apart.

        Raises:
            ValueError: it has no host.
        """
        before, _, query = text.partition("?")
        scheme, found, rest = before.partition("://")
        if not found:
            scheme, rest = "*", before
        authority, slash, path = rest.partition("/")
        if not authority:
            raise wrong_use(
                ValueError,
                f"url {short(text)} has no host: write it such as 'https://api.example.com/*', or '*'",
            )
        if not slash and not authority.endswith("*"):
            slash = "/"
        host = _regex(authority, "[^/]*" if found and slash else ".*")
        return cls(
            text,
            _compiled(scheme.lower()),
            # Not lowered: behind a star that takes slashes it may stand for a part of the path.
            re.compile(f"(?i:{host})" + _regex(slash + path, ".*", _url.canonical_part), re.DOTALL),
            tuple(
                (name, _Glob(value) if "*" in value else value)
                for name, value in parse_qsl(query, keep_blank_values=True)
            ),
        )

    def reasons(self, url: _url.Url, _text: str) -> list[str]:
        """That a request's URL does not fit."""
        authorities = [_with_port(url)]
        if url.port == _url.DEFAULT_PORTS.get(url.scheme):
            authorities.append(authorities[0].rpartition(":")[0])
        fits = self.scheme.fullmatch(url.scheme) and any(
            self.rest.fullmatch(authority + url.path) for authority in authorities
        )
        return [] if fits else ["its URL does not fit the call's"]

    def __str__(self) -> str:
        return short(in_url(self.text), 100)


def _with_port(url: _url.Url) -> str:
    return f"{f'[{url.host}]' if ':' in url.host else url.host}:{url.port}"


class _Glob:
    """Equal to the values of a query that fit a pattern."""

    def __init__(self, text: str) -> None:
        self._text, self._pattern = text, _compiled(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self._pattern.fullmatch(other) is not None

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._text)


def _regex(text: str, star: str, canonical: Callable[[str], str] = str) -> str:
    return star.join(re.escape(canonical(part)) for part in text.split("*"))


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(_regex(text, ".*"), re.DOTALL)


@dataclass(frozen=True)
class Regex:
    """A regular expression, searched for in the URL as the client writes it."""

    pattern: re.Pattern[str]
    query: tuple[_url.Pair, ...] = ()

    def reasons(self, _parsed: _url.Url, text: str) -> list[str]:
        """That it is not found."""
        return [] if self.pattern.search(text) else ["its regular expression is not found in the call's URL"]

    def __str__(self) -> str:
        return in_text(short(self.pattern, 100))


@dataclass(frozen=True)
class Function:
    """A function that is asked about the URL as the client writes it."""

    function: Callable[[str], object]
    query: tuple[_url.Pair, ...] = ()

    def reasons(self, _parsed: _url.Url, text: str) -> list[str]:
        """That it says no, or what it raises."""
        try:
            return [] if self.function(text) else [f"its function {self} says no to the call's URL"]
        except PASSES:
            raise
        except BaseException as error:  # noqa: BLE001 - a function of the user's may do anything
            return [f"its function {self} raises {short(error)}"]

    def __str__(self) -> str:
        return getattr(self.function, "__name__", short(self.function, 100))


@dataclass(frozen=True)
class Hosts:
    """Hosts, each with an optional port and `*` for any characters."""

    given: str
    authorities: tuple[re.Pattern[str], ...]
    query: tuple[_url.Pair, ...] = ()

    @classmethod
    def parse(cls, hosts: object) -> Hosts:
        """Take a host, or several, as a test gave them.

        Raises:
            TypeError, ValueError: one is no host.
        """
        many: Any = [hosts] if is_a(hosts, str) else hosts
        if not is_one_of(many, list, tuple, set, frozenset) or not all(is_a(one, str) for one in many):
            raise wrong_use(
                TypeError,
                f"hosts must be a string such as 'localhost', or several in a list, not {short(hosts)}",
            )
        for one in many:
            if not one or "/" in one:
                raise wrong_use(
                    ValueError, f"hosts: {short(one)} is no host; write it without scheme and path"
                )
        return cls(f"hosts={short(hosts)}", tuple(_compiled(one.lower()) for one in many))

    def reasons(self, url: _url.Url, _text: str) -> list[str]:
        """That the host is none of them."""
        fits = any(
            pattern.fullmatch(one) for pattern in self.authorities for one in (url.host, _with_port(url))
        )
        return [] if fits else [f"the call's host, {short(url.host)}, is none of its"]

    def __str__(self) -> str:
        return self.given


Where = Exact | Glob | Regex | Function | Hosts


def where(url: object) -> Where:
    """What a test gave as `url`.

    Raises:
        TypeError, ValueError: it is no URL, and nothing that URLs could be compared with.
    """
    if type(url) is str:
        return _of_text(url)
    if is_a(url, str):  # which may be shown in a way of its own, and is not to be kept
        return _of_text.__wrapped__(url)
    if is_a(url, re.Pattern):
        if not is_a(url.pattern, str):
            raise wrong_use(
                TypeError, f"url must be a regular expression for strings, not for bytes: {short(url)}"
            )
        return Regex(url)
    if is_a(url, Hosts):
        return url
    if callable(url):
        return Function(url)
    _url.parse_absolute(url)
    raise AssertionError  # pragma: no cover - it is no string, and that was said


@lru_cache(maxsize=256)
def _of_text(url: str) -> Exact | Glob:
    if "*" in url:
        return Glob.parse(url)
    _url.parse_absolute(url)
    return Exact(str.__str__(url))


def methods(method: object) -> tuple[str, ...] | None:
    """The methods, in capitals; None if any will do.

    Raises:
        TypeError, ValueError: naming what is no method.
    """
    if type(method) is str:
        return _method(method)
    if is_a(method, str):
        return _method.__wrapped__(method)
    many: Any = method
    if is_one_of(many, list, tuple, set, frozenset) and many:
        names = sorted({method_name(one) for one in many})
        return None if "*" in names else tuple(names)
    raise wrong_use(
        TypeError, f"method must be a string such as 'GET', several in a list, or '*', not {short(method)}"
    )


@lru_cache(maxsize=64)
def _method(method: str) -> tuple[str, ...] | None:
    return None if method == "*" else (method_name(method),)
