"""No link, anchor or file of the built site is missing, and none of its files is on another host."""

from __future__ import annotations

from pathlib import Path

import pytest
from links import Crawl
from serving import SITE, addresses, served


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


def test_what_is_broken_is_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        """<link rel="stylesheet" href="site.css"><script src="http://127.0.0.2/spy.js"></script>
        <a href="#here" id="here"></a> <a href="#gone"></a> <a href="other.html#part"></a> <a href="lost.html"></a>
        <a href="http://127.0.0.2/elsewhere"></a> <img src="lost.png">"""
    )
    (tmp_path / "other.html").write_text("<p>no part</p>")
    (tmp_path / "site.css").write_text("@font-face { src: url('lost.woff') }")
    with served(tmp_path) as root:
        crawl = Crawl(root)
        crawl.run()
    assert sorted(crawl.broken) == [
        f"{root}: #gone: no such anchor",
        f"{root}: {root}lost.html: 404",
        f"{root}: {root}lost.png: 404",
        f"{root}: other.html#part: no such anchor",
        f"{root}site.css: {root}lost.woff: 404",
    ]
    assert crawl.outside == [f"{root}: http://127.0.0.2/spy.js"]
