"""What is registered to serve once each: those that fit alike in their order, others in any."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from tripwire import Candidate, Unmatched, UnusedMock
from tripwire._frames import Place
from tripwire._values import PASSES


class Registered(ABC):
    """One mock. `keys` are those of all calls that it fits, or None if only `fits` can tell."""

    def __init__(self, keys: Iterable[Hashable] | None, required: bool, place: Place | None) -> None:
        self.keys, self.required, self.place = keys, required, place
        self.used = False
        self.number = 0

    @abstractmethod
    def __str__(self) -> str: ...

    @abstractmethod
    def fits(self, given: object) -> bool:
        """Whether it serves a call."""

    @abstractmethod
    def why_not(self, given: object) -> str:
        """Why it does not."""

    def nearness(self, given: object) -> Any:  # noqa: ARG002 - for those who can tell
        """How near it is; the greater, the nearer."""
        return 0


R = TypeVar("R", bound=Registered)


class Queue(Generic[R]):
    """The mocks of one kind and one verifier."""

    def __init__(self) -> None:
        self._all: list[R] = []
        self._by_key: dict[Hashable, deque[R]] = {}
        self._others: list[R] = []

    def add(self, one: R) -> None:
        """Register one."""
        one.number = len(self._all)
        self._all.append(one)
        if one.keys is None:
            self._others.append(one)
        for key in one.keys or ():
            self._by_key.setdefault(key, deque()).append(one)

    def find(self, given: object, key: Any) -> R | None:
        """The first that fits and is not used."""
        alike = self._alike(key)
        while alike and alike[0].used:
            alike.popleft()
        plain = alike[0] if alike else None
        other = next((one for one in self._others if not one.used and one.fits(given)), None)
        if plain is None or other is None:
            return plain or other
        return min(plain, other, key=lambda one: one.number)

    def _alike(self, key: Any) -> deque[R]:
        try:
            return self._by_key.get(key, deque())
        except PASSES:
            raise
        except BaseException:  # noqa: BLE001 - no key, and so none that is registered
            return deque()

    def take(self, given: object, key: Any, paste: Callable[[object], str]) -> R:
        """Use up the first that fits; `paste` gives code that would mock the call.

        Raises:
            Unmatched: none does.
        """
        found = self.find(given, key)
        if found is None:
            raise Unmatched(candidates=self.nearest(given), paste=paste(given))
        found.used = True
        return found

    def nearest(self, given: object) -> list[Candidate]:
        """Three of them, the nearest first, and why each does not fit."""
        near = sorted(self._all, key=lambda one: one.nearness(given), reverse=True)[:3]
        return [Candidate(str(one), _why_not(one, given), one.place) for one in near]

    def unused(self) -> Iterator[UnusedMock]:
        """Those that are required and not used."""
        return (UnusedMock(str(one), one.place) for one in self._all if one.required and not one.used)


def _why_not(one: Registered, given: object) -> str:
    return "it is used up" if one.fits(given) else one.why_not(given)
