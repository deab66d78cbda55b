"""pytest's own options and ways to end, with tripwire in the middle of a test."""

from __future__ import annotations

import pytest

from runners.conftest import Inner
from runners.suites import check, suite


@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_import_modes(inner: Inner, mode: str) -> None:
    check(inner(f"--import-mode={mode}", test_suite=suite()))


def test_warnings_are_errors_and_no_cache(inner: Inner) -> None:
    check(inner("-W", "error", "-p", "no:cacheprovider", test_suite=suite()))


WITHOUT = """
import pytest, tripwire

def test_sandbox():
    with tripwire:
        pass

async def async_sandbox():
    async with tripwire:
        pass

def test_async_sandbox():
    import asyncio
    asyncio.run(async_sandbox())

def test_mock():
    tripwire.mock("repo")

def test_verifier(tripwire_verifier):
    pass

def test_by_hand():
    verifier = tripwire.StrictVerifier()
    with verifier.sandbox():
        pass
    verifier.verify_all()
"""


@pytest.mark.parametrize("how", ["not loaded", "-p no:tripwire"])
def test_without_the_plugin(inner: Inner, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    options: tuple[str, ...] = ()
    if how == "-p no:tripwire":
        monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        options = ("-p", "no:tripwire", "-p", "no:randomly", "-p", "no:asyncio")
    result = inner(*options, plugins=None, test_without=WITHOUT)
    result.assert_outcomes(passed=1, failed=3, errors=1)
    message = [
        "E *NoActiveVerifierError: tripwire was used while no test was running.",
        "E *Use it in a test or in a function-scoped fixture, with tripwire's pytest plugin active "
        "(no -p no:tripwire); outside pytest, make a tripwire.StrictVerifier()",
    ]
    result.stdout.fnmatch_lines(["E *fixture 'tripwire_verifier' not found", *message, *message, *message])


LAST_FAILED = """
import pathlib, tripwire
import program

def test_good():
    pass

def test_swallowed():
    repo = tripwire.mock("repo")
    with tripwire:
        if not pathlib.Path("mended.py").exists():
            program.swallow(repo.find, 1)

def test_unused():
    if not pathlib.Path("mended.py").exists():
        tripwire.mock("repo").returns(1)
"""


def test_last_failed(inner: Inner) -> None:
    inner(test_lf=LAST_FAILED).assert_outcomes(passed=2, failed=1, errors=1)
    inner("--lf", test_lf=LAST_FAILED).assert_outcomes(passed=1, failed=1, errors=1)
    inner("--lf", test_lf=LAST_FAILED, mended="").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("option", "outcome"),
    [
        ("-x", {"passed": 1, "failed": 1}),
        ("--maxfail=2", {"passed": 2, "failed": 1, "errors": 1}),
    ],
)
def test_a_session_that_ends_early(inner: Inner, option: str, outcome: dict[str, int]) -> None:
    result = inner(option, test_suite=suite())
    result.assert_outcomes(**outcome)
    result.stdout.fnmatch_lines(["*!! stopping after ? failures !!*"])


INTERRUPTED = """
import threading, pytest, tripwire
genuine = threading.Thread.start

@pytest.fixture(scope="module", autouse=True)
def wide():
    yield
    print("WIDE", threading.Thread.start is not genuine)

@pytest.fixture
def box():
    repo = tripwire.mock("repo").returns(1)
    with tripwire:
        yield repo
    print("BOX", threading.Thread.start is not genuine)
    repo.assert_call()

def test_it(box):
    box()
    with tripwire:
        {end}

def test_never():
    print("NEVER")
"""

INTERRUPTIONS = {
    "raise KeyboardInterrupt": (2, ["*!! KeyboardInterrupt !!*"]),
    "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(5)": (
        2,
        ["*!! KeyboardInterrupt !!*"],
    ),
    "pytest.exit('enough', returncode=7)": (7, ["*!! _pytest.outcomes.Exit: enough !!*"]),
}


@pytest.mark.parametrize("end", INTERRUPTIONS)
def test_interruptions(inner: Inner, end: str) -> None:
    """The inner conftest looks again when the session has ended."""
    status, lines = INTERRUPTIONS[end]
    result = inner("-s", test_it=INTERRUPTED.replace("{end}", end))
    assert result.ret == status
    result.stdout.fnmatch_lines(["*BOX True", "WIDE True", *lines])
    result.stdout.no_fnmatch_line("*NEVER*")
    assert "Traceback" not in result.stderr.str()


def test_setup_show(inner: Inner) -> None:
    code = "import tripwire\ndef test_it(tripwire_verifier):\n    with tripwire: pass\n"
    result = inner("--setup-show", test_it=code)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*SETUP    F tripwire_verifier",
            "*test_it.py::test_it (fixtures used: tripwire_verifier)*",
            "*TEARDOWN F tripwire_verifier",
        ]
    )


def test_fixtures(inner: Inner) -> None:
    result = inner("--fixtures")
    result.stdout.fnmatch_lines(
        [
            "*fixtures defined from tripwire._pytest_plugin*",
            "tripwire_verifier -- *",
            "    The verifier of this test, with its `timeline` and `trips`; *",
        ]
    )


def test_collect_only_loads_no_plugin(inner: Inner) -> None:
    loaded = (
        "import sys\ndef test_it(): pass\n" + "print([m for m in sys.modules if 'tripwire.plugins.' in m])"
    )
    result = inner("--collect-only", "-s", test_suite=suite(), test_z=loaded)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["[[][]]", "*<Function test_good>", "*6 tests collected*"])
