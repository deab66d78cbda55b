"""The words of the process plugins: why nothing answers, and code to paste."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from tripwire import Candidate, Interaction, Plugin, Unmatched
from tripwire._values import code, is_a, short
from tripwire._writing._statement import ANY, Code, Statement
from tripwire.plugins._processes._environment import MASK, masked, without_secrets
from tripwire.plugins._processes._spawn import RUN_LIKE, Role, Spawn

if TYPE_CHECKING:
    from tripwire.plugins._processes._processes import Member
    from tripwire.plugins._processes._steps import ProcessSession

_HANDLES = {getattr(subprocess, name): f"subprocess.{name}" for name in ("PIPE", "DEVNULL", "STDOUT")}

_STEPS = {
    "spawn": '.expect("spawn", returns=None)',
    "signal": '.expect("signal", returns=None)',
    "communicate": '.expect("communicate", returns=(b"", b"", 0))',
    "wait": '.expect("wait", returns=0)',
}


def wrong_returns(method: str, returns: object) -> str:
    """What a step should return, if it is scripted to return something else."""
    if method == "spawn":
        return "" if returns is None else "None"
    if method == "signal":
        return (
            "" if returns is None or is_a(returns, int) else "None, or the return code of the child, an int"
        )
    if method == "wait":
        return "" if is_a(returns, int) else "the return code, an int"
    if method in ("stdout", "stderr", "reply"):
        chunks = list(returns) if is_a(returns, list) or is_a(returns, tuple) else [returns]
        return "" if all(is_a(chunk, bytes) for chunk in chunks) else "bytes, or a list of them"
    if (
        (is_a(returns, tuple) or is_a(returns, list))
        and len(returns) == 3
        and is_a(returns[0], bytes)
        and is_a(returns[1], bytes)
        and is_a(returns[2], int)
    ):
        return ""
    return "a tuple (stdout: bytes, stderr: bytes, returncode: int)"


def step(method: str, session: ProcessSession) -> str:
    """A step to add to a session; one that ends the child, if the method is none of a step."""
    if method.startswith("the answer to "):
        return f'.expect("reply", to={method.removeprefix("the answer to ")}, returns=b"")'
    awaited = session.awaited()
    if awaited is not None and awaited.method == "signal" and method != "signal":
        return _STEPS["wait"]
    return _STEPS.get(method, _STEPS["wait"])


def mock_run(command: object) -> str:
    """A mocked command."""
    return f'tripwire.subprocess.mock_run({in_code(written("command", command))}, returncode=0, stdout="", stderr="")'


def session(name: str) -> str:
    """A session for one child."""
    return f"(tripwire.{name}\n    .new_session()\n    {_STEPS['spawn']}\n    {_STEPS['communicate']})"


def unmatched(spawn: Spawn, members: Mapping[Role, Member], why: Unmatched) -> Unmatched:
    """Why neither a mocked command nor a session serves a start."""
    if why.error is not None or why.candidates:
        return why
    candidates = members["run"].nearest(spawn) if "run" in members else []
    other: Role = "popen" if spawn.role == "async_subprocess" else "async_subprocess"
    if other in members and (left := list(members[other].unused())):
        serves = "sync callers" if other == "popen" else "asyncio"
        candidates = [
            *candidates,
            Candidate(f"tripwire.{other}", f"its sessions serve {serves}", left[0].place),
        ]
    return Unmatched(
        candidates=candidates,
        explanation=f"no mock_run fits, and for tripwire.{spawn.role} {why.explanation}"
        if "run" in members
        else f"for tripwire.{spawn.role} {why.explanation}",
        paste=paste(spawn, members),
    )


def explanation(spawn: Spawn) -> str:
    """Why no mocked command serves a start, where that is not plain."""
    if spawn.role != "os":
        return ""
    return f"{spawn.how} does not go through subprocess: no session serves it, a mock_run does, and none fits"


def paste(spawn: Spawn, members: Mapping[Role, Plugin]) -> str:
    """Code that mocks a start, in the form that suits how the program started it."""
    run_like = spawn.how.rpartition(".")[2] in RUN_LIKE
    if spawn.role not in members or (run_like and "run" in members):
        return mock_run(spawn.command)
    return session(spawn.role)


def shown(name: str, value: object) -> object:
    """What a message shows of a field."""
    if name == "env" and is_a(value, dict):
        return masked(value)
    return without_secrets(value) if name == "command" else value


def in_code(value: Any) -> str:
    """What `written` gives, as messages show it."""
    if type(value) is Code:
        return value.text
    if type(value) is list:
        value = [MASK if type(one) is Code else one for one in value]
    elif type(value) is dict:
        value = {name: MASK if type(one) is Code else one for name, one in value.items()}
    else:
        return code(value)
    text = code(value)
    return re.sub(r"'[^']*\*\*\*[^']*'", ANY.text, text) if MASK in text else text


def describe(interaction: Interaction) -> str:
    """What was recorded, in words."""
    return f"{interaction.source!r}({_arguments(interaction, _in_words)})"


def assertion(name: str, interaction: Interaction, also: Collection[str]) -> Statement:
    """The helper that asserts a step."""
    method = repr(interaction.source).rpartition(".")[2]
    fields = interaction.fields.items()
    told = {name: value for name, value in fields if name in also or says_something(name, value)}
    kwargs = {name: written(name, value) for name, value in told.items()}
    return Statement(f"tripwire.{name}.assert_{method}", kwargs=kwargs)


def written(name: str, value: Any) -> Any:
    """A field as it is to be written: its secrets as any value; as code, where a name says more than the value."""
    if name == "stdin" and isinstance(value, int) and value in _HANDLES:
        return Code(_HANDLES[value], frozenset({"import subprocess"}))
    if name == "env" and is_a(value, dict):
        hidden = masked(value)
        return {one: ANY if hidden[one] is MASK else given for one, given in value.items()}
    if name != "command":
        return value
    shown = without_secrets(value)
    if type(shown) is not list:
        return value if shown == value else ANY
    return [
        ANY if type(given) is str and given != one else given for given, one in zip(value, shown, strict=True)
    ]


def _in_words(name: str, value: object) -> str:
    return short(shown(name, value))


def _arguments(interaction: Interaction, write: Callable[[str, object], str]) -> str:
    given = {name: value for name, value in interaction.fields.items() if says_something(name, value)}
    words = {name: write(name, value) for name, value in given.items()}
    stdin = interaction.fields.get("stdin")
    if isinstance(stdin, int) and stdin in _HANDLES:
        words["stdin"] = _HANDLES[stdin]
    return ", ".join(f"{name}={value}" for name, value in words.items())


def says_something(name: str, value: object) -> bool:
    """Whether a field is worth a word: whether there is a shell shows in the command."""
    return name != "shell" and not (name in ("cwd", "env") and value is None)
