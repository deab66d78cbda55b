"""One value after the other as code, each checked to be what it stands for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import mock

from tripwire._values import PASSES, equal, is_a
from tripwire._writing import _objects, _words
from tripwire._writing._hidden import member_name, name_in, stand_in
from tripwire._writing._importable import Names, NoLiteral, Piece
from tripwire._writing._literals import lines, literal
from tripwire._writing._shapes import is_card
from tripwire._writing._statement import ANY, Code

if TYPE_CHECKING:
    from tripwire._writing._render import Masks

Path: TypeAlias = "tuple[Any, ...]"
"""The keys and positions that lead to a part of a value."""

_DEEPEST = 40
_MOST = {True: (2_000, 20_000), False: (10_000, 200_000)}  # parts and characters; of an assertion, of a mock
_MOST_COMMENTS, _LONGEST_NAME = 5, 200
_SHORTEST_CARD, _LONGEST_CARD = 10**12, 10**19
_USERS = ("-u", "--user", "--proxy-user")  # of curl: a name and a password


class _TooLarge(NoLiteral):
    """A value is larger than anybody wants to read."""


class Renderer:
    """Makes code of the values of one call."""

    def __init__(self, masks: Masks, *, is_assertion: bool, varies: Collection[Path] | None = None) -> None:
        self._masks, self._is_assertion = masks, is_assertion
        self._varies = None if varies is None else frozenset(varies)
        self._names = Names(masks.test_file)
        self._left, self._left_text = _MOST[is_assertion]
        self._around: list[int] = []

    def argument(self, value: Any, name: str, path: Path | None) -> Code:
        """The code of one argument; where `path` is None, a second recording says nothing about it."""
        if type(value) is Code:
            return value
        self._left, self._left_text = _MOST[self._is_assertion]
        self._around = []
        try:
            piece = self._item(value, name, path)
            shown = lines(value) if type(value) in (str, bytes) and piece.exact else None
            if shown is not None and ast.literal_eval(shown) == value:
                piece = Piece(shown)
        except _TooLarge as why:
            piece = self._matcher(value, name, str(why))
        comment = "; ".join(list(dict.fromkeys(piece.comments))[:_MOST_COMMENTS])
        return Code(piece.text, piece.imports, comment)

    def _item(self, value: Any, name: str, path: Path | None) -> Piece:
        """A part of a value; whatever goes wrong, a matcher."""
        self._left -= 1
        if self._left < 0 or self._left_text < 0:
            raise _TooLarge(_words.TOO_LARGE_WRITTEN)
        try:
            name = name if len(name) <= _LONGEST_NAME else ""
            piece = self._masked(value, name, path) or self._literal(value, name, path)
        except (*PASSES, _TooLarge):
            raise
        except NoLiteral as why:
            return self._matcher(value, name, str(why))
        except BaseException:  # noqa: BLE001 - the user's values may do anything
            return self._matcher(value, name, "has no literal")
        return piece

    # -- what is not written as it is

    def _masked(self, value: Any, name: str, path: Path | None) -> Piece | None:
        if type(value) is Code:
            return Piece(value.text, value.imports, (value.comment,) if value.comment else (), exact=False)
        if value is mock.ANY:
            return Piece(ANY.text, ANY.imports, exact=False)
        hidden = self._secret(value, name)
        if hidden is not None:
            return hidden
        if not self._is_assertion:
            return None
        if type(value) is float and value != value:
            return self._checked(
                Code("IsFloatNan()", frozenset({"from dirty_equals import IsFloatNan"})), value, name
            )
        known = self._varies is not None and path is not None
        varies = known and path in (self._varies or ())
        code = self._masks.volatile.code(value, name, constant=known and not varies)
        if code is None and varies:
            code = self._masks.volatile.anything_like(value)
        return None if code is None else self._checked(code, value, name)

    def _secret(self, value: Any, name: str) -> Piece | None:
        hidden, instead = self._masks.hidden, value
        if is_a(value, str) or type(value) in (bytes, bytearray):
            text = name_in(value) if type(value) is not bytearray else value.decode("latin-1")
            if (shown := hidden.replaced(text, name)) is None:
                return None
            instead = shown if is_a(value, str) else type(value)(shown.encode("latin-1"))
        elif is_a(value, PurePath):
            if (shown := hidden.replaced(str(value), name)) is None:
                return None
            instead = type(value)(shown)
        elif type(value) is int and _SHORTEST_CARD < value < _LONGEST_CARD and is_card(str(value)):
            instead = 0
        elif hidden.is_named(name, value):
            if not self._is_assertion and type(value) in (dict, list, tuple, set, frozenset):
                return None  # its parts are
            instead = stand_in(value)
            if instead is value or (type(value) in (int, float) and value == 0):
                return None
        else:
            return None
        if self._is_assertion or instead is ...:
            return Piece(ANY.text, ANY.imports, (self._said(name, "a secret"),), exact=False)
        piece = literal(instead, self._names)
        assert piece is not None
        return piece._replace(exact=False)

    def _checked(self, code: Code, value: Any, name: str) -> Piece:
        """A matcher, if it is there and matches; else what matches anything."""
        why = (code.comment and self._said(name, code.comment),)
        piece = Piece(code.text, code.imports, tuple(filter(None, why)), exact=False)
        try:
            if code.text == ANY.text or (self._masks.matchers and equal(self._names.evaluated(piece), value)):
                return piece
        except Exception:  # noqa: BLE001 - another version of dirty-equals
            pass
        return Piece(ANY.text, ANY.imports, piece.comments, exact=False)

    def _matcher(self, value: Any, name: str, why: str) -> Piece:
        """What takes the place of a value without a literal: any of its type, or anything."""
        kind: Any = type(value)
        shown = type.__dict__["__name__"].__get__(kind)
        comments = (self._said(name, f"{shown} {why}"),)
        if self._masks.matchers and kind is not object:
            try:
                named = self._names.of(kind)
                imports = named.imports | {"from dirty_equals import IsInstance"}
                piece = Piece(f"IsInstance({named.text})", imports, comments, exact=False)
                if equal(self._names.evaluated(piece), value):
                    return piece
            except PASSES:
                raise
            except BaseException:  # noqa: BLE001 - then there is none
                pass
        return Piece(ANY.text, ANY.imports, comments, exact=False)

    def _said(self, name: str, what: str) -> str:
        plain = what if what.isprintable() and what.isascii() else "has no literal"
        shows = re.fullmatch(r"[A-Za-z_][\w.-]{0,40}", name, re.ASCII) and not self._masks.hidden.replaced(
            name
        )
        return f"{name}: {plain}" if shows else plain

    # -- what is

    def _literal(self, value: Any, name: str, path: Path | None) -> Piece:
        kind = type(value)
        if kind in (str, bytes, bytearray):
            self._left_text -= len(value)
            if self._left_text < 0:
                raise _TooLarge(_words.TOO_LARGE_WRITTEN)
        if kind in (dict, list, tuple, set, frozenset):
            return self._inside(value, lambda: self._display(value, name, path))
        piece = literal(value, self._names)
        if piece is None:
            return self._inside(value, lambda: self._made(value, name, path))
        if not (kind is float and value != value):
            self._check(piece, value, is_field=False)
        return piece

    def _inside(self, value: Any, render: Any) -> Piece:
        if id(value) in self._around:
            raise NoLiteral(_words.OF_ITSELF)
        if len(self._around) >= _DEEPEST:
            raise NoLiteral(_words.TOO_DEEP)
        self._around.append(id(value))
        try:
            found: Piece = render()
        finally:
            self._around.pop()
        return found

    def _display(self, value: Any, name: str, path: Path | None) -> Piece:
        if type(value) is dict:
            pieces = list(self._dict_items(value, name, path))
            return _joined("{", pieces, "}")
        if type(value) in (list, tuple):
            pieces = list(self._sequence(value, name, path))
            opening, closing = ("[", "]") if type(value) is list else ("(", ",)" if len(value) == 1 else ")")
            return _joined(opening, pieces, closing)
        pieces = sorted(
            (self._item(one, name, None) for one in value), key=lambda one: (len(one.text), one.text)
        )
        self._require_exact(pieces)
        kind = "frozenset" if type(value) is frozenset else "set" if not value else ""
        if not value:
            return Piece(f"{kind}()")
        return _joined(f"{kind}({{" if kind else "{", pieces, "})" if kind else "}")

    def _dict_items(self, value: dict[Any, Any], name: str, path: Path | None) -> Iterator[Piece]:
        hidden, named = self._masks.hidden, member_name(value)
        for key, one in value.items():
            shown = self._item(key, "", None)
            self._require_exact([shown])
            own = named if key == "value" and hidden.is_named(named, one) else name_in(key)
            if not own or (hidden.is_named(name) and not hidden.is_named(own, one)):
                own = name
            item = self._item(one, own, None if path is None else (*path, key))
            yield _joined(f"{shown.text}: ", [item], "", also=shown)

    def _sequence(self, value: Any, name: str, path: Path | None) -> Iterator[Piece]:
        hidden, before = self._masks.hidden, ""
        for number, one in enumerate(value):
            own = name
            is_pair = type(value) is tuple and len(value) == 2 and number == 1
            if (is_pair or before.startswith("-")) and hidden.is_named(before.lstrip("-"), one):
                own = before.lstrip("-")
            elif (before in _USERS and ":" in name_in(one)) or (is_pair and name == "auth" and before):
                own = "password"
            before = name_in(one)
            yield self._item(one, own, None if path is None else (*path, number))

    def _require_exact(self, pieces: list[Piece]) -> None:
        """A matcher is found neither as the key of a dict nor as a member of a set."""
        if self._is_assertion and not all(piece.exact for piece in pieces):
            raise NoLiteral(_words.NO_KEY)

    def _made(self, value: Any, name: str, path: Path | None) -> Piece:
        kind, args, kwargs = _objects.parts(value)
        if kind is None:
            (shown,) = args
            if self._is_assertion and not equal(shown, value):
                raise NoLiteral(_words.NO_LITERAL)
            return self._item(shown, name, path)
        called = self._names.of(kind)
        pieces = [self._item(one, name, None) for one in args]
        for key, one in kwargs.items():
            pieces.append(_joined(f"{key}=", [self._item(one, key, None)], ""))
        piece = _joined(f"{called.text}(", pieces, ")", also=called)
        self._check(piece, value, is_field=len(self._around) == 1)
        return piece

    def _check(self, piece: Piece, value: Any, *, is_field: bool) -> None:
        """Whether a piece gives what it stands for."""
        if type(value) in (str, bytes, int, bool, type(None)) and not piece.text.endswith(".encode()"):
            return  # it is its repr
        made = self._names.evaluated(piece)
        if not self._is_assertion:
            fits = _objects.is_alike(made, value) if piece.exact else type(made) is type(value)
        elif piece.exact or is_a(value, BaseException):
            fits = _objects.is_same(made, value, is_field=is_field)
        else:
            fits = equal(made, value)
        if not fits:
            raise NoLiteral(_words.NO_LITERAL)


def _joined(opening: str, pieces: list[Piece], closing: str, also: Piece | None = None) -> Piece:
    every = [*([also] if also else []), *pieces]
    return Piece(
        f"{opening}{', '.join(one.text for one in pieces)}{closing}",
        frozenset[str]().union(*(one.imports for one in every)),
        tuple(dict.fromkeys(comment for one in every for comment in one.comments)),
        all(one.exact for one in every),
    )
