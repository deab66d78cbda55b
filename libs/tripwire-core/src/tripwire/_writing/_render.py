"""Values as a person would write them: literals, with matchers for what varies, and without secrets."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from tripwire._values import items_of
from tripwire._writing._hidden import Hidden
from tripwire._writing._objects import is_alike
from tripwire._writing._renderer import Path, Renderer
from tripwire._writing._statement import Code, Statement
from tripwire._writing._volatile import Volatile

if TYPE_CHECKING:
    from typing_extensions import Self

    from tripwire._config import Config

_MOST = 100_000


class Masks:
    """What is volatile and what is secret, as the project has it configured.

    `matchers`: whether dirty-equals is installed. `temporary` are folders for temporary files, besides the system's.
    `test_file` is the file that is written to: it knows its own classes, and what stands in it does not vary.
    """

    def __init__(
        self,
        secrets: Sequence[str] = (),
        *,
        matchers: bool | None = None,
        temporary: Sequence[str] = (),
        test_file: str | None = None,
    ) -> None:
        if matchers is None:
            matchers = importlib.util.find_spec("dirty_equals") is not None
        self._given = (secrets, matchers, temporary)
        self.matchers, self.test_file = matchers, test_file
        self.hidden = Hidden(secrets)
        self.volatile = Volatile(matchers=matchers, temporary=temporary, test_file=test_file)

    @classmethod
    def of(cls, config: Config, *, temporary: Sequence[str] = ()) -> Self:
        """Those of a configuration: also what the http plugin is told to keep secret."""
        return cls((*config.secrets, *config.table("http").get("secrets", ())), temporary=temporary)

    def at(self, test_file: str) -> Self:
        """The same for code that goes into a file."""
        secrets, matchers, temporary = self._given
        return type(self)(secrets, matchers=matchers, temporary=temporary, test_file=test_file)


def call(
    statement: Statement,
    receiver: str | None,
    masks: Masks,
    *,
    is_assertion: bool,
    varies: Collection[Path] | None = None,
) -> Code:
    """A call in one line, but for the lines of long texts; `receiver` is how the test names what it is a method of.

    `varies`: of the first call's arguments, by position or name, what a second recording had otherwise.
    """
    renderer = Renderer(masks, is_assertion=is_assertion, varies=varies)
    text, imports, comments = receiver or "", set[str](), list[str]()
    for number, link in enumerate(statement.calls):
        given: list[str] = []
        for key, one in (*enumerate(link.args), *link.kwargs.items()):
            name = key if isinstance(key, str) else ""
            code = renderer.argument(one, name, (key,) if not number else None)
            given.append(f"{name}={code.text}" if name else code.text)
            imports |= code.imports
            comments += [code.comment] if code.comment else []
        text += f"{'.' if number or receiver else ''}{link.method}({', '.join(given)})"
    return Code(text, frozenset(imports), _joined(comments))


def value(
    one: object, masks: Masks, *, name: str, is_assertion: bool, varies: Collection[Path] | None = None
) -> Code:
    """A value as an expression; `varies` are the paths within it that a second recording had otherwise."""
    return Renderer(masks, is_assertion=is_assertion, varies=varies).argument(one, name, ())


def varying(first: object, second: object) -> frozenset[Path]:
    """The paths of keys and positions at which two recordings differ; the empty one if they do altogether."""
    found: set[Path] = set()
    waiting: list[tuple[Any, Any, Path]] = [(first, second, ())]
    for _ in range(_MOST):
        if not waiting:
            break
        one, other, path = waiting.pop()
        if (
            len(path) < 50
            and type(one) is type(other)
            and type(one) in (dict, list, tuple)
            and len(one) == len(other)
        ):
            pairs = _pairs(one, other)
            if pairs is not None:
                waiting += [(left, right, (*path, key)) for key, left, right in pairs]
                continue
        if not is_alike(one, other):
            found.add(path)
    found.update(path for _, _, path in waiting)
    return frozenset(found)


def _pairs(one: Any, other: Any) -> list[tuple[Any, Any, Any]] | None:
    if type(one) is not dict:
        return [(number, left, right) for number, (left, right) in enumerate(zip(one, other, strict=True))]
    items = items_of(one, _MOST)
    if items is None or not all(key in other for key in one):
        return None
    return [(key, left, other[key]) for key, left in items]


def _joined(comments: Sequence[str]) -> str:
    return "; ".join(islice(dict.fromkeys(comments), 5))
