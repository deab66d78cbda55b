"""The environment of a child, as it is recorded, compared and shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tripwire._values import equal, is_a, items_of

MASK = "***"

_SECRET = re.compile(
    r"(?i)passw(or)?d|passphrase|secret|token|credential|cookie|(?:^|[-_])(pwd|auth(?:orization)?|jwt|otp|pin|pat|dsn)(?:$|[-_])"
    r"|(?:^|[-_])key(?:$|[-_])|api[-_]?key|(?:database|redis|broker|amqp|mongo\w*)_ur[il]"
)

_NAMED = re.compile(r"(-{0,2}\w[\w-]*)(=|:\s*)(.+)", re.DOTALL)  # an option, a variable, a header
_IN_A_SHELL = re.compile(
    r"""(?<![^\s'"])(-{0,2}\w[\w-]*)(=|:\s+|(?<=\w)\s+(?!-))((?:bearer\s+|basic\s+)?(?:"[^"]*"|'[^']*'|[^\s'";|&]+))""",
    re.IGNORECASE,
)
_URL_MASKED = rf"\1{MASK}@"
_LONG = 10_000  # characters: what is longer is cut in messages anyway
_URL = re.compile(r"(\w+://[^/\s:@]*:)[^/\s@]+@")

_PASSING = {"PYTEST_CURRENT_TEST"}  # changes while a test runs; it is no part of what the program decides


class Variables(dict[str, Any]):
    """Environment variables whose repr shows no secrets."""

    def __repr__(self) -> str:
        return repr(masked(dict(self)))


def difference(env: object) -> Variables | None:
    """In what an environment differs from ours: what is added or changed, and None for what is taken away.

    An environment that is mostly new is recorded as it is. None where none was given.
    """
    given = None if env is None else items_of(env)
    if given is None:
        return None
    theirs = _decoded(given)
    ours = {name: value for name, value in os.environ.items() if name not in _PASSING}
    changed = {
        name: value
        for name, value in theirs.items()
        if name not in _PASSING and (name not in ours or ours[name] != value)
    }
    missing = [name for name in ours if name not in theirs]
    if len(missing) > len(ours) / 2:
        return Variables(theirs)
    return Variables({**changed, **dict.fromkeys(missing)})


def fits(expected: object, env: object) -> bool:
    """Whether an environment has the expected variables: as a mapping, those it names; or a matcher of all."""
    if not is_a(expected, dict):
        return equal(expected, difference(env))
    theirs = dict(os.environ) if env is None else _decoded(items_of(env) or ())
    return all(equal(value, theirs.get(name)) for name, value in expected.items())


def masked(variables: Mapping[Any, Any]) -> dict[Any, Any]:
    """Variables with their secrets masked."""
    return {
        name: MASK if value is not None and is_a(name, str) and is_secret(name) else value
        for name, value in variables.items()
    }


def is_secret(name: str) -> bool:
    """Whether a variable or an option of this name holds a secret."""
    return _SECRET.search(name) is not None


def without_secrets(command: Any) -> Any:
    """A command to be shown: passwords in options and in URLs are masked."""
    if is_a(command, str):
        return (
            command
            if len(command) > _LONG
            else _URL.sub(_URL_MASKED, _IN_A_SHELL.sub(_without_value, command))
        )
    if type(command) is not list:
        return command
    shown, hides_next = [], False
    for part in command:
        text = part if type(part) is str else None
        hides_next, hide = text is not None and _names_secret(text), hides_next
        shown.append(MASK if hide and text is not None else part if text is None else _without(text))
    return shown


def _names_secret(part: str) -> bool:
    return part.startswith("--") and "=" not in part and is_secret(part)


def _without(text: str) -> str:
    if len(text) > _LONG:
        return text
    named = _NAMED.fullmatch(text)
    if named is not None and is_secret(named[1]):
        return f"{named[1]}{named[2]}{MASK}"
    return _URL.sub(_URL_MASKED, text)


def _without_value(found: re.Match[str]) -> str:
    name, between, value = found.groups()
    hides = is_secret(name) and (name.startswith("--") or not between.isspace())
    return f"{name}{between}{MASK if hides else _IN_A_SHELL.sub(_without_value, value)}"


def _decoded(variables: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    # They are text: what is not has been refused before it is recorded or compared.
    return {os.fsdecode(name): os.fsdecode(value) for name, value in variables}
