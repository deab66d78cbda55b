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
  return {
    tabs: seen(".md-tabs__link").map((one) => one.innerText.trim()),
    active: seen(".md-tabs__item--active").length,
    contents: seen(".md-sidebar--secondary a.md-nav__link").map((one) => decodeURIComponent(one.hash)),
    sections: seen("article h2[id]").map((one) => `#${one.id}`),
  };
}"""


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address or "home")
def test_page(page: Page, artefacts: Path, address: str) -> None:
    questions = QUESTIONS.get(address, [])
    if not questions:
        page.set_viewport_size(PHONE)
    page.goto(address)
    for question in questions:
        question(page)
    widths = {"desk": DESK, "phone": PHONE} if questions else {"phone": PHONE}
    found: dict[str, list[str]] = {}
    for width, size in widths.items():
        page.set_viewport_size(size)
        for scheme, value in SCHEMES.items():
            page.evaluate("(value) => { document.body.dataset.mdColorScheme = value }", value)
            found[f"{width}, {scheme}"] = page.evaluate(LOOKING, CONTRAST)
            if address in SHOTS:
                page.screenshot(path=artefacts / f"{SHOTS[address]}-{width}-{scheme}.png")
    assert not any(found.values()), found
    assert page.locator(".md-tabs").is_hidden()  # on a phone they are behind a button


def leads_on(page: Page) -> None:
    """By the tabs, of which one is this page's, and by the contents beside the page."""
    leading = page.evaluate(LEADING)
    assert (leading["tabs"], leading["active"]) == (TABS, 1)
    contents = [one for one in leading["contents"] if one in leading["sections"]]
    assert contents == (leading["sections"] if page.url.count("/") > 3 else [])  # home does without them


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


# What is asked on a desk, of a few pages of each kind; there the width differs, and what stands around the text.
QUESTIONS: dict[str, list[Callable[[Page], None]]] = {
    "": [leads_on, shows_the_lie_and_the_message],
    "tutorial/": [leads_on, can_be_copied],
    "recipes/http/": [leads_on],
    "guides/typing/": [leads_on],
    "migrating/respx/": [leads_on],
    "errors/": [leads_on],
    "gallery/": [leads_on],
}


def test_what_is_asked_of_pages_is_asked_of_pages_that_exist() -> None:
    assert SHOTS.keys() <= QUESTIONS.keys() <= {*addresses()}
