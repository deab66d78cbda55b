"""What cannot be registered: mocks, spies, scripted sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tripwire._messages._parts import at, nearest
from tripwire._values import LONGEST_VALUE, short

if TYPE_CHECKING:
    from tripwire._frames import Place
    from tripwire._plugin import Plugin


def placed_twice(what: str, place: Place | None) -> str:
    """ValueError."""
    return f"there is a mock or spy in the place of {what} already{at(place)}; configure that one"


def caught_there(target: str, plugin: type[Plugin]) -> str:
    """ConflictError."""
    return (
        f"{target} is where tripwire's {plugin.name} plugin catches calls, so no mock or spy can stand there.\n"
        "Mock the call by that plugin, or a function of your own program that makes it"
    )


def to_be_named(name: str, call: str, place: object) -> str:
    """A comment above code to paste, which names a double that has no name."""
    return f"# give it a name first{at(place).replace('  (', ' (')}: {name} = {call}"


def replaces_nothing(name: str, path: str) -> str:
    """Of an unused mock whose name is that of something real."""
    return f"this name replaces nothing; to stand in the place of {name}, write tripwire.mock({path!r})"


def not_replaceable(what: str, value: object) -> str:
    """TypeError."""
    return (
        f"{what!r} is no function, class or object with methods: {short(value)}.\n"
        "Mock the function that reads it, or set it by pytest's monkeypatch"
    )


def needed_by_tripwire(what: str) -> str:
    """ValueError."""
    return (
        f"{what!r} cannot be replaced: tripwire itself, pytest and every library call it, so what they do would be "
        "recorded as calls of your program.\nMock or spy a function of your own program that calls it"
    )


def not_called() -> str:
    """TypeError."""
    return "tripwire is not called: write `with tripwire:`, or `with tripwire.sandbox() as verifier:` for its verifier"


def spec_clash(what: str, names: Sequence[str]) -> str:
    """ValueError."""
    return (
        f"{what} cannot have this spec: the real thing has {', '.join(map(repr, names))}, which a mock needs for "
        "itself; mock the single methods instead"
    )


def needs_name(what: str, name: object) -> str:
    """TypeError."""
    return f"{what} needs a name, not {short(name)}"


def unprintable_name(what: str, name: str) -> str:
    """ValueError."""
    return (
        f"{what} {short(name)} must be one line of printable text, of at most {LONGEST_VALUE} characters: "
        "it stands in every message about the mock or spy"
    )


def no_attribute_name(name: object) -> str:
    """TypeError."""
    return f"attribute must be the name of an attribute, a string such as 'send', not {short(name)}"


def cannot_look_into(value: object, error: BaseException) -> str:
    """TypeError."""
    return (
        f"{short(value)} cannot be looked into: that raises {short(error)}; "
        "give the class or function that it is made from"
    )


def cannot_replace(what: str, error: BaseException) -> str:
    """TypeError."""
    return f"{what} cannot be replaced: that raises {short(error)}; replace it where it is used instead"


def fixed_attributes(what: str, owner: type) -> str:
    """TypeError."""
    return f"{what!r} cannot be replaced: attributes of {owner.__name__} are fixed"


def spy_needs_path(path: str) -> str:
    """ValueError."""
    return f"a spy needs an import path such as 'package.module:attribute', not {path!r}"


def no_import_path(path: str) -> str:
    """ValueError."""
    return f"{path!r} is not an import path such as 'package.module:attribute'"


def nothing_there(path: str, why: str) -> str:
    """AttributeError."""
    return f"there is nothing at {path!r}{why}"


def no_attribute(owner: str, name: str, hint: str = "") -> str:
    """AttributeError."""
    return f"{owner} has no attribute {name!r}{hint and f'; {hint}'}"


def needs_instance(kind: type[BaseException], why: BaseException) -> str:
    """TypeError."""
    return f"raises() needs an instance of {kind.__name__}: {why}"


def no_exception(value: object) -> str:
    """TypeError."""
    return f"raises() takes an exception or its class, not {short(value)}"


def no_instance_to_raise(value: object) -> str:
    """TypeError."""
    return f"raises= must be an exception instance, not {short(value)}"


def no_function(value: object) -> str:
    """TypeError."""
    return f"calls() takes a function, not {short(value)}"


def no_bool(takes: str, value: object) -> str:
    """TypeError."""
    return f"{takes} True or False, not {short(value)}"


def no_state(value: object) -> str:
    """TypeError."""
    return f"initial must be the name of a state, not {short(value)}"


def no_step(label: str, method: object, known: Iterable[str]) -> str:
    """ValueError."""
    hint = nearest(method if type(method) is str else "", known)
    return f"{label} has no step {short(method)}; {hint}"


def no_moves(moves: object) -> str:
    """TypeError."""
    return (
        "moves must map each step to the states it leads to, "
        f"such as {{'commit': {{'open': 'closed'}}}}, not {short(moves)}"
    )


def no_trip_kind(kind: object) -> str:
    """TypeError."""
    return f"expect_trip() takes kinds of trips such as tripwire.UnmockedInteractionError, not {short(kind)}"


def second_plugin(plugin: Plugin) -> str:
    """ValueError."""
    kind = type(plugin).__name__
    return (
        f"this verifier already has a {kind}; use the one it has, or construct {kind}(verifier) "
        "before the first use and the first sandbox"
    )
