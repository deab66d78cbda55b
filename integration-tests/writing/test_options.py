"""The options of a run that writes, and what it must leave alone."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.runs import warm

from writing.corpus import Case, Project, cases

BY_NAME = {case.name: case for case in cases()}
MISSING, DIFFERS, UNUSED = (BY_NAME[name] for name in ("assertion_missing", "status_differs", "unused_mock"))


def _id(one: object) -> str:
    return " ".join(getattr(part, "name", str(part)) for part in one) if isinstance(one, list) else str(one)


@pytest.fixture(scope="module", autouse=True)
def quick_runs() -> Iterator[None]:
    with warm() as run, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Project, "runner", staticmethod(run))
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, [MISSING, DIFFERS, UNUSED])


@pytest.mark.parametrize(
    ("options", "written"),
    [
        (["--tripwire-fix=create"], [MISSING]),
        (["--tripwire-fix=update"], [DIFFERS]),
        (["--tripwire-fix=trim"], [UNUSED]),
        (["--tripwire-fix=create,trim"], [MISSING, UNUSED]),
        (["--tripwire-fix", "."], [MISSING, DIFFERS, UNUSED]),
        (["--tripwire-fix", "--tripwire-diff"], []),
    ],
    ids=_id,
)
def test_what_is_written(project: Project, options: list[str], written: list[Case]) -> None:
    result = project.pytest(*options)
    assert result.returncode == 1, result.stdout
    for case in (MISSING, DIFFERS, UNUSED):
        assert project.text(case) == (case.after if case in written else case.before), case.name


def test_a_diff_is_shown(project: Project) -> None:
    result = project.pytest("--tripwire-fix", "--tripwire-diff", "test_status_differs.py")
    shown = result.stdout[result.stdout.index("--- a/") :].splitlines()
    assert shown[:2] == ["--- a/test_status_differs.py", "+++ b/test_status_differs.py"]
    assert (
        '-    tripwire.http.assert_request("GET", "https://shop.example.com/prices/green", status=201)  # as agreed'
        in shown
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tripwire-fix=all"], "--tripwire-fix=all: 'all' is none of create, update, trim"),
        (["--tripwire-record=htp"], "--tripwire-record=htp: 'htp' is none"),
        (
            ["--tripwire-fix", "--tripwire-review"],
            "--tripwire-review asks on a terminal, and there is none here",
        ),
        (["--tripwire-diff"], "--tripwire-diff needs --tripwire-fix or --tripwire-record"),
    ],
    ids=_id,
)
def test_options_that_do_not_fit(project: Project, options: list[str], message: str) -> None:
    result = project.pytest(*options)
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert message in result.stdout, result.stdout


def answer(project: Project, answers: str) -> str:
    """Run with --tripwire-review on a terminal, and answer."""
    main, other = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-q",
        "--tripwire-fix",
        "--tripwire-review",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:anyio", "PYTHONPATH": str(project.folder)}
    with subprocess.Popen(
        command, cwd=project.folder, env=environment, stdin=other, stdout=other, stderr=other, close_fds=True
    ) as process:
        os.close(other)
        os.write(main, answers.encode())
        shown = b""
        while True:
            try:
                part = os.read(main, 10_000)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(main)
    assert process.returncode == 1
    return shown.decode()


def test_each_change_is_asked_for(project: Project) -> None:
    shown = answer(project, "y\nn\ny\n")
    assert shown.count("write this? [Y/n]") == 3
    assert project.text(MISSING) == MISSING.after
    assert project.text(DIFFERS) == DIFFERS.before
    assert project.text(UNUSED) == UNUSED.after


def test_a_test_that_fails_by_itself_is_left_alone(tmp_path: Path) -> None:
    broken = MISSING.before.replace("== 250", "== 251")
    project = Project(tmp_path, [case := Case("broken", broken, broken)])
    result = project.pytest("--tripwire-fix")
    assert project.text(case) == broken
    line = "not written: test_broken.py::test_price: it fails by itself; nothing is written for it"
    assert line in result.stdout.splitlines()


def test_a_file_that_has_changed_since_is_left_alone(tmp_path: Path) -> None:
    changing = MISSING.before + "    open(__file__, 'a').write('# more\\n')\n"
    other = "def test_other():\n    open('test_assertion_missing.py', 'a').write('# more\\n')\n"
    case = Case("changing", changing, changing)
    project = Project(tmp_path, [MISSING, case, Case("other", other, other)])
    result = project.pytest("--tripwire-fix")
    assert project.text(case) == changing + "# more\n"
    assert project.text(MISSING) == MISSING.before + "# more\n"
    told = [line.partition(": ")[2] for line in result.stdout.splitlines() if line.startswith("not written")]
    assert told == [
        "test_assertion_missing.py: it has changed since the tests have run",
        "test_changing.py::test_price: test_changing.py:9: the file has changed since the run began",
    ]


def test_an_interrupted_run_writes_nothing(tmp_path: Path) -> None:
    stops = "def test_stop():\n    raise KeyboardInterrupt\n"
    project = Project(tmp_path, [MISSING, Case("stops", stops, stops)])
    result = project.pytest("--tripwire-fix", "test_assertion_missing.py", "test_stops.py")
    assert result.returncode == pytest.ExitCode.INTERRUPTED
    assert project.text(MISSING) == MISSING.before


def test_without_the_options_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    code = "import sys\n\n\ndef test_it():\n    assert 'tripwire._writing._run' not in sys.modules\n"
    assert Project(tmp_path, [Case("loaded", code, code)]).pytest().returncode == 0


def test_a_doctest_is_refused(tmp_path: Path) -> None:
    code = (
        '"""\n>>> import shop, tripwire\n'
        ">>> tripwire.http.mock_response('GET', 'https://shop.example.com/prices/green', json={'cents': 1})\n"
        ">>> with tripwire: shop.price('green')\n1\n"
        '"""\n'
    )
    project = Project(tmp_path, [case := Case("doc", code, code)])
    result = project.pytest("--tripwire-fix", "--doctest-modules")
    assert result.returncode == 1
    assert project.text(case) == code
    assert "a doctest shows what happens in itself, and is not rewritten" in result.stdout


GREEN = "https://shop.example.com/prices/green"
MOCK = f'tripwire.http.mock_response("GET", "{GREEN}", json={{"cents": 250}})'


def asserts(status: int) -> str:
    return f'tripwire.http.assert_request("GET", "{GREEN}", status={status})'


def left_alone(folder: Path, code: str, *told: str, status: int = 1) -> str:
    """Run a file of which nothing is to be written; gives what pytest says."""
    code = f"import functools\n\nimport pytest\nimport shop\n\nimport tripwire\n\n\n{code}"
    project = Project(folder, [case := Case("alone", code, code)])
    result = project.pytest("--tripwire-fix")
    assert project.text(case) == code
    assert result.returncode == status, result.stdout
    for words in told:
        assert words in result.stdout
    return result.stdout


def test_a_run_in_which_tests_differ_has_not_passed(tmp_path: Path) -> None:
    code = (
        '@pytest.mark.parametrize("times", [1, 2])\ndef test_it(times):\n    for _ in range(times):\n        '
        f'{MOCK}\n    with tripwire:\n        for _ in range(times):\n            shop.price("green")\n'
    )
    left_alone(tmp_path, code, "these would need different lines here")


def test_a_run_that_cannot_write_has_not_passed(tmp_path: Path) -> None:
    project = Project(tmp_path, [DIFFERS])
    (tmp_path / "test_status_differs.py").chmod(0o444)
    result = project.pytest("--tripwire-fix")
    assert result.returncode == 1
    assert project.text(DIFFERS) == DIFFERS.before
    assert "it is write-protected" in result.stdout


@pytest.mark.parametrize("end", ["assert not number", "if number: pytest.skip()"])
def test_an_assertion_that_another_parameter_set_did_not_reach_stays(tmp_path: Path, end: str) -> None:
    code = (
        f'@pytest.mark.parametrize("number", [0, 1])\ndef test_it(number):\n    if number: {MOCK}\n'
        f'    with tripwire:\n        if number: shop.price("green")\n    {end}\n    {asserts(200)}\n'
    )
    left_alone(tmp_path, code, "these would need different lines here")


def test_a_lambda_that_tests_share(tmp_path: Path) -> None:
    code = f"check = lambda: {asserts(201)}\n" + "".join(
        f'\n\ndef test_{status}():\n    {MOCK[:-1]}, status={status})\n    with tripwire: shop.price("green")\n'
        "    check()\n"
        for status in (200, 201)
    )
    left_alone(tmp_path, code, "these would need different lines here")


def test_a_mock_in_a_loop_that_is_used_once(tmp_path: Path) -> None:
    code = (
        "def test_it():\n    for tea in ('green', 'red', 'black'):\n"
        f"        {MOCK.replace(GREEN, GREEN[:-5]).replace('/prices/' + chr(34), '/prices/' + chr(34) + ' + tea')}\n"
        f'    with tripwire:\n        shop.price("green")\n    {asserts(200)}\n'
    )
    left_alone(tmp_path, code, "its line runs several times, others may be used")


@pytest.mark.parametrize(
    "check",
    [
        'functools.partial(tripwire.http.assert_request, "POST")',
        "lambda url, **more: tripwire.http.assert_request(*['POST', url], **more)",
    ],
)
def test_an_assertion_by_another_name(tmp_path: Path, check: str) -> None:
    code = (
        f'def test_it():\n    {MOCK}\n    check = {check}\n    with tripwire: shop.price("green")\n'
        f'    check("{GREEN}", status=200)\n'
    )
    left_alone(tmp_path, code, "not written")


@pytest.mark.parametrize(
    "caught",
    [
        f"with pytest.raises(tripwire.InteractionMismatchError):\n        {asserts(201)}",
        f"try:\n        {asserts(201)}\n    except tripwire.InteractionMismatchError:\n        pass",
    ],
)
def test_an_assertion_that_is_to_fail(tmp_path: Path, caught: str) -> None:
    code = f'def test_it():\n    {MOCK}\n    with tripwire: shop.price("green")\n    {caught}\n    {asserts(200)}\n'
    assert "not written" not in left_alone(tmp_path, code, status=0)


@pytest.mark.parametrize("strict", [True, False])
def test_a_test_that_is_expected_to_fail(tmp_path: Path, strict: bool) -> None:
    code = (
        f'@pytest.mark.xfail(strict={strict})\ndef test_it():\n    {MOCK}\n    with tripwire: shop.price("green")\n'
        f"    {asserts(201)}\n"
    )
    left_alone(tmp_path, code, "1 xfailed", status=0)


def test_a_fixture_that_fails_before_its_assertion(tmp_path: Path) -> None:
    code = (
        f"@pytest.fixture\ndef box():\n    {MOCK}\n    with tripwire:\n        yield\n    assert not tripwire\n"
        f'    {asserts(200)}\n\n\ndef test_it(box):\n    shop.price("green")\n'
    )
    left_alone(tmp_path, code, "it fails by itself; nothing is written for it")


def test_a_second_step_in_a_file_that_has_changed(tmp_path: Path) -> None:
    changing = DIFFERS.before.replace(
        "with tripwire:", "open(__file__, 'a').write('# more\\n')\n    with tripwire:"
    )
    project = Project(tmp_path, [case := Case("changing", changing, changing)])
    result = project.pytest("--tripwire-fix")
    assert project.text(case) == changing + "# more\n"
    assert "the file has changed since the run began" in result.stdout


@pytest.mark.parametrize("broken", ["_plan.Planner._agree", "_changes.combined"])
def test_a_fault_of_tripwire_is_told(tmp_path: Path, broken: str) -> None:
    project = Project(tmp_path, [DIFFERS])
    (tmp_path / "conftest.py").write_text(
        "from tripwire._writing import _changes, _plan\n\n\ndef broken(*_):\n    raise LookupError('oops')\n\n\n"
        f"{broken} = broken\n"
    )
    result = project.pytest("--tripwire-fix")
    assert result.returncode == 1
    assert project.text(DIFFERS) == DIFFERS.before
    assert "tripwire failed: LookupError('oops')" in result.stdout, result.stdout
    assert ("InteractionMismatchError" in result.stdout) is (broken != "_changes.combined")


def test_an_assertion_that_fails_after_a_skip(tmp_path: Path) -> None:
    code = (
        f"@pytest.fixture\ndef check():\n    yield\n    {asserts(200)}\n\n\n"
        "def test_it(check):\n    with tripwire: pass\n    pytest.skip()\n"
    )
    left_alone(tmp_path, code, "1 skipped, 1 error", "it fails by itself; nothing is written for it")


def test_a_sandbox_that_a_return_may_leave(tmp_path: Path) -> None:
    code = f'def test_it():\n    {MOCK}\n    with tripwire:\n        if shop.price("green"):\n            return\n'
    left_alone(tmp_path, code, "the sandbox may be left by a return")
