"""Records a program, and runs it again by the mocks that are written of it; and what is written of most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import tripwire
from tripwire import StrictVerifier
from tripwire._writing._policy import Policy
from tripwire._writing._render import Masks, call
from tripwire._writing._scribe import Scribe
from tripwire._writing._statement import Statement
from tripwire.plugins.popen_plugin import PopenPlugin


class Recording:
    """One run of a program in a sandbox of its own, in which nothing is mocked."""

    def __init__(self, program: Callable[[], Any], *plugins: str, session: Any = None) -> None:
        verifier = StrictVerifier()
        if session is not None:
            scripted = verifier.plugin(PopenPlugin).new_session().expect("spawn", returns=None)
            scripted.expect("communicate", returns=session)
        verifier.scribe = Scribe(Policy(plugins or ["every"]))
        with verifier.sandbox():
            self.result = program()
        timeline = list(verifier.timeline)
        made = {one.plugin: None for one in timeline}
        real = [one.interaction for one in verifier.scribe.periods[-1].seen if one.is_real]
        self._code: dict[str, None] = {}
        self.mocks = [
            line
            for plugin in made
            for line in self._lines(
                plugin.mocks([one for one in real if one.plugin is plugin]), is_assertion=False
            )
        ]
        self.assertions = self._lines([one.plugin.assertion(one) for one in timeline], is_assertion=True)

    def _lines(self, statements: Sequence[Statement], *, is_assertion: bool) -> list[str]:
        codes = [call(one, None, Masks(), is_assertion=is_assertion) for one in statements]
        for code in codes:
            self._code.update(dict.fromkeys(code.imports))
        return [code.text for code in codes]

    @contextmanager
    def replayed(self) -> Iterator[None]:
        """A sandbox of the running test with the mocks that were written; after it, the assertions."""
        names: dict[str, Any] = {"tripwire": tripwire}
        exec("\n".join([*self._code, *self.mocks]), names)
        with tripwire.sandbox():
            yield
        exec("\n".join(self.assertions), names)


ECHO = ["sh", "-c", "cat; echo end"]
NOT_THERE = ["nowhere-to-be-found", "1"]
NO_FILE = "raises=FileNotFoundError(2, 'No such file or directory', 'nowhere-to-be-found')"


class Case(NamedTuple):
    program: Callable[[], Any]
    mocks: list[str]
    assertions: list[str]


def mock_run(*given: str) -> str:
    return f"tripwire.subprocess.mock_run({', '.join(given)})"


def assert_run(*given: str) -> str:
    return f"tripwire.subprocess.assert_run({', '.join(given)})"


def both(command: Any, outcome: str = "", asserted: str = "") -> tuple[list[str], list[str]]:
    """The mock and the assertion of one command, which say what is given here beside the command."""
    fields = asserted or nothing_but()
    mock = f"{command!r}, {outcome}" if outcome else repr(command)
    return [mock_run(mock)], [assert_run(repr(command), fields)]


def nothing_but(**fields: str) -> str:
    """The fields of an assertion, where all others are as those of `true`."""
    given = {"returncode": "0", "stdout": "''", "stderr": "''", "input": "None"} | fields
    return ", ".join(f"{name}={value}" for name, value in given.items())
