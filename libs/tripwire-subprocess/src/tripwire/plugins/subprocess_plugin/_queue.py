"""What is registered to serve so many times: those that fit alike in their order, others in any."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from tripwire import Candidate, Unmatched, UnusedMock
from tripwire._frames import Place
from tripwire._values import PASSES


class Registered(ABC):
    """One mock. `keys` are those of all calls that it may fit, or None if only `fits` can tell.

    It serves `times`, or any number of times if that is None.
    """

    __slots__ = ("keys", "number", "place", "required", "served", "times")

    def __init__(
        self,
        keys: Iterable[Hashable] | None,
        required: bool,
        place: Place | None,
        times: int | None = 1,
    ) -> None:
        self.keys, self.required, self.place, self.times = keys, required, place, times
        self.served = 0
        self.number = 0

    @property
    def used(self) -> bool:
        """Whether it serves no more."""
        return self.times is not None and self.served >= self.times

    @abstractmethod
    def __str__(self) -> str: ...

    @abstractmethod
    def fits(self, given: Any) -> bool:
        """Whether it serves a call."""

    def suits(self, given: Any) -> bool:  # noqa: ARG002 - for those who look at more than the key
        """Whether it serves a call that has one of its keys."""
        return True

    @abstractmethod
    def why_not(self, given: Any) -> str:
        """Why it does not."""

    def nearness(self, given: Any) -> Any:  # noqa: ARG002 - for those who can tell
        """How near it is; the greater, the nearer."""
        return 0

    def unused(self) -> Iterator[UnusedMock]:
        """It, if it has not served as often as it should."""
        wanted = 1 if self.times is None else self.times
        if self.required and self.served < wanted:
            note = f"served {self.served:,} of {wanted:,} times" if self.served else ""
            yield UnusedMock(str(self), self.place, note) if note else UnusedMock(str(self), self.place)


R = TypeVar("R", bound=Registered)


class Queue(Generic[R]):
    """The mocks of one kind and one verifier. If they are `ordered`, only the next may serve."""

    def __init__(self, *, ordered: bool = False) -> None:
        self._ordered = ordered
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
            alike = self._by_key.get(key)
            if alike is None:
                self._by_key[key] = deque((one,))
            else:
                alike.append(one)

    def find(self, given: Any, key: Any) -> R | None:
        """The first that fits and is not used."""
        if self._ordered:
            following = self._next()
            return following if following is not None and following.fits(given) else None
        plain = self._first_alike(given, key)
        for one in self._others:
            if plain is not None and one.number > plain.number:
                break
            if not one.used and one.fits(given):
                return one
        return plain

    def _first_alike(self, given: Any, key: Any) -> R | None:
        alike = self._alike(key)
        while alike and alike[0].used:
            alike.popleft()
        if not alike or alike[0].suits(given):
            return alike[0] if alike else None
        # A copy, for a matcher among their conditions may do anything, also register more.
        return next((one for one in list(alike)[1:] if not one.used and one.suits(given)), None)

    def _next(self) -> R | None:
        """The next in their order. One for any number of times, or none, lets the following one serve, too."""
        return next((one for one in self._all if not one.used), None)

    def _alike(self, key: Any) -> deque[R]:
        try:
            return self._by_key.get(key, deque())
        except PASSES:
            raise
        except BaseException:  # noqa: BLE001 - no key, and so none that is registered
            return deque()

    def take(self, given: Any, key: Any, paste: Callable[[], str]) -> R:
        """Use the first that fits; `paste` gives code that would mock the call.

        Raises:
            Unmatched: none does.
        """
        found = self.find(given, key)
        if found is None:
            raise Unmatched(candidates=self.nearest(given), paste=paste())
        found.served += 1
        return found

    def nearest(self, given: Any) -> list[Candidate]:
        """Three of them, the nearest first, and why each does not fit."""
        near = sorted(self._all, key=lambda one: one.nearness(given), reverse=True)[:3]
        return [Candidate(str(one), self._why_not(one, given), one.place) for one in near]

    def _why_not(self, one: R, given: Any) -> str:
        if not one.fits(given):
            return one.why_not(given)
        following = self._next()
        if not one.used and following is not None:
            return f"they are ordered, and {following} comes first"
        return "it is used up" if one.times == 1 else f"it is used up, it has served {one.served:,} times"

    def unused(self) -> Iterator[UnusedMock]:
        """Those that are required and not used."""
        return (unused for one in self._all for unused in one.unused())
