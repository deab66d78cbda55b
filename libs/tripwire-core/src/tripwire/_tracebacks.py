"""The tracebacks of a report end at the user's line: what tripwire and the libraries did below it is left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest

from tripwire._errors import TripwireError, VerificationError
from tripwire._frames import Place, is_tripwire_file, is_user_file
from tripwire._trips import chain


@contextmanager
def shortened(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Shorten the tracebacks that are shown; with `--full-trace` and `--tb=native`, none."""
    collected: list[pytest.ExceptionInfo[BaseException]] = (
        getattr(item, "_excinfo", None) or []
    )  # of a TestCase
    failures = [*collected, call.excinfo] if call.excinfo is not None else collected
    style = item.config.getoption("tbstyle", "auto")  # there is none without pytest's terminal
    if not failures or item.config.getoption("fulltrace", False) or style == "native":
        yield
        return
    shown = [(failure, failure.traceback) for failure in failures]
    errors = {id(one): one for failure in failures for one in chain(failure.value)}.values()
    whole = [(error, error.__traceback__) for error in errors]
    try:
        for failure, traceback in shown:
            failure.traceback = type(traceback)(_shortened(failure.tb, failure.value) or ())
        for error, found in whole:
            error.__traceback__ = _shortened(found, error)
        yield
    finally:
        for failure, traceback in shown:
            failure.traceback = traceback
        for error, found in whole:
            error.__traceback__ = found


def _shortened(traceback: TracebackType | None, error: BaseException) -> TracebackType | None:
    """A traceback without tripwire's own frames; where tripwire raised the error, it ends at the user's last line."""
    entries = list(_entries(traceback))
    kept = [entry for entry in entries if not is_tripwire_file(_file(entry))]
    if isinstance(error, TripwireError) or (entries and entries[-1] not in kept):
        users = [number for number, entry in enumerate(kept, 1) if is_user_file(_file(entry))]
        kept = kept[: users[-1]] if users else kept
    if not kept:
        return traceback
    shortened = None
    for entry in reversed(kept):
        shortened = TracebackType(shortened, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return shortened


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _file(entry: TracebackType) -> str:
    return entry.tb_frame.f_code.co_filename


def of_judgement(error: pytest.ExceptionInfo[BaseException]) -> Any:
    """The report of a judgement, which was made between pytest and tripwire: its place is that of the first culprit."""
    shown = error.getrepr(style="short", tbfilter=lambda info: type(info.traceback)([]), chain=False)
    shown.reprtraceback.extraline = None  # that all is hidden
    place = next(_culprits(error.value), None)
    if place is not None and shown.reprcrash is not None:
        shown.reprcrash.path, shown.reprcrash.lineno = place.filename, place.lineno
    return shown


def _culprits(error: BaseException) -> Iterator[Place]:
    if isinstance(error, VerificationError):
        yield from filter(None, (trip.error.place for trip in error.trips))
        yield from filter(None, (interaction.place for interaction in error.interactions))
        yield from filter(None, (mock.place for mock in error.mocks))
