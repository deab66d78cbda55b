"""What pytest tells about tripwire when it is asked, and what it does not."""

from __future__ import annotations

import re

import pytest

from citizens.conftest import Run, told

HEADER = "tripwire 1.0.0: async_subprocess, asyncpg, http, popen, subprocess"


def test_each_option_of_ours_has_a_help_text(run: Run) -> None:
    text = run("--help").stdout.str()
    section = re.search(r"(?m)^tripwire:\n((?:  .*\n)+)", text)
    assert section is not None
    options = re.findall(r"(?m)^  (--[\w-]+)", section[1])
    assert "--tripwire-timeline" in options
    assert all(option.startswith("--tripwire-") for option in options)
    for text in re.split(r"(?m)^  --[\w-]+(?:=\S+)?", section[1])[1:]:
        assert len(text.split()) > 5
    outside = text.replace(section[0], "")
    assert not re.search(r"(?m)^ +--tripwire", outside)


def test_the_header_tells_the_version_and_the_plugins(run: Run) -> None:
    assert told(run("--collect-only")).splitlines()[2] == HEADER
    assert HEADER not in told(run("--collect-only", "-q"))
    assert HEADER not in told(run("--collect-only", "--no-header"))


@pytest.mark.parametrize(
    ("settings", "plugins"),
    [
        ('enabled_plugins = ["http"]', "http"),
        ("enabled_plugins = []", "no plugins"),
        ('disabled_plugins = ["popen", "asyncpg"]', "async_subprocess, http, subprocess"),
    ],
)
def test_the_header_tells_of_no_plugin_that_is_switched_off(
    run: Run, pytester: pytest.Pytester, settings: str, plugins: str
) -> None:
    pytester.makepyprojecttoml(f"[tool.tripwire]\n{settings}\n")
    lines = told(run("--collect-only")).splitlines()
    assert [line for line in lines if line.startswith("tripwire")] == [f"tripwire 1.0.0: {plugins}"]


def test_no_marker_is_ours(run: Run, pytester: pytest.Pytester) -> None:
    with_it, without = run("--markers").outlines, run("--markers", "-p", "no:tripwire").outlines
    assert with_it == without
    assert "@pytest.mark.skipif(condition, ..., *, reason=...)" in "\n".join(with_it)


def test_collect_only_runs_and_judges_nothing(run: Run) -> None:
    assert told(run("--collect-only", "-q")) == (
        "test_shop.py::test_good\ntest_shop.py::test_trip\ntest_shop.py::test_swallowed\n"
        "test_shop.py::test_unasserted\ntest_shop.py::test_unused\n\n5 tests collected in 0.00s"
    )


def test_setup_show_names_the_fixture_of_ours(run: Run) -> None:
    code = "import tripwire\ndef test_it(tripwire_verifier):\n    with tripwire: pass\n"
    lines = told(run("--setup-show", "-q", test_it=code)).splitlines()
    ours = [line.strip() for line in lines if "tripwire" in line]
    assert ours == [
        "SETUP    F tripwire_verifier",
        "test_it.py::test_it (fixtures used: event_loop_policy, tripwire_verifier) .",
        "TEARDOWN F tripwire_verifier",
        "tripwire: 0 interactions in 1 test",
    ]
