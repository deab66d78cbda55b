"""No link, anchor or file of the built site is missing, and none of its files is on another host."""

from __future__ import annotations

import pytest
from links import Crawl
from serving import SITE, addresses


@pytest.fixture(scope="module")
def crawl(root: str) -> Crawl:
    crawl = Crawl(root)
    crawl.run()
    return crawl


def test_nothing_is_broken(crawl: Crawl) -> None:
    assert crawl.broken == []


def test_nothing_is_loaded_from_another_host(crawl: Crawl) -> None:
    assert crawl.outside == []


def test_every_page_is_reached(crawl: Crawl, root: str) -> None:
    built = {file.relative_to(SITE).as_posix().removesuffix("index.html") for file in SITE.rglob("*.html")}
    assert built == {*addresses(), "404.html"}
    assert {root + address for address in addresses()} <= set(crawl.pages)
