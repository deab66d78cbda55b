"""The built site, over a server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
SOURCES = ROOT / "docs/pages"


def addresses() -> list[str]:
    """The address of every page, relative to the site's root."""
    names = (source.relative_to(SOURCES).with_suffix("").as_posix() for source in SOURCES.rglob("*.md"))
    return sorted("" if name == "index" else f"{name.removesuffix('/index')}/" for name in names)


class _Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        if "/assets/" in self.path:  # else the browser compiles them anew for each page
            self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder; gives its address, which ends in a slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
