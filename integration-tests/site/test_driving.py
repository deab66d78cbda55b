"""What a reader does: searches, copies, chooses dark or light, looks at the first screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from serving import SOURCES

FENCE = re.compile(r"^```\w+[^\n]*\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
SHOTS = {"landing": "", "tutorial": "tutorial/", "gallery": "gallery/", "errors": "errors/"}


@pytest.mark.parametrize(
    ("word", "opened"),
    [("savepoint", "guides/asyncpg/"), ("pagination", "recipes/http/"), ("cassette", "")],
)
def test_search_finds_a_page(page: Page, root: str, word: str, opened: str) -> None:
    page.goto("")
    page.get_by_role("textbox", name="Search").fill(word)
    results = page.locator(".md-search-result__link")
    if not opened:
        expect(page.locator(".md-search-result__meta")).to_have_text("No matching documents")
        return
    results.and_(page.locator(f"[href*='{opened}']")).first.click()
    page.wait_for_url(re.compile(re.escape(root + opened)))
    expect(page.locator("article")).to_contain_text(word, ignore_case=True)


def test_the_tutorial_can_be_copied(page: Page) -> None:
    """Each block of code has its button, and it copies the text of the page's source, neither more nor less."""
    page.goto("tutorial/")
    copied = []
    for block in page.locator("article pre").all():
        block.hover()
        block.get_by_role("button", name="Copy").click()
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    shown = FENCE.findall((SOURCES / "tutorial.md").read_text())
    assert [*map(_without_ends, copied)] == [*map(_without_ends, shown)]


def _without_ends(text: str) -> str:
    """The button leaves out what no one sees: the space of an empty line in a diff."""
    return "\n".join(line.rstrip() for line in text.split("\n"))


def test_dark_and_light(page: Page) -> None:
    """The first visit follows the system, the switch changes it, and the choice is kept."""
    page.goto("")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.get_by_title("Dark").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.goto("tutorial/")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.get_by_title("Light").click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")


def test_the_first_screen_shows_the_lie_and_the_message(page: Page) -> None:
    page.goto("")
    shown = page.locator("article :is(h1, pre)").all()[:5]
    assert all((box := part.bounding_box()) and box["y"] + box["height"] <= 800 for part in shown)
    texts = [part.inner_text() for part in shown]
    assert "tripwire" in texts[0]
    assert "for _ in range(3):" in texts[1]
    assert "mock.patch" in texts[2]
    assert "with tripwire:" in texts[3]
    assert texts[4].startswith("tripwire.UnmockedInteractionError: nothing answers this call")


@pytest.mark.parametrize("name", SHOTS)
def test_screenshots(page: Page, artefacts: Path, name: str) -> None:
    """For people to look at: in light, in dark, and on a phone."""
    page.goto(SHOTS[name])
    page.screenshot(path=artefacts / f"{name}-light.png")
    page.get_by_title("Dark").click()
    page.screenshot(path=artefacts / f"{name}-dark.png")
    page.set_viewport_size({"width": 360, "height": 740})
    page.screenshot(path=artefacts / f"{name}-phone.png")
    assert len(list(artefacts.glob(f"{name}-*.png"))) == 3
