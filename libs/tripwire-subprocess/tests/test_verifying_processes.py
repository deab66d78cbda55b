"""`--tripwire-verify`: what mocks of processes are held against, and what of it cannot be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from verifying_suites import expected, outcomes, read, write

from tripwire import TripwireConfigError
from tripwire.plugins.async_subprocess_plugin import AsyncSubprocessPlugin
from tripwire.plugins.popen_plugin import PopenPlugin
from tripwire.plugins.subprocess_plugin import SubprocessPlugin
from tripwire.verifying import Truth, TruthSettings

HEAD = """
import asyncio, os, shutil, subprocess, unittest.mock
import pytest
import tripwire
from tripwire.plugins._processes import _verifying_options

_verifying_options.TIMEOUT = 0.5

def run(command, returncode=0, **options):
    tripwire.subprocess.mock_run(lambda given: True, returncode=returncode)
    with tripwire:
        assert subprocess.run(command, **options).returncode == returncode
    tripwire.subprocess.assert_run(lambda given: True)
"""
TOOL = """\
#!/bin/sh
case "$*" in
    short) printf -- '--one\nThis is not the full help.\n' ;;
    long) printf -- '--one, --other, --no-third\n--what VALUE\n' ;;
    "run help") printf -- '--[no-]all\n' ;;
    bare) echo usage: bare ;;
    slow) sleep 60 & sleep 60 ;;
esac
"""
SETTINGS = """
[tool.tripwire.verify.subprocess]
path = ["bin"]
exit_codes = {"long run" = [0]}
[tool.tripwire.verify.subprocess.safe]
long = "long"
"long run" = "help"
short = "short"
bare = "bare"
slow = "slow"
silent = "silent"
missing = "--help"
"""


def test_corners(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("bin")
    for name in ("bare", "long", "short", "silent", "slow", "missing"):
        tool = folder / name
        tool.write_text(TOOL)
        tool.chmod(0o755)
    own = pytester.mkdir("own") / "owned"
    own.write_text(TOOL)
    own.chmod(0o755)
    (folder / "missing").write_text("#!/nowhere\n")
    cases = read((Path(__file__).parent / "verifying_processes" / "corners.txt").read_text())
    write(pytester, HEAD, cases, '"subprocess", "popen", "async_subprocess"', SETTINGS)
    assert outcomes(pytester) == expected(cases)
    served = "tripwire.subprocess.mock_run(['long', 'run'], input='a')  (test_cases.py:"
    assert served in (pytester.path / "found.json").read_text()


def truths(setting: Any) -> list[Truth | None]:
    settings = TruthSettings({"subprocess": setting}, None, Path("/project"))
    return [kind.truth(settings) for kind in (SubprocessPlugin, PopenPlugin, AsyncSubprocessPlugin)]


@pytest.mark.parametrize("setting", [None, False])
def test_it_is_off_unless_it_is_on(setting: Any) -> None:
    assert truths(setting) == [None, None, None]


@pytest.mark.parametrize("setting", [True, {}, {"safe": {"git": "--help"}}])
def test_the_plugins_share_it(setting: Any) -> None:
    first, *others = truths(setting)
    assert first is not None
    assert others == [first, first]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("yes", "subprocess: must be true, false or a table, not 'yes'"),
        ({"saef": {}}, "subprocess: there is no key 'saef'; did you mean 'safe'?"),
        ({"path": "bin"}, "subprocess.path: must be a list of folders, such as [\"tools/bin\"]; not 'bin'"),
        ({"path": [1]}, 'subprocess.path: must be a list of folders, such as ["tools/bin"]; not [1]'),
        *(
            (
                {"safe": safe},
                "subprocess.safe: must be a table of the words that show the help of a program, such as "
                f'{{git = "--help", "git commit" = ["-h"]}}; not {safe}',
            )
            for safe in (["git"], {"git": 1}, {"git": [1]})
        ),
        *(
            (
                {"exit_codes": codes},
                "subprocess.exit_codes: must be a table of the exit codes of programs, such as "
                f"{{grep = [0, 1, 2]}}; not {codes}",
            )
            for codes in ([1], {"grep": 1}, {"grep": [True]})
        ),
    ],
)
def test_a_wrong_setting(setting: Any, said: str) -> None:
    with pytest.raises(TripwireConfigError) as caught:
        truths(setting)
    assert str(caught.value) == f"configuration: [tool.tripwire] verify.{said}"
