"""The trips: calls that nothing answers, or that are made where they cannot be served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tripwire._frames import Place
from tripwire._messages._parts import at, bullets, pasted_block

if TYPE_CHECKING:
    from tripwire._plugin import Call, Unmatched

CallWording = Callable[[str, "Place | None"], str]


def called(place: Place | None, rest: str = "") -> str:
    """The line that says where; it is left out where that is not known."""
    return f"  called at {place}{rest}\n" if place is not None else ""


def unmocked(call: Call, place: Place | None, why: Unmatched) -> str:
    """UnmockedInteractionError."""
    parts = [f"nothing answers this call: {call.summary}", called(place).rstrip()]
    if why.explanation:
        parts.append(why.explanation)
    if why.candidates:
        parts.append("nearest, and why it did not match:")
        parts.append(bullets([f"{c.label}: {c.reason}{at(c.place)}" for c in why.candidates]))
    if why.paste:
        is_step = why.paste.startswith(".")
        heading = "add this step to it" if is_step else "put this before the sandbox"
        parts += [f"to mock it, {heading}:", pasted_block([why.paste])]
    return "\n".join(filter(None, parts))


def used_up(outcomes: int) -> str:
    """Of a mock: it has answered as often as it was told to."""
    which = "its only configured outcome is" if outcomes == 1 else f"its {outcomes:,} configured outcomes are"
    return f"{which} used up"


def invalid_state(subject: str, method: str, state: str, allowed: Sequence[str]) -> str:
    """InvalidStateError."""
    where = " or ".join(repr(one) for one in allowed) or "no state"
    return f"{subject}: the scripted step {method!r} is out of its state: it is {state!r}, and {method!r} needs {where}"


def wrong_arguments(call: str, place: Place | None, why: object) -> str:
    """WrongArgumentsError."""
    return f"the real thing would not take this call: {call}\n{called(place)}{why}"


def post_sandbox(call: str, place: Place | None, opened: Place | None) -> str:
    """PostSandboxInteractionError."""
    return (
        f"a task or thread went on after its sandbox had closed, and called: {call}\n"
        f"{called(place, f'; the sandbox was opened at {opened}')}"
        "await or join it before the sandbox ends, so that its calls are answered and can be asserted"
    )


def several_sandboxes(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, where several verifiers could serve."""
    return (
        f"several verifiers have a sandbox open, and this call belongs to none of them: {call}\n"
        f"{called(place)}"
        "its thread or event loop is older than the sandboxes; start it inside one of them"
    )


def other_process(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, in a forked child."""
    return (
        f"a child process made this call, and mocks cannot follow into another process: {call}\n"
        f"{called(place)}"
        "make the call in the test's own process: let the test use threads, or call what the child runs directly"
    )


def sandbox_not_active(call: str, place: Place | None) -> str:
    """SandboxNotActiveError, for what has nothing real behind it: a mock, a scripted connection or process."""
    return (
        f"nothing real stands behind this call, and no sandbox of its test is open: {call}\n"
        f"{called(place)}"
        "make the call inside `with tripwire:`"
    )
