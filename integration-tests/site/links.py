"""Reads every page of a site from its server, and finds what its links and its files lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag, urljoin
from urllib.request import urlopen

_IN_STYLES = re.compile(rb"url\(\s*['\"]?([^'\")]+)")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors = {"", "__top"}
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := named.get(name))}
        if tag == "a":
            self.links += [value for name in ("href",) if (value := named.get(name)) is not None]
        else:
            self.loads += [value for name in ("href", "src", "data", "poster") if (value := named.get(name))]


@dataclass
class Crawl:
    """What was read, and what is wrong with it."""

    root: str
    pages: dict[str, _Page] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def run(self) -> None:
        waiting = [("the site", self.root)]
        seen: set[str] = set()
        while waiting:
            source, address = waiting.pop()
            if address not in seen:
                seen.add(address)
                waiting += [(address, led) for led in self._read(source, address)]
        for address, page in self.pages.items():
            for link in page.links:
                self._check_anchor(address, link)

    def _read(self, source: str, address: str) -> list[str]:
        """The addresses that a page or a style sheet leads to, without their anchors."""
        try:
            with urlopen(address) as response:
                kind, content = response.headers.get_content_type(), response.read()
        except HTTPError as error:
            self.broken.append(f"{source}: {address}: {error.code}")
            return []
        self.files.add(address)
        if kind == "text/css":
            loads = [match.decode() for match in _IN_STYLES.findall(content)]
            return self._within(address, loads, links=[])
        if kind != "text/html":
            return []
        page = self.pages[address] = _Page(content.decode())
        return self._within(address, page.loads, page.links)

    def _within(self, address: str, loads: list[str], links: list[str]) -> list[str]:
        loaded = [urljoin(address, name) for name in loads if not name.startswith(("data:", "#"))]
        self.outside += [f"{address}: {name}" for name in loaded if not name.startswith(self.root)]
        led = loaded + [urljoin(address, link) for link in links]
        return [urldefrag(name).url for name in led if name.startswith(self.root)]

    def _check_anchor(self, address: str, link: str) -> None:
        target, anchor = urldefrag(urljoin(address, link))
        if target in self.pages and unquote(anchor) not in self.pages[target].anchors:
            self.broken.append(f"{address}: {link}: no such anchor")
