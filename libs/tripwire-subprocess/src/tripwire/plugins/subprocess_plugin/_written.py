"""What is written of commands and look-ups: the assertions, and the mocks that a recording makes."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tripwire import Interaction
from tripwire._unset import UNSET
from tripwire._values import equal, is_a
from tripwire._writing._statement import ANY, Statement
from tripwire.plugins._processes import Recorded, as_text, meanings
from tripwire.plugins._processes import _wording as words

if TYPE_CHECKING:
    from tripwire._config import Config

_USER = "tripwire.subprocess"


def told(interaction: Interaction, also: Collection[str] = ()) -> dict[str, Any]:
    """The fields worth a word: how stdin was given shows in the input."""
    return {
        name: value
        for name, value in interaction.fields.items()
        if name in also or (name != "stdin" and words.says_something(name, value))
    }


def assertion(interaction: Interaction, also: Collection[str]) -> Statement:
    """The typed helper that asserts an interaction."""
    fields, kind = told(interaction, also), repr(interaction.source).rpartition(".")[2]
    if kind == "signal":
        return Statement(f"{_USER}.assert_signal", kwargs={"signal": fields["signal"]})
    first = fields.pop("name") if kind == "which" else words.written("command", fields.pop("command"))
    kwargs = {name: words.written(name, value) for name, value in fields.items()}
    return Statement(f"{_USER}.assert_{kind}", (first,), kwargs)


class Ran(NamedTuple):
    """One command that really ran, and how its mock is to say so."""

    interaction: Interaction
    outcome: Mapping[str, Any]

    @property
    def command(self) -> Any:
        return self.interaction.fields["command"]

    def is_like(self, other: Ran) -> bool:
        """Whether one mock can serve both."""
        return bool(equal(self.command, other.command)) and self.has_outcome_of(other)

    def has_outcome_of(self, other: Ran) -> bool:
        """Whether both came to the same."""
        return _text(self.outcome) == _text(other.outcome)


def look_up(interaction: Interaction) -> Statement:
    """The mock of a look-up."""
    found = interaction.fields["returns"]
    return Statement(
        f"{_USER}.mock_which", (interaction.fields["name"],), {} if found is None else {"returns": found}
    )


def mocks(
    ran: Sequence[tuple[Interaction, Recorded | None]], config: Config, *, ordered: bool
) -> Iterator[Statement]:
    """The mocks of commands that really ran, in order; where they are `ordered`, others may not come before."""
    from tripwire._writing._render import Masks, value  # for a recording only

    masks = Masks.of(config)

    def compared(name: str, given: Any) -> Any:
        # As in an assertion: a secret or a temporary path must not keep a mock from fitting.
        code = value(words.written(name, given), masks, name=name, is_assertion=True)
        return given if code == ANY else code

    runs = [Ran(interaction, _outcome(interaction, record)) for interaction, record in ran]
    alike: dict[Hashable, list[Ran]] = {}
    for run in runs:
        alike.setdefault(None if ordered else _meaning(run.command), []).append(run)
    served: dict[int, int] = {}
    condition: dict[int, Mapping[str, Any]] = {}
    for group in alike.values():
        first = 0
        conditions = _conditions(group)
        for number, run in enumerate(group):
            same = run.is_like(group[first]) and equal(conditions[number], conditions[first])
            first = first if number and same else number
            served[id(group[first])] = served.get(id(group[first]), 0) + 1
            condition[id(run)] = conditions[number]
    for run in runs:
        if times := served.get(id(run)):
            others = {name: compared(name, one) for name, one in condition[id(run)].items()}
            kwargs = {**run.outcome, **others, **({"times": times} if times > 1 else {})}
            yield Statement(f"{_USER}.mock_run", (compared("command", run.command),), kwargs)


def _meaning(command: Any) -> Hashable:
    found = meanings(command)
    return repr(command) if found is None else found[-1]


def _outcome(interaction: Interaction, record: Recorded | None) -> dict[str, Any]:
    """What the mock says of the outcome, as far as it is not what it would be anyway."""
    fields = interaction.fields
    if "raises" in fields:
        return {"raises": fields["raises"]}
    found = {
        "returncode": (record.returncode if record is not None else fields["returncode"]) or 0,
        "stdout": fields["stdout"] or "",
        "stderr": fields["stderr"] or "",
        "after": record.after if record is not None else 0,
    }
    return {name: value for name, value in found.items() if value}


def _conditions(group: Sequence[Ran]) -> list[Mapping[str, Any]]:
    """What tells equal commands apart that came to different things: none, where their order has to."""
    none: list[Mapping[str, Any]] = [{} for _ in group]
    first = group[0]
    if not all(equal(first.command, one.command) for one in group):
        return none
    if all(first.has_outcome_of(one) for one in group):
        return none
    for name, values in _differing(group):
        by_value: dict[str, Ran] = {}
        if all(
            by_value.setdefault(_text(v), one).has_outcome_of(one)
            for v, one in zip(values, group, strict=True)
        ):
            return [{} if value is UNSET else {name: value} for value in values]
    return none


def _differing(group: Sequence[Ran]) -> Iterator[tuple[str, list[Any]]]:
    fields = [one.interaction.fields for one in group]
    yield "cwd", [one["cwd"] for one in fields]
    # What is given as input is known only later: a mock for no input would have to wait for one.
    inputs = [as_text(given) if is_a(given := one.get("input"), bytes) else given for one in fields]
    if all(one is not None for one in inputs):
        yield "input", inputs
    variables = [dict(one["env"] or {}) for one in fields]
    names = {name for one in variables for name in one}
    telling = sorted(name for name in names if len({_text(one.get(name, UNSET)) for one in variables}) > 1)
    if telling and all(name in one for name in telling for one in variables):
        yield "env", [{name: one[name] for name in telling} for one in variables]


def _text(value: object) -> str:
    return repr(value)
