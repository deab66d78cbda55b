"""What the tables of the pages claim is so, and their pictures can be read."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from documentation.blocks import ROOT


def named_in_tables() -> list[tuple[str, str]]:
    page = ROOT / "docs" / "pages" / "what-is-caught.md"
    rows = [
        line
        for line in page.read_text().splitlines()
        if line.startswith("| ") and "| proved by |" not in line
    ]
    named = [re.search(r"`(test_\w+\.py)::(test_\w+)` \|$", row) for row in rows]
    assert all(named), [row for row, found in zip(rows, named, strict=True) if not found]
    return sorted({(found[1], found[2]) for found in named if found})


@pytest.mark.parametrize(("file", "test"), named_in_tables())
def test_what_is_caught_where_is_proved_by_a_test(file: str, test: str) -> None:
    found = [path for folder in ("libs", "integration-tests") for path in (ROOT / folder).rglob(file)]
    assert any(re.search(rf"^(async )?def {test}\(", path.read_text(), re.MULTILINE) for path in found)


PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_can_be_read_on_a_phone_in_dark_and_light(picture: Path) -> None:
    root = ElementTree.fromstring(f'<page xmlns="http://www.w3.org/2000/svg">{picture.read_text()}</page>')[0]
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert width <= 360
    assert root.attrib["aria-label"]
    for part in root.iter():
        assert {part.get("fill", "none"), part.get("stroke", "none")} <= {"none", "currentColor"}
        assert part.get("style", "").count(":") == part.get("style", "").count("var(") or part is root
        if part.tag.endswith("text"):
            assert float(part.attrib["font-size"]) >= 12
            assert 0 <= float(part.attrib["x"]) <= width
            assert 0 <= float(part.attrib["y"]) <= height
    page = ROOT / "docs" / "pages" / "how-it-works.md"
    assert f'--8<-- "docs/pictures/{picture.name}"' in page.read_text()
