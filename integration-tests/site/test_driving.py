"""What a reader does: searches, and chooses dark or light."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize(
    ("word", "opened"),
    [
        ("savepoint", "guides/asyncpg/"),
        ("pagination", "recipes/http/"),
        ("swallowed-trip", "errors/"),
        ("cassette", ""),
    ],
)
def test_search_finds_a_page(page: Page, root: str, word: str, opened: str) -> None:
    if not page.url.startswith(root):
        page.goto("")
    expect(page.locator(".md-search-result__meta")).to_have_text("Type to start searching")  # it listens
    box = page.get_by_role("textbox", name="Search")
    box.fill(word)
    box.press("End")  # it looks when a key goes up, as a reader's do
    results = page.locator(".md-search-result__link")
    if not opened:
        expect(page.locator(".md-search-result__meta")).to_have_text("No matching documents")
        return
    if opened == "errors/":  # before the gallery, which has the word more often
        expect(results.first).to_have_attribute("href", re.compile(opened))
    results.and_(page.locator(f"[href*='{opened}']")).first.click()
    page.wait_for_url(re.compile(re.escape(root + opened)))
    expect(page.locator("article")).to_contain_text(word, ignore_case=True)


def test_dark_and_light(page: Page) -> None:
    """The first visit follows the system, the switch changes it, and the choice is kept."""
    page.goto("")
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.get_by_title("Dark").click()
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.goto("supported/")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.get_by_title("Light").click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
