"""What looks at the pages would see what is wrong with one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from serving import SITE, served
from test_pages import CONTRAST, LOOKING

from conftest import PHONE, Recorded

NO_ICON = '<link rel="icon" href="data:,">'  # else the browser asks the server for one


@pytest.mark.parametrize(
    ("text", "background"), [("#777", "#fff"), ("#767676", "#fff"), ("rgb(0 0 0 / .5)", "#fff")]
)
def test_contrast_is_computed(page: Page, text: str, background: str) -> None:
    """By the definition of WCAG 2: the first of two neighbouring greys falls short, the second does not."""
    page.goto("about:blank")
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
    page.goto("about:blank")
    page.set_content(
        NO_ICON
        + '<body style="color: #000"><article><p class="p" style="width: 500px">a word</p><pre style="overflow: auto">'
        + "x" * 99
    )
    assert page.evaluate(LOOKING, CONTRAST) == [
        "beyond the edge: p.p: a word",
        "the page scrolls sideways: it is 508 px wide",
    ]


def test_what_a_page_says_and_loads_amiss_is_recorded(recorded: Recorded, root: str) -> None:
    with served(SITE / "assets") as other:  # by its port it is another host
        recorded.page.goto("assets/nothing.html")
        recorded.page.set_content(
            f"""{NO_ICON}<script>console.warn("mind this")</script><script>throw new Error("no")</script>
            <link rel="stylesheet" href="{other}images/favicon.png">"""
        )
    missing = "Failed to load resource: the server responded with a status of 404 (File not found)"
    assert recorded.faults[:2] == [f"404: {root}assets/nothing.html", f"console: error: {missing}"]
    assert {"console: warning: mind this", "error: no", f"another host: {other}images/favicon.png"} <= {
        *recorded.faults
    }
