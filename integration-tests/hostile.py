"""Values that do their worst, for the tests of every library: they raise, never end, or are far too long."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

SPECIAL = (
    "__bool__",
    "__class__",
    "__eq__",
    "__fspath__",
    "__getattr__",
    "__hash__",
    "__iter__",
    "__len__",
    "__ne__",
    "__repr__",
    "__str__",
)


class Unstoppable(BaseException):
    """No `Exception`, and neither an interrupt nor an exit."""


def hostile(names: Iterable[str] = SPECIAL, error: type[BaseException] = RuntimeError) -> Any:
    """An object whose methods of these names raise."""

    def raises(*args: Any) -> Any:
        raise error("hostile")

    methods = {name: property(raises) if name == "__class__" else raises for name in names}
    return type("Hostile", (), methods)()


def _containing_itself(container: Any) -> Any:
    if isinstance(container, list):
        container.append(container)
    else:
        container["self"] = container
    return container


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def _shared() -> tuple[Any, ...]:
    """Small in memory, and 2**100 parts long when written out."""
    shared: tuple[Any, ...] = ()
    for _ in range(100):
        shared = (shared, shared)
    return shared


class EndlessDict(dict[str, str]):
    """A mapping whose items never end."""

    def __iter__(self) -> Iterator[str]:
        return map(str, itertools.count())

    keys = __iter__  # type: ignore[assignment]

    def values(self) -> Any:
        return iter(self)

    def items(self) -> Any:
        return ((name, name) for name in self)

    def __getitem__(self, name: str) -> str:
        return name


class Recursive:
    """A repr that calls itself for ever."""

    def __repr__(self) -> str:
        return f"<{self!r}>"


VALUES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "a number": lambda: 5,
    "an empty text": str,
    "an empty list": list,
    "an object": object,
    "a class": lambda: object,
    "NaN": lambda: float("nan"),
    "a huge number": lambda: 10**5000,
    "a NUL": lambda: "a\0b",
    "a lone surrogate": lambda: "a\ud800b",
    "several lines": lambda: "a\nb",
    "10 MB of text": lambda: "x" * 10_000_000,
    "10 MB of bytes": lambda: b"x" * 10_000_000,
    "10 MB in a list": lambda: [b"x" * 10_000_000],
    "a long list": lambda: list(range(100_000)),
    "a long dict": lambda: dict.fromkeys(range(100_000)),
    "a list in itself": lambda: _containing_itself([]),
    "a dict in itself": lambda: _containing_itself({}),
    "a deep list": _deep,
    "shared tuples": _shared,
    "an endless iterator": itertools.count,
    "an endless mapping": EndlessDict,
    "an endless repr": Recursive,
    **{f"raising {name}": lambda name=name: hostile([name]) for name in SPECIAL},  # type: ignore[misc]
    "all hostile": hostile,
    "all hostile, and no Exception": lambda: hostile(error=Unstoppable),
    "hostile in a list": lambda: [hostile(error=Unstoppable)],
}
"""Each is made anew: some of them a program may change."""
