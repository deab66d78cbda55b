"""What the mocks of the catalogue stand for: written as programs are, with annotations as strings."""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NewType,
    ParamSpec,
    Protocol,
    TypeVar,
    overload,
)

from typing_extensions import NotRequired, Self, TypedDict

if TYPE_CHECKING:
    from fractions import Fraction

P = ParamSpec("P")
R = TypeVar("R")
Number = TypeVar("Number", int, float)
Sku = NewType("Sku", str)


class Colour(enum.Enum):
    RED = "red"


class Point(NamedTuple):
    x: int
    y: int


class Row(TypedDict):
    id: int
    sku: str
    sold: NotRequired[datetime]


class Speaks(Protocol):
    def speak(self, text: str) -> None: ...


class Bell:
    def speak(self, text: str) -> None: ...


@dataclass
class Item:
    sku: str
    price: float = 0.0
    tags: list[str] = field(default_factory=list)

    def renamed(self, sku: str) -> Self: ...

    @classmethod
    def of(cls, sku: str) -> Self: ...


@dataclass
class Book(Item):
    pages: int = 0


class Client:
    timeout: float
    first: Item

    def __init__(self, url: str, retries: int = 3) -> None: ...

    @property
    def last(self) -> Item: ...

    @property
    def parent(self) -> Client | None: ...

    @staticmethod
    def version(of: str) -> tuple[int, int]: ...

    def items(self, *skus: str, limit: int | None = None) -> list[Item]: ...

    def row(self, key: int) -> Row | None: ...

    async def fetch(self, url: str, **headers: str) -> dict[str, list[int]]: ...

    def later(self, key: int) -> Awaitable[Item]: ...

    async def stream(self) -> AsyncIterator[bytes]:
        yield b""

    def close(self) -> None: ...


def same(function: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    return call


def as_text(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return str(function(*args, **kwargs))

    return call


def price(name: str, *, net: bool = False) -> float: ...


def count(name: str) -> int: ...


def found(name: str) -> Item | None: ...


def point() -> Point: ...


def colour(name: Literal["red", "blue"]) -> Colour: ...


def size() -> int | list[str]: ...


def state() -> Literal["open", "closed"]: ...


def sku(number: int) -> Sku: ...


def amount() -> Annotated[Decimal, "in euros"]: ...


def bigger(one: Number, other: Number) -> Number: ...


def speaker() -> Speaks: ...


def handler(name: str) -> Callable[[str, int], bool]: ...


def kind(name: str) -> type[Item]: ...


def numbers() -> Iterator[int]:
    yield 1


def feed() -> Generator[int, None, None]:
    yield 1


def totals(by: Mapping[str, Sequence[int]]) -> Iterable[int]: ...


def ratio() -> Fraction: ...


def bare(name): ...  # type: ignore[no-untyped-def]


def when(at: datetime = None) -> datetime: ...  # type: ignore[assignment] # noqa: RUF013 - as older code says it


@same
def kept(name: str) -> int: ...


@same
async def kept_later(name: str) -> int: ...


@as_text
def rewritten(name: str) -> int: ...


@functools.lru_cache
def cached(name: str) -> int: ...


@contextlib.contextmanager
def opened(name: str) -> Iterator[Item]:
    yield Item(name)


@overload
def parsed(text: str) -> int: ...
@overload
def parsed(text: bytes) -> float: ...
def parsed(text: str | bytes) -> int | float: ...


tea_price = functools.partial(price, "tea")
client = Client("http://localhost")
