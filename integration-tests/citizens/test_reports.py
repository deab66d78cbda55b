"""What pytest prints of a suite that trips, with each of its options for that."""

from __future__ import annotations

import pytest

from citizens.conftest import Run, told

UNASSERTED = """\
_ ERROR at teardown of test_unasserted _
E   tripwire.UnassertedInteractionsError: 1 interaction was not asserted:
      - repo.find(1) returned 'Ada'  (test_shop.py:25)
    put this after the sandbox:
        repo.find.assert_call(args=(1,), kwargs={}, returned='Ada')
    help: python -m tripwire explain unasserted-interactions
"""
UNUSED = """\
_ ERROR at teardown of test_unused _
E   tripwire.UnusedMocksError: 1 mock was never used:
      - repo.find.returns('Ada')  (test_shop.py:28)
    make the call, take the mock away, or register it with required=False
    help: python -m tripwire explain unused-mocks
"""
LONG = """\
_ test_trip _

repo = repo

    def test_trip(repo):
        with tripwire:
>           repo.drop()
E           tripwire.UnmockedInteractionError: nothing answers this call: repo.drop()
E             called at test_shop.py:16
E           to mock it, put this before the sandbox:
E               repo.drop.returns(...)
E           help: python -m tripwire explain unmocked-interaction

test_shop.py:16: UnmockedInteractionError
"""
SHORT = """\
_ test_trip _
test_shop.py:16: in test_trip
    repo.drop()
E   tripwire.UnmockedInteractionError: nothing answers this call: repo.drop()
E     called at test_shop.py:16
E   to mock it, put this before the sandbox:
E       repo.drop.returns(...)
E   help: python -m tripwire explain unmocked-interaction
"""
SWALLOWED = """\
_ test_swallowed _
E   tripwire.SwallowedTripError: 1 trip never reached the test:
      - UnmockedInteractionError: repo.drop()  (program.py:5)
        swallowed at program.py:5 in careless
        | nothing answers this call: repo.drop()
        |   called at program.py:5
        | to mock it, put this before the sandbox:
        |     repo.drop.returns(...)
    mock the call; or, where the test is about the program's reaction, expect it:
        with tripwire.expect_trip(tripwire.UnmockedInteractionError):
    help: python -m tripwire explain swallowed-trip
"""
ERRORS = f"= ERRORS =\n{UNASSERTED}{UNUSED}"
QUIET = ".FF.E.E                                                                  [100%]\n"
VERBOSE = """\
test_shop.py::test_good PASSED                                           [ 20%]
test_shop.py::test_trip FAILED                                           [ 40%]
test_shop.py::test_swallowed FAILED                                      [ 60%]
test_shop.py::test_unasserted PASSED                                     [ 80%]
test_shop.py::test_unasserted ERROR                                      [ 80%]
test_shop.py::test_unused PASSED                                         [100%]
test_shop.py::test_unused ERROR                                          [100%]

"""
SUMMARY = """\
tripwire: 2 interactions in 5 tests, 2 trips
= short test summary info =
FAILED test_shop.py::test_trip - tripwire.UnmockedInteractionError: nothing a...
FAILED test_shop.py::test_swallowed - tripwire.SwallowedTripError: 1 trip nev...
ERROR test_shop.py::test_unasserted - tripwire.UnassertedInteractionsError: 1...
ERROR test_shop.py::test_unused - tripwire.UnusedMocksError: 1 mock was never...
"""
COUNTS = "2 failed, 3 passed, 2 errors in 0.00s"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-v", f"{VERBOSE}{ERRORS}= FAILURES =\n{LONG}{SWALLOWED}{SUMMARY}= {COUNTS} ="),
        ("-q", f"{QUIET}{ERRORS}= FAILURES =\n{LONG}{SWALLOWED}{SUMMARY}{COUNTS}"),
        ("-qq", f"{QUIET}{ERRORS}= FAILURES =\n{LONG}{SWALLOWED}{SUMMARY}".strip()),
        ("-q --tb=long", f"{QUIET}{ERRORS}= FAILURES =\n{LONG}{SWALLOWED}{SUMMARY}{COUNTS}"),
        ("-q --tb=short", f"{QUIET}{ERRORS}= FAILURES =\n{SHORT}{SWALLOWED}{SUMMARY}{COUNTS}"),
        ("-q --tb=no", f"{QUIET}{SUMMARY}{COUNTS}"),
    ],
)
def test_verbosity_and_style(run: Run, options: str, expected: str) -> None:
    text = told(run(*options.split()))
    assert (text.partition("collected 5 items\n\n")[2] or text) == expected


def test_one_line_each_names_the_user_s_line(run: Run, pytester: pytest.Pytester) -> None:
    text = told(run("-q", "--tb=line")).replace(f"{pytester.path}/", "")
    without_help = [line for line in ERRORS.splitlines() if "    help: " not in line]
    assert text.startswith(QUIET + "\n".join(without_help) + "\n= FAILURES =\n")
    places = [line for line in text.splitlines() if line.startswith(("test_shop.py:", "program.py:"))]
    assert places == [
        "test_shop.py:16: tripwire.UnmockedInteractionError: nothing answers this call: repo.drop()",
        "program.py:5: tripwire.SwallowedTripError: 1 trip never reached the test:",
    ]
    assert text.endswith(SUMMARY + COUNTS)


def test_the_native_style_and_the_full_trace_keep_every_frame(run: Run) -> None:
    for option in ("--tb=native", "--full-trace"):
        text = told(run("-q", option))
        assert "/tripwire/_plugin.py" in text
        assert ERRORS in text
        assert SWALLOWED in text


def test_without_a_terminal_the_result_is_the_same(run: Run) -> None:
    result = run("-p", "no:terminal")
    assert (result.ret, result.outlines, result.errlines) == (pytest.ExitCode.TESTS_FAILED, [], [])


def test_stop_at_the_first_and_begin_with_the_last_failed(run: Run) -> None:
    text = told(run("-q", "-x"))
    head, _, tail = text.partition("!" * 26)
    assert head == (
        ".F\n= FAILURES =\n" + LONG + "tripwire: 1 interaction in 2 tests, 1 trip\n"
        "= short test summary info =\n" + SUMMARY.splitlines(keepends=True)[2]
    )
    assert tail.endswith("\n1 failed, 1 passed in 0.00s")


def test_the_last_failed_are_those_that_failed_at_teardown_too(run: Run) -> None:
    run("-q")
    text = told(run("-q", "--lf"))
    assert text.endswith(
        SUMMARY.replace("2 interactions in 5 tests", "1 interaction in 4 tests")
        + COUNTS.replace("3 passed", "2 passed")
    )


def test_durations_are_told_beside_the_summary(run: Run) -> None:
    text = told(run("-q", "--tb=no", "--durations=1", "-k", "good"))
    assert "]\ntripwire: 1 interaction in 1 test\n= slowest 1 durations =\n" in text
    assert text.endswith("\n1 passed, 4 deselected in 0.00s")


COLOURS = "\x1b["


@pytest.mark.parametrize(
    ("variable", "options", "coloured"),
    [
        ("", "", False),  # no terminal
        ("NO_COLOR", "--color=auto", False),
        ("FORCE_COLOR", "", True),
        ("FORCE_COLOR", "--color=no", False),
        ("", "--color=yes", True),
        ("", "--color=no", False),
    ],
)
def test_colours(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, options: str, coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, "1")
    result = run("-q", "--tripwire-timeline", *options.split())
    ours = [line for line in result.outlines if "UnmockedInteractionError" in line and "repo.drop" in line]
    assert len(ours) >= 4
    assert all((COLOURS in line) == coloured for line in ours)
    assert (COLOURS in result.stdout.str()) == coloured
