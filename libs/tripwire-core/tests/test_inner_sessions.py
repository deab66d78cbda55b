"""A pytest session within a test of another session."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import tripwire

INNER = "import tripwire\n\ndef test_inner():\n    with tripwire:\n        pass\n"


@pytest.fixture(scope="module")
def ran_in_a_wide_fixture(tmp_path_factory: pytest.TempPathFactory) -> int:
    file: Path = (
        tmp_path_factory.mktemp("inner") / "test_in_a_wide_fixture.py"
    )  # a name that stays in `sys.modules`
    file.write_text(INNER)
    (file.parent / "pytest.ini").write_text("[pytest]\n")
    without = ("cacheprovider", "asyncio", "hypothesispytest")  # the last warns if it is imported late
    options = [option for name in without for option in ("-p", f"no:{name}")]
    return pytest.main([str(file), "-q", *options, "--rootdir", str(file.parent)])


def test_in_a_fixture_of_a_module(ran_in_a_wide_fixture: int) -> None:
    assert ran_in_a_wide_fixture == 0


def test_the_outer_sandbox_goes_on(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(INNER)
    repo, go, raised = tripwire.mock("repo"), threading.Event(), []

    def late() -> None:
        go.wait()
        with pytest.raises(tripwire.PostSandboxInteractionError) as caught:
            repo()
        raised.append(caught.value)

    with tripwire.sandbox():
        pytester.runpytest_inprocess("-p", "no:asyncio").assert_outcomes(passed=1)
        thread = threading.Thread(target=late)
        thread.start()
    go.set()
    thread.join()
    assert len(raised) == 1
