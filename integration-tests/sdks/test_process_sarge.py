"""sarge: a shell of its own on a subclass of `Popen`, whose pipelines and captures are threads."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from subprocess import PIPE
from typing import Any

import pytest
import sarge

import tripwire

from .children import Children, python

SAYS = python("import sys; print('b'); print('a'); print('careful', file=sys.stderr)")
SORTS = python("import sys; print(*sorted(sys.stdin.read().split()))")
FAILS = python("import sys; sys.exit(3)")


def line(*parts: list[str] | str) -> str:
    """A line of shell."""
    return " ".join(part if isinstance(part, str) else shlex.join(part) for part in parts)


def test_a_command_and_its_input(children: Children) -> None:
    tripwire.subprocess.mock_run(SAYS, stdout="b\na\n", stderr="careful\n")
    tripwire.subprocess.mock_run(SORTS, input="d c", stdout="c d\n")

    def program() -> Any:
        said = sarge.capture_both(line(SAYS))
        return said.stdout.text, said.stderr.text, said.returncode, sarge.get_stdout(SORTS, input="d c")

    assert children.use(program) == ("b\na\n", "careful\n", 0, "c d\n")
    tripwire.subprocess.assert_run(SAYS, stdin=None, shell=False)
    tripwire.subprocess.assert_run(SORTS, stdin=PIPE, input="d c")


@pytest.mark.parametrize(("between", "code"), [("&&", 3), ("||", 3), (";", 0)])
def test_conditions(children: Children, between: str, code: int) -> None:
    tripwire.subprocess.mock_run(FAILS, returncode=3)
    goes_on = between != "&&"
    if goes_on:
        tripwire.subprocess.mock_run(SORTS, stdout="\n", stdin_is_read=True) if False else None
        tripwire.subprocess.mock_run(SAYS, stdout="b\na\n")

    def program() -> Any:
        done = sarge.capture_stdout(line(FAILS, between, SAYS))
        return done.stdout.text, done.returncodes

    assert children.use(program) == (("b\na\n", [3, 0]) if goes_on else ("", [3]))
    tripwire.subprocess.assert_run(FAILS, returncode=3)
    if goes_on:
        tripwire.subprocess.assert_run(SAYS)
