"""The options of a run that writes, and what it must leave alone."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from writing.corpus import Case, Project, cases

BY_NAME = {case.name: case for case in cases()}
MISSING, DIFFERS, UNUSED = (BY_NAME[name] for name in ("assertion_missing", "status_differs", "unused_mock"))


def _id(one: object) -> str:
    return " ".join(getattr(part, "name", str(part)) for part in one) if isinstance(one, list) else str(one)


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
    assert message in result.stderr, result.stderr


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
    environment |= {"PYTEST_ADDOPTS": "-p no:hypothesispytest", "PYTHONPATH": str(project.folder)}
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
    project = Project(tmp_path, [case := Case("changing", changing, changing)])
    result = project.pytest("--tripwire-fix")
    assert project.text(case) == changing + "# more\n"
    assert "the file has changed since the run began" in result.stdout


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
