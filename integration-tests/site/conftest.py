"""One browser for all tests, and one page of it, whose console and network are recorded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from serving import SITE, served

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CLIPBOARD = ["clipboard-read", "clipboard-write"]
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)
# Without them, drawing takes a quarter more of the machine's time.
FLAGS = ["--disable-gpu", "--no-zygote"]


class Recorded:
    """What the page said and loaded since the test began."""

    def __init__(self, page: Page, root: str) -> None:
        self.page = page
        self.root = root
        self.faults: list[str] = []
        page.on("console", lambda said: self.faults.append(f"console: {said.type}: {said.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda request: self._judge(request.url))
        page.on("response", lambda got: self._judge_status(got.url, got.status))

    def _judge(self, url: str) -> None:
        if not url.startswith((self.root, "data:", f"blob:{self.root}")):
            self.faults.append(f"another host: {url}")

    def _judge_status(self, url: str, status: int) -> None:
        if status >= 400:
            self.faults.append(f"{status}: {url}")


@pytest.fixture(scope="session")
def root() -> Iterator[str]:
    """The address of the built site."""
    if not (SITE / "index.html").exists():
        pytest.exit("there is no site: run `hatch run docs:test`, which builds it", returncode=1)
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        names = ", ".join(BROWSERS)
        pytest.exit(f"no browser on PATH ({names}); on Debian: apt-get install chromium", returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _one_page(browser: Browser, root: str) -> Iterator[Recorded]:
    with browser.new_context(base_url=root, color_scheme="light", permissions=CLIPBOARD) as context:
        context.set_default_timeout(10_000)
        yield Recorded(context.new_page(), root)


@pytest.fixture
def recorded(_one_page: Recorded) -> Recorded:
    """The page in the size of a desk, and what it will have said and loaded amiss."""
    _one_page.faults.clear()
    _one_page.page.set_viewport_size(DESK)
    return _one_page


@pytest.fixture
def page(recorded: Recorded) -> Iterator[Page]:
    """The page, in the size of a desk and the light scheme; afterwards it has said and loaded nothing amiss."""
    yield recorded.page
    if recorded.page.url != "about:blank":
        recorded.page.evaluate("localStorage.clear()")  # the scheme that was chosen
    assert not recorded.faults


@pytest.fixture(scope="session")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: `site-screenshots` under $TRIPWIRE_ARTEFACTS, or under pytest's temporary folder."""
    above = os.environ.get("TRIPWIRE_ARTEFACTS") or tmp_path_factory.getbasetemp()
    folder = Path(above) / "site-screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
