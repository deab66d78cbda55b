"""The verifier that module-level functions mean."""

from __future__ import annotations

from tripwire import _messages, _routing
from tripwire._errors import NoActiveVerifierError
from tripwire._verifier import StrictVerifier


class TestScope:
    """One running test: its verifier, made at first use."""

    __test__ = False  # it is no test class, whatever pytest may think of its name

    def __init__(self, test_file: str | None) -> None:
        self._test_file = test_file
        self.verifier: StrictVerifier | None = None

    def get(self) -> StrictVerifier:
        """The verifier of the test."""
        if self.verifier is None:
            self.verifier = StrictVerifier()
            self.verifier.keep_patched = True
            if self._test_file is not None:
                self.verifier.test_files.add(self._test_file)
        return self.verifier


running: list[TestScope] = []
"""The tests that are running, innermost last: more than one where a test runs an inner pytest session."""

wide_fixtures: list[tuple[str, str]] = []
"""Name and scope of the fixtures being set up that outlive a test, innermost last."""


def current_verifier() -> StrictVerifier:
    """The verifier of this context's sandbox, or else of the running test.

    Raises:
        NoActiveVerifierError: no test is running, or a fixture wider than a test is being set up.
    """
    if wide_fixtures:
        raise NoActiveVerifierError(_messages.no_verifier(wide_fixtures[-1]))
    verifier = _routing.held_verifier()
    if verifier is not None:
        return verifier
    if not running:
        raise NoActiveVerifierError(_messages.no_verifier(None))
    return running[-1].get()
