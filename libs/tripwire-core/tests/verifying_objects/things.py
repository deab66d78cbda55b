"""What the mocks of the tests stand for: corners of how functions and classes are written."""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import (
    IO,
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    ParamSpec,
    Protocol,
    TypeVar,
    Union,
    overload,
)

import models
from typing_extensions import Self, Unpack

if TYPE_CHECKING:
    from nowhere import Hidden

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
Name = bytes  # models has another one


class Item:
    def __init__(self, sku: str = "") -> None: ...

    def me(self) -> Self: ...


class Silent:
    def __get__(self, instance, owner):
        raise AttributeError


class Speaks(Protocol):
    loud: bool

    def speak(self, text: str) -> None: ...


class Bell:
    loud = True

    def speak(self, words: str) -> None: ...


class Speaker:
    loud = True

    def speak(self, text: str) -> None: ...


class Loud:
    loud = "very"

    def speak(self, text: str) -> None: ...


class Refuses(type):
    def __instancecheck__(cls, instance):
        raise OSError


class Guarded(metaclass=Refuses): ...


class Shelf:
    many: list[Item]
    hidden: Hidden
    guard: Item

    class Board:
        pass

    def board(self) -> Board: ...

    handler = None
    silent = Silent()

    @functools.cached_property
    def lazy(self) -> Item: ...

    @classmethod
    def made(cls) -> Self: ...

    @property
    def anything(self): ...

    @property
    def one(self) -> Item: ...

    @property
    def perhaps(self) -> Item | None: ...

    @property
    def called(self) -> Caller: ...

    @functools.lru_cache  # noqa: B019 - of a class that lives as long as the test
    def cached(self, name: str) -> int: ...


class Rack(Shelf): ...


class Caller:
    def __call__(self, name: str) -> int: ...


class AsyncCaller:
    async def __call__(self, name: str) -> int: ...


class ByMaker:
    def __new__(cls, name: str): ...


class ByMakerAndTaker:
    def __new__(cls, *args): ...

    def __init__(self, name: str) -> None: ...


class Meta(type):
    def __call__(cls, *args): ...


class ByMeta(metaclass=Meta): ...


class Signed:
    __signature__ = None

    def __init__(self, name: str) -> None: ...


class Plain: ...


class BadlySigned:
    def __init__(self, name: str) -> None: ...

    __init__.__signature__ = 5


def endless(name: str) -> Item: ...


endless.__wrapped__ = endless


@dataclass
class Derived(models.Base):
    name: str = ""


class Wrapper:
    def __init__(self, function):
        functools.update_wrapper(self, function)

    def __call__(self, *args): ...


class Decorators:
    @staticmethod
    def decorate(function):
        @functools.wraps(function)
        def call(*args): ...

        return call


def keeping(times: int) -> Callable[[F], F]:
    def decorate(function):
        @functools.wraps(function)
        def call(*args): ...

        return call

    return decorate


def keeping_anything(function: F) -> F:
    @functools.wraps(function)
    def call(*args): ...

    return call


def losing(function: Callable) -> Callable:
    @functools.wraps(function)
    def call(*args): ...

    return call


def unreadable(function: Hidden) -> Hidden:
    @functools.wraps(function)
    def call(*args): ...

    return call


def made_here() -> Any:
    class Inner:
        def me(self) -> Self: ...

        def other(self) -> Inner: ...

    return Inner


Local = made_here()


def bare(name): ...


def only_back(name) -> int: ...


def only_in(name: str): ...


def hidden(name: Hidden) -> Hidden: ...


def item(name: str) -> Item: ...


OPEN = object()


def optional(until: int = OPEN) -> int: ...


def items() -> list[Item]: ...


def by_name() -> dict[str, Item]: ...


def kinds() -> set[type[Item]]: ...


def pair() -> models.Pair: ...


def lost_keys() -> models.Lost: ...


def rows() -> list[models.Row]: ...


def couple() -> models.Couple: ...


def numbered(*numbers: int) -> None: ...


def annotated() -> Annotated[Any, "of any kind"]: ...


def handler(name: str) -> Callable[[str], int]: ...


def named(**names: str) -> None: ...


def whole() -> models.Whole | None: ...


def speaks() -> Speaks: ...


def file() -> IO[bytes]: ...


def guarded() -> Guarded: ...


def anything(value: Any) -> object: ...


def nothing() -> typing.NoReturn: ...


def deep() -> list[Any]: ...


def packed(**options: Unpack[models.Part]) -> None: ...


def spread(*numbers: Unpack[tuple[int, str]]) -> None: ...


def starred(*numbers: "*tuple[int, str]") -> None: ...  # noqa: F722 - Python 3.11 knows it


def forwarded(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R: ...


def either() -> Literal["a"] | list[Union[int, str]] | None: ...  # noqa: UP007 - as older code says it


@keeping(3)
def kept(name: str) -> int: ...


@keeping_anything
def kept_too(name: str) -> int: ...


@losing
def lost(name: str) -> int: ...


@unreadable
def unread(name: str) -> int: ...


@Wrapper
def wrapped(name: str) -> int: ...


@Decorators.decorate
def decorated(name: str) -> int: ...


@contextlib.asynccontextmanager
async def opened():
    yield 1


@overload
def parsed(text: str) -> int: ...
@overload
def parsed(text: bytes, base: int) -> float: ...
def parsed(text, base=1): ...


class Parser:
    @overload
    def parsed(self, text: str) -> int: ...
    @overload
    def parsed(self, text: bytes) -> float: ...
    def parsed(self, text): ...


async def later(name: str) -> int: ...


class Page:  # as pydantic has generic models
    __pydantic_generic_metadata__: ClassVar = {"parameters": ("T",)}


class PageOfItems(Page):
    __pydantic_generic_metadata__: ClassVar = {"parameters": ()}


def page() -> PageOfItems: ...


caller, async_caller = Caller(), AsyncCaller()
shelf, partly = Shelf(), functools.partial(item, "a")
