"""What the doctor tells, as values, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from tripwire._errors import TripwireError
from tripwire._messages import help_line


@dataclass(frozen=True)
class Client:
    """A library a plugin catches: its `version`, or None if it is not installed, and the `tested` ones."""

    name: str
    version: str | None
    tested: str

    @property
    def is_tested(self) -> bool:
        """Whether the installed version is in the tested range."""
        try:
            return self.version is None or SpecifierSet(self.tested).contains(self.version, prereleases=True)
        except InvalidVersion:  # pragma: no cover - of an old distribution, which newer packaging takes
            return False


@dataclass(frozen=True)
class Installed:
    """A plugin, installed or not: its `state` (active, disabled, missing, broken), why, and its `clients`."""

    name: str
    state: str
    reason: str = ""
    distribution: str | None = None
    clients: Sequence[Client] = ()


@dataclass(frozen=True)
class Held:
    """A target, and who holds it: `"pristine"`, `"not installed"`, or the name of whoever has patched it."""

    target: str
    plugin: str
    holder: str


@dataclass(frozen=True)
class Problem:
    """What must be mended, and its code, which `python -m tripwire explain` takes."""

    code: str
    message: str


@dataclass
class Diagnosis:
    """All there is to tell; `problems` are what must be mended."""

    versions: dict[str, str] = field(default_factory=dict)
    configuration: str | None = None
    distributions: dict[str, str] = field(default_factory=dict)
    plugins: list[Installed] = field(default_factory=list)
    targets: list[Held] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, error: TripwireError) -> None:
        """Note a problem, once."""
        problem = Problem(error.code, str(error))
        if problem not in self.problems:
            self.problems.append(problem)

    def is_broken(self, plugin: str, reason: str) -> None:
        """Note why an installed plugin has turned out not to work."""
        self.plugins = [
            replace(one, state="broken", reason=reason) if one.name == plugin else one for one in self.plugins
        ]

    def as_dict(self) -> dict[str, Any]:
        """In plain values, for `--json`."""
        return {"ok": not self.problems, **asdict(self)}

    def as_text(self) -> str:
        """As the doctor prints it."""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        held = [(one.target, one.holder) for one in self.targets]
        return "\n".join(
            [
                versions,
                f"configuration: {self.configuration or 'no [tool.tripwire] from here upwards'}",
                *_section("distributions", _columns(list(self.distributions.items()))),
                *_section("plugins", (line for plugin in self.plugins for line in _plugin(plugin))),
                *_section("targets, and who holds them", _columns(held)),
                *_section("problems", (line for problem in self.problems for line in _problem(problem))),
            ]
        )


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in [*lines] or ["none"])]


def _columns(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max((len(first) for first, _ in rows), default=0)
    return (f"{first:{width}}  {second}" for first, second in rows)


def _plugin(plugin: Installed) -> Iterator[str]:
    reason = f", {plugin.reason.splitlines()[0]}" if plugin.reason else ""
    yield f"{plugin.name}: {plugin.state}{reason}"
    for client in plugin.clients:
        if client.version is None:
            yield f"    {client.name} is not installed"
        else:
            tested = "tested" if client.is_tested else "NOT tested"
            yield f"    {client.name} {client.version}, {tested} with this version: {client.tested}"


def _problem(problem: Problem) -> Iterator[str]:
    first, *others = problem.message.splitlines()
    yield f"- {first}"
    yield from (f"  {line}" for line in (*others, help_line(problem.code)))
