"""Writes the pages of errors and the gallery: `python integration-tests/messages/published.py`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from documentation.runs import Pytest, warm

from messages import gallery
from tripwire._messages import entries

PAGES = Path(__file__).parents[2] / "docs" / "pages"
_INCLUDED = '```python title="{file}"\n--8<-- "integration-tests/messages/shown/{source}.py"\n```\n'


def errors() -> str:
    """The page of errors: the entry of each code, under an anchor of that name."""
    parts = [
        "---\nsearch:\n  boost: 4\n---\n",  # who looks for a code wants its entry, and not a message of the gallery
        "# Errors\n",
        "The last line of a message of tripwire names a code. `python -m tripwire explain CODE` prints the entry of "
        "that code, also without a network; this page has them all. The [gallery](gallery.md) shows the messages, each "
        "beside the test that caused it.\n",
    ]
    for code, entry in entries().items():
        raised = re.sub(r"[\w.]*[A-Z]\w*(Error|Warning)", r"`\g<0>`", entry.raised)
        parts += [f"## {code}\n", f"{raised}\n", f"{entry.what}\n", f"{entry.why}\n"]
        parts += ["What to do:\n", "".join(f"- {remedy}\n" for remedy in entry.remedies)]
    return "\n".join(parts)


def gallery_of(said: dict[str, gallery.Said]) -> str:
    """The gallery: each test, and what it says."""
    parts = [
        "# Gallery\n",
        "Messages of tripwire, each below the test that causes it, as pytest prints them with `--tb=short`. The tests "
        "are about one program:\n",
        _INCLUDED.format(file="shop.py", source="shop"),
    ]
    codes = entries()
    missing = [code for code in codes if not any(one.code == code for one in said.values())]
    for code in codes:
        if code not in missing:
            parts.append(f"## {code}\n\n[Cause and remedy](errors.md#{code})\n")
            parts += [_case(name, said[name]) for name in gallery.in_order(said) if said[name].code == code]
    named = ", ".join(f"[{code}](errors.md#{code})" for code in missing)
    parts.append(f"## Not shown\n\nThese are base classes: {named}.\n")
    return "\n".join(parts)


def _case(name: str, said: gallery.Said) -> str:
    alone = gallery.ALONE.get(name)
    if alone is None:
        title = re.sub(r'^"""(.+)\.?"""\n[\s\S]*', r"\1", gallery.TESTS[name])
        alone = gallery.Alone(title, name)
    shown = [alone.title]
    if alone.settings:
        shown.append(f"```text\n{alone.settings}```")
    if alone.test == "unsupported_version":
        shown.append(_INCLUDED.format(file=gallery.PLUGIN.name, source=gallery.PLUGIN.stem).rstrip())
    shown.append(_INCLUDED.format(file=f"test_{alone.test}.py", source=alone.test).rstrip())
    if alone.options:
        shown.append(f"```shell\npytest {' '.join(alone.options)}\n```")
    return "\n\n".join([*shown, f"```text\n{said.text}\n```\n"])


def run(folder: Path, pytest: Pytest) -> dict[str, gallery.Said]:
    """Run all that is shown."""
    return {**gallery.run(gallery.SOURCES, folder, pytest), **gallery.run_alone(folder, pytest)}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary, warm() as inner_pytest:
        told = run(Path(temporary).resolve(), inner_pytest)
    (PAGES / "gallery.md").write_text(gallery_of(told))
    (PAGES / "errors.md").write_text(errors())
