"""A trip cannot be hidden: programs that try, and what the report says of each."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tripwire
from tripwire import StrictVerifier, SwallowedTripError


def load(path: Path) -> ModuleType:
    """Import a program as users' modules are, not as pytest's rewritten ones."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HIDING, IN_TASKS = (load(Path(__file__).with_name(name)) for name in ("hiding.py", "hiding_in_tasks.py"))

# Per way to hide: the function that swallows (at its line "# here", or at the call), or the pattern of the
# library's line; and the function whose call it was, where that is another one.
SWALLOWED = "swallowed at {here} in "
LEFT = "swallowed at or after {here} in "
BY_LOOP = "swallowed at *asyncio/events.py:* in _run, let through at {call} in "

WAYS = {
    "except_exception": SWALLOWED + "except_exception",
    "bare_except": SWALLOWED + "bare_except",
    "suppressed": SWALLOWED + "suppressed",
    "finally_return": SWALLOWED + "finally_return",
    "finally_continue": SWALLOWED + "finally_continue",
    "context_manager": SWALLOWED + "quiet",
    "exit_that_returns_true": SWALLOWED + "exit_that_returns_true",
    "attribute": SWALLOWED + "user",
    "swallows_wrapped": SWALLOWED + "wrapped",
    "generator_closed": LEFT + "lines",
    "generator_dropped": LEFT + "lines",
    "thrown_into_generator": SWALLOWED + "lines",
    "finaliser": LEFT + "__del__",
    "weak_callback": LEFT + "forget",
    "weak_finalizer": "swallowed at or after *weakref.py:* in __call__, let through at {call} in forget",
    "logging_handler": SWALLOWED + "emit",
    "logging_stream": "swallowed at *logging/__init__.py:* in emit, let through at {call} in write",
    "in_thread": SWALLOWED + "work",
    "silent_excepthook": "swallowed at *threading.py:* in _bootstrap_inner, let through at {call} in work",
    "silent_sys_excepthook": SWALLOWED + "silent_sys_excepthook",
    "forgotten_future": "swallowed at *concurrent/futures/thread.py:* in run, let through at {call} in work",
    "forgotten_map": "swallowed at *concurrent/futures/thread.py:* in run, let through at {call} in work",
    "swallowed_map": SWALLOWED + "swallowed_map",
    "future_callback": "swallowed at *futures/_base.py:* in add_done_callback, let through at {call} in done",
    "gathered": LEFT + "call",
    "waited": LEFT + "call",
    "wait_for": SWALLOWED + "main",
    "shielded": LEFT + "call",
    "forgotten_task": LEFT + "call",
    "cancelled_task": LEFT + "call",
    "task_callback": BY_LOOP + "done",
    "called_soon": BY_LOOP + "soon",
    "async_generator_left": LEFT + "lines",
    "portal": "swallowed at anyio/from_thread.py:* in _call_func, let through at {call} in work",
}

IN_THREAD = {
    "in_thread": "worker",
    "silent_excepthook": "worker",
    "forgotten_future": "pool_0",
    "forgotten_map": "pool_0",
    "swallowed_map": "pool_0",
    "portal": "*",
}


def line_with(text: str, program: ModuleType, function: str) -> int | None:
    """The line of a function that has this text, from 1."""
    lines, first = inspect.getsourcelines(getattr(program, function))
    return next((number for number, line in enumerate(lines, first) if text in line), None)


def report_of(program: ModuleType, how: str) -> str:
    """What a verifier says of a program that swallowed a trip."""
    verifier = StrictVerifier()
    with verifier.sandbox():
        getattr(program, how)(tripwire.mock("repo"))
    with pytest.raises(SwallowedTripError) as caught:
        verifier.verify_all()
    verifier.verify_all()  # reported once
    return str(caught.value)


def matches(pytester_lines: str, expected: list[str]) -> None:
    matcher = pytest.LineMatcher(pytester_lines.splitlines())
    matcher.fnmatch_lines(expected, consecutive=True)
    assert len(matcher.lines) == len(expected)


@pytest.mark.parametrize("how", WAYS)
def test_where_the_call_was_made_and_swallowed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)
    program = HIDING if hasattr(HIDING, how) else IN_TASKS
    call = line_with("repo.find(1)", program, "wrapped" if how == "swallows_wrapped" else how)
    here = line_with("# here", program, "quiet" if how == "context_manager" else how) or call
    file = Path(program.__file__ or "").name
    where = WAYS[how].format(call=f"*{file}:{call}", here=f"*{file}:{here}")
    thread = f", in thread '{IN_THREAD[how]}'" if how in IN_THREAD else ""
    matches(
        report_of(program, how),
        [
            "1 trip never reached the test:",
            f"  - UnmockedInteractionError: repo.find(1)  (*{file}:{call}){thread}",
            f"    {where}",
            "    | nothing answers this call: repo.find(1)",
            f"    |   called at *{file}:{call}",
            "    | to mock it, put this before the sandbox:",
            "    |     repo.find.returns(...)",
            "mock the call; or, where the test is about the program's reaction, expect it:",
            "    with tripwire.expect_trip(tripwire.UnmockedInteractionError):",
        ],
    )


def test_retries_are_reported_once_with_their_number() -> None:
    line = line_with("repo.find(1)", HIDING, "retried")
    matches(
        report_of(HIDING, "retried"),
        [
            "10 trips never reached the test:",
            f"  - UnmockedInteractionError: repo.find(1)  (*hiding.py:{line}), 10 times",
            f"    swallowed at *hiding.py:{line} in retried",
            "    | nothing answers this call: repo.find(1)",
            f"    |   called at *hiding.py:{line}",
            "    | to mock it, put this before the sandbox:",
            "    |     repo.find.returns(...)",
            "mock the call; or, where the test is about the program's reaction, expect it:",
            "    with tripwire.expect_trip(tripwire.UnmockedInteractionError):",
        ],
    )


EXCEPT_STAR = """
import asyncio, contextlib

def except_star(repo):
    try:
        repo.find(1)
    except* Exception:
        pass

def task_group(repo):
    async def call():
        repo.find(1)
    async def main():
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(call())
                group.create_task(call())
        except* Exception:
            pass
    asyncio.run(main())

def timeout(repo):
    async def main():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                try:
                    await asyncio.sleep(5)
                except asyncio.CancelledError:
                    with contextlib.suppress(Exception):
                        repo.find(1)
    asyncio.run(main())

def eager_task(repo):
    async def call():
        repo.find(1)
    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await asyncio.gather(call(), return_exceptions=True)
    asyncio.run(main())
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except*, TaskGroup and timeout are of Python 3.11")
@pytest.mark.parametrize(
    ("how", "trips", "times", "where"),
    [
        ("except_star", "1 trip", "", "swallowed at *newer.py:* in except_star"),
        ("task_group", "2 trips", ", 2 times", "swallowed at or after *newer.py:* in call"),
        ("timeout", "1 trip", "", "swallowed at * in main"),
        pytest.param(
            *("eager_task", "1 trip", "", "swallowed at or after *newer.py:* in call"),
            marks=pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are of Python 3.12"),
        ),
    ],
)
def test_newer_ways_to_hide(how: str, trips: str, times: str, where: str, tmp_path: Path) -> None:
    (tmp_path / "newer.py").write_text(EXCEPT_STAR)
    lines = report_of(load(tmp_path / "newer.py"), how).splitlines()
    pytest.LineMatcher(lines[:3]).fnmatch_lines(
        [
            f"{trips} never reached the test:",
            f"  - UnmockedInteractionError: repo.find(1)  (*newer.py:*){times}",
            f"    {where}",
        ],
        consecutive=True,
    )


LOUD = """
import asyncio, threading

def test_finaliser():
    repo = tripwire.mock("repo")
    with tripwire:
        program.finaliser(repo)

def test_thread():
    repo = tripwire.mock("repo")
    with tripwire:
        thread = threading.Thread(target=program.reraise, args=[repo])
        thread.start()
        thread.join()
"""


@pytest.mark.parametrize("strict", [False, True])
def test_beside_what_pytest_notices_by_itself(inner: Any, strict: bool) -> None:
    result = inner(LOUD, "-W", "error" if strict else "default")
    result.assert_outcomes(failed=2, warnings=0 if strict else 2)
    report = "\n".join(result.stdout.lines)
    if strict:  # pytest makes an error of it, which names the trip as its cause
        assert report.count("UnmockedInteractionError: nothing answers this call: repo.find(1)") == 2
        assert "never reached the test" not in report
    else:
        assert report.count("1 trip never reached the test:") == 2
    result.stdout.fnmatch_lines(["*called at program.py:*"])
