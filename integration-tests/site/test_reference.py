"""Everything that users and authors of plugins call is on the page of the reference."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points

import pytest
from serving import SITE

import tripwire
from tripwire import verifying

PAGE = (SITE / "reference" / "index.html").read_text()
HEADINGS = set(re.findall(r'<h\d id="([\w.]+)"', PAGE))
PLUGINS = [
    point for point in entry_points(group="tripwire.plugins") if point.module.startswith("tripwire.plugins.")
]


@pytest.mark.parametrize("point", PLUGINS, ids=lambda point: point.name)
def test_what_a_plugin_offers(point: EntryPoint) -> None:
    kind = point.load()
    places = [
        f"{one.__module__.removeprefix('tripwire.plugins.')}.{one.__qualname__}" for one in kind.__mro__
    ]
    missing = [
        name
        for name in dir(getattr(tripwire, point.name))
        if not any(f"{place}.{name}" in HEADINGS for place in places)
        and f"<code>tripwire.{point.name}.{name}</code>" not in PAGE
    ]
    assert missing == []


def test_the_module_for_truths() -> None:
    assert {f"tripwire.verifying.{name}" for name in verifying.__all__} <= HEADINGS


def test_the_errors_and_nothing_else_of_their_module() -> None:
    kinds = {name for name in tripwire.__all__ if name.endswith(("Error", "Warning"))}
    assert {name for name in HEADINGS if name.startswith("tripwire._errors.")} == {
        f"tripwire._errors.{name}" for name in kinds
    }


def test_all_else_that_the_module_offers() -> None:
    """But what is only handed out: contexts, which `with` takes."""
    known = {name.rpartition(".")[2] for name in HEADINGS} | {"mock", "spy"}  # by the factories
    contexts = {"ExpectTripContext", "InAnyOrderContext", "SandboxContext"}
    assert {*tripwire.__all__} - known == contexts
