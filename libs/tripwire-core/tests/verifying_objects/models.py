"""Classes whose annotations name what only this module knows."""

from __future__ import annotations

from collections import deque
from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, NamedTuple

from typing_extensions import NotRequired, TypedDict

if TYPE_CHECKING:
    from nowhere import Hidden  # type: ignore[import-not-found]

Amount = int
Name = str


class Part(TypedDict):
    amount: Amount
    whole: NotRequired[Whole]


class Whole(TypedDict):
    parts: list[Part]
    queue: deque[int]


class Lost(TypedDict):
    hidden: Hidden


Row = TypedDict("Row", {"amount": int})  # noqa: UP013 - its annotations are no strings


class Couple(NamedTuple):
    first: Amount
    second: Amount


class Pair(NamedTuple):
    first: Amount
    second: Name


@dataclass
class Base:
    amount: Amount
    start: InitVar[int] = 0
