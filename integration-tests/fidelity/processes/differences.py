"""Where a scripted child deliberately looks different from a real one. The guide publishes this table.

Each has a test that shows it, in `test_differences.py`, named by its key.
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """What differs, and why it does."""

    what: str
    why: str


DIFFERENCES: dict[str, Difference] = {
    "output_without_a_pipe": Difference(
        "A session's output comes back from `communicate` also where the program asked for no pipe.",
        "So says the guide. A `mock_run` gives none, as a real process.",
    ),
    "nothing_is_printed": Difference(
        "What a child writes to the terminal it shares with its parent is not seen.",
        "It would be noise in the output of the tests.",
    ),
    "the_program_need_not_exist": Difference(
        "Neither the program nor `cwd` needs to exist.",
        'Tests must not depend on the machine; `raises=FileNotFoundError(2, "...")` says that they do not.',
    ),
    "preexec_fn_is_not_run": Difference(
        "`preexec_fn` is not run.",
        "It would run in the tests' own process.",
    ),
    "passed_descriptors_stay_silent": Difference(
        "A child neither reads nor writes the descriptors in `pass_fds`.",
        "A script speaks of stdin, stdout and stderr.",
    ),
    "output_does_not_end_with_time": Difference(
        "Under `after=` the end of the output is found at once, and not when the time has come.",
        "Whoever blocks in reading could not let the clock jump.",
    ),
    "the_transport_of_uvloop": Difference(
        "On uvloop a child's transport behaves as asyncio's: it is not closed by the end of the child, and what is "
        "written later is lost without an error.",
        "uvloop's own transport cannot be had without a process.",
    ),
}
