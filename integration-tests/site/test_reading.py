"""Every page can be read: on a phone's width without scrolling sideways, in light and in dark, with enough contrast."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize
from serving import addresses

PHONE = ViewportSize(width=360, height=740)
LOOKING = Path(__file__).with_name("looking.js").read_text()
CONTRAST = 4.5  # the least that WCAG 2 asks of text, level AA
NO_ICON = '<link rel="icon" href="data:,">'  # else the browser asks the server for one


@pytest.mark.parametrize("address", addresses(), ids=lambda address: address or "home")
def test_page_is_readable(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address)
    light = page.evaluate(LOOKING, CONTRAST)
    page.get_by_title("Dark").dispatch_event("click")
    assert {"light": light, "dark": page.evaluate(LOOKING, CONTRAST)} == {"light": [], "dark": []}


@pytest.mark.parametrize(
    ("text", "background"), [("#777", "#fff"), ("#767676", "#fff"), ("rgb(0 0 0 / .5)", "#fff")]
)
def test_contrast_is_computed(page: Page, text: str, background: str) -> None:
    """By the definition of WCAG 2: the first of two neighbouring greys falls short, the second does not."""
    page.goto("supported/")
    page.set_content(
        f'{NO_ICON}<body style="background: {background}"><p class="p" style="color: {text}">a word</p></body>'
    )
    expected = {
        "#777": ["contrast 4.5: p.p: a word"],
        "#767676": [],
        "rgb(0 0 0 / .5)": ["contrast 4.0: p.p: a word"],
    }
    assert page.evaluate(LOOKING, CONTRAST) == expected[text]


def test_what_does_not_fit_is_found(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("supported/")
    page.set_content(
        NO_ICON
        + '<body style="color: #000"><article><p class="p" style="width: 500px">a word</p><pre style="overflow: auto">'
        + "x" * 99
    )
    assert page.evaluate(LOOKING, CONTRAST) == [
        "beyond the edge: p.p: a word",
        "the page scrolls sideways: it is 508 px wide",
    ]
