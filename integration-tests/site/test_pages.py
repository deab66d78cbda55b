"""Every page, loaded once and asked all: on a desk and on a phone, in light and in dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from serving import SOURCES, addresses

from conftest import DESK, PHONE

LOOKING = Path(__file__).with_name("looking.js").read_text()
CONTRAST = 4.5  # the least that WCAG 2 asks of text, level AA
SCHEMES = {"light": "default", "dark": "slate"}
SHOTS = {"": "landing", "tutorial/": "tutorial", "gallery/": "gallery", "errors/": "errors"}
TABS = ["Start", "Recipes", "Guides", "Migrating", "Reference"]
FENCE = re.compile(r"^```\w+[^\n]*\n(.*?)\n```$", re.DOTALL | re.MULTILINE)

# What leads on from a page: the tabs above it, the one that it is under, and the contents beside it.
LEADING = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const ids = (elements) => elements.map((one) => one.id);
  return {
    tabs: seen(".md-tabs__link").map((one) => one.innerText.trim()),
    active: seen(".md-tabs__item--active").length,
    contents: seen(".md-sidebar--secondary .md-nav__link[href^='#']").map((one) => decodeURIComponent(one.hash.slice(1))),
    sections: ids(seen("article h2[id]")),
  };
}"""


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address or "home")
def test_page(page: Page, artefacts: Path, address: str) -> None:
    page.goto(address)
    leading = page.evaluate(LEADING)
    assert (leading["tabs"], leading["active"]) == (TABS, 1)
    assert [one for one in leading["contents"] if one in leading["sections"]] == leading["sections"]
    for question in QUESTIONS.get(address, ()):
        question(page)

    found = {}
    for width, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)
        for scheme, value in SCHEMES.items():
            page.evaluate("(value) => { document.body.dataset.mdColorScheme = value }", value)
            found[f"{width}, {scheme}"] = page.evaluate(LOOKING, CONTRAST)
            if address in SHOTS:
                page.screenshot(path=artefacts / f"{SHOTS[address]}-{width}-{scheme}.png")
    assert found == dict.fromkeys(found, [])
    assert page.evaluate(LEADING)["tabs"] == []  # on a phone they are behind a button


def shows_the_lie_and_the_message(page: Page) -> None:
    """On the first screen."""
    shown = page.locator("article :is(h1, pre)").all()[:5]
    assert all((box := part.bounding_box()) and box["y"] + box["height"] <= 800 for part in shown)
    texts = [part.inner_text() for part in shown]
    assert "tripwire" in texts[0]
    assert "for _ in range(3):" in texts[1]
    assert "mock.patch" in texts[2]
    assert "with tripwire:" in texts[3]
    assert texts[4].startswith("tripwire.UnmockedInteractionError: nothing answers this call")


def can_be_copied(page: Page) -> None:
    """Each block of code has its button, and it copies the text of the page's source, neither more nor less."""
    copied = []
    for button in page.locator("article pre").get_by_role("button", name="Copy").all():
        button.click()
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    shown = FENCE.findall((SOURCES / "tutorial.md").read_text())
    assert [*map(_without_ends, copied)] == [*map(_without_ends, shown)]


def _without_ends(text: str) -> str:
    """The button leaves out what no one sees: the space of an empty line in a diff."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


QUESTIONS: dict[str, list[Callable[[Page], None]]] = {
    "": [shows_the_lie_and_the_message],
    "tutorial/": [can_be_copied],
}


def test_screenshots_are_taken_of_pages_that_exist() -> None:
    assert SHOTS.keys() <= {*addresses()}
