"""What `--tripwire-fix` and `--tripwire-record` make of a value: the code a person would have written."""

from __future__ import annotations

import array
import collections
import http
import io
import json
import re
import signal
import socket
import subprocess
import types
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, Flag
from fractions import Fraction
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple
from unittest import mock
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import pytest

from tripwire._values import equal
from tripwire._writing import _render
from tripwire._writing._render import Masks, varying
from tripwire._writing._statement import ANY, Code, Statement

MASKS = Masks().at(__file__)
PLAIN = Masks(matchers=False).at(__file__)


class Colour(Enum):
    RED = "red"
    DEEP_BLUE = "deep blue"


class Rights(Flag):
    READ = 1
    WRITE = 2
    ALL = 3


ODD = Enum("ODD", {"two words": 1})


class Zone(tzinfo):
    def utcoffset(self, _: datetime | None) -> timedelta:
        return timedelta(hours=1)

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


@attrs.define
class Parcel:
    _item: str
    is_sent: bool = attrs.field(default=False, init=False)


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Order:
    item: str
    when: date
    tags: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Incomparable:
    item: str


class Record:
    """A row, as asyncpg gives it: made by nobody else, with the methods of a mapping."""

    __module__ = "asyncpg.protocol.record"

    def __init__(self, **columns: Any) -> None:
        self._columns = columns

    def items(self) -> Any:
        return self._columns.items()


class Refused(Exception):  # noqa: N818
    def __init__(self, code: int) -> None:
        super().__init__(f"refused: {code}")
        self.code = code


class Odd(Exception):  # noqa: N818
    def __init__(self, *, code: int) -> None:
        super().__init__(f"odd: {code}")


def evaluated(code: Code, **known: Any) -> Any:
    names = dict(known)
    for statement in code.imports:
        exec(statement, names)
    return eval(code.text, names)


def render(value: object, masks: Masks = MASKS, name: str = "", *, is_assertion: bool = True) -> Code:
    return _render.value(value, masks, name=name, is_assertion=is_assertion)


LITERALS: list[tuple[object, str, str]] = [
    (None, "None", ""),
    (True, "True", ""),
    (-7, "-7", ""),
    (-0.0, "-0.0", ""),
    (float("-inf"), "float('-inf')", ""),
    (1e300, "1e+300", ""),
    (2 - 3j, "(2-3j)", ""),
    (..., "...", ""),
    ("it's", '"it\'s"', ""),
    ("a\nb", "'a\\nb'", ""),
    ("\ud800", "'\\ud800'", ""),
    (b'{"a": 1}', "b'{\"a\": 1}'", ""),
    ("Grüße\n".encode(), "'Grüße\\n'.encode()", ""),
    (b"\xff\x00", "b'\\xff\\x00'", ""),
    (bytearray(b"ab"), "bytearray(b'ab')", ""),
    ({"a": [1, (2,), {3, 1}]}, "{'a': [1, (2,), {1, 3}]}", ""),
    ([set(), frozenset(), frozenset({1}), (), {}], "[set(), frozenset(), frozenset({1}), (), {}]", ""),
    (range(3), "range(3)", ""),
    (range(1, 9, 2), "range(1, 9, 2)", ""),
    (slice(None, 4), "slice(None, 4)", ""),
    (slice(1, 2, 3), "slice(1, 2, 3)", ""),
    (collections.deque([1], maxlen=2), "deque([1], maxlen=2)", "collections.deque"),
    (collections.OrderedDict(a=1), "OrderedDict({'a': 1})", "collections.OrderedDict"),
    (collections.defaultdict(list, a=[1]), "defaultdict(list, {'a': [1]})", "collections.defaultdict"),
    (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})", "collections.Counter"),
    (collections.ChainMap({"a": 1}, {}), "ChainMap({'a': 1}, {})", "collections.ChainMap"),
    (collections.UserList([1]), "UserList([1])", "collections.UserList"),
    (types.MappingProxyType({"a": 1}), "MappingProxyType({'a': 1})", "types.MappingProxyType"),
    (types.SimpleNamespace(a=1, b="c"), "SimpleNamespace(a=1, b='c')", "types.SimpleNamespace"),
    (array.array("b", [1, 2]), "array('b', [1, 2])", "array.array"),
    (datetime(1980, 2, 3), "datetime(1980, 2, 3)", "datetime.datetime"),
    (datetime(1980, 2, 3, 4), "datetime(1980, 2, 3, 4, 0)", "datetime.datetime"),
    (datetime(1980, 2, 3, fold=1), "datetime(1980, 2, 3, fold=1)", "datetime.datetime"),
    (
        datetime(1980, 2, 3, 4, 5, 6, 7, timezone.utc),
        "datetime(1980, 2, 3, 4, 5, 6, 7, tzinfo=timezone.utc)",
        "datetime.datetime datetime.timezone",
    ),
    (
        datetime(1980, 2, 3, tzinfo=ZoneInfo("Europe/Berlin")),
        "datetime(1980, 2, 3, tzinfo=ZoneInfo('Europe/Berlin'))",
        "datetime.datetime zoneinfo.ZoneInfo",
    ),
    (date(1980, 2, 3), "date(1980, 2, 3)", "datetime.date"),
    (time(8), "time(8, 0)", "datetime.time"),
    (timedelta(days=1, hours=2, minutes=3), "timedelta(days=1, hours=2, minutes=3)", "datetime.timedelta"),
    (timedelta(milliseconds=1500), "timedelta(seconds=1, milliseconds=500)", "datetime.timedelta"),
    (timedelta(microseconds=-1), "-timedelta(microseconds=1)", "datetime.timedelta"),
    (timedelta(), "timedelta()", "datetime.timedelta"),
    (timedelta.min, "timedelta(days=-999999999)", "datetime.timedelta"),
    (
        timezone(-timedelta(hours=5), "EST"),
        "timezone(-timedelta(hours=5), 'EST')",
        "datetime.timedelta datetime.timezone",
    ),
    (UUID(int=7), "UUID('00000000-0000-0000-0000-000000000007')", "uuid.UUID"),
    (Decimal("1.50"), "Decimal('1.50')", "decimal.Decimal"),
    (Fraction(1, 3), "Fraction(1, 3)", "fractions.Fraction"),
    (ip_address("10.0.0.1"), "IPv4Address('10.0.0.1')", "ipaddress.IPv4Address"),
    (ip_interface("::1/64"), "IPv6Interface('::1/64')", "ipaddress.IPv6Interface"),
    (ip_network("10.0.0.0/8"), "IPv4Network('10.0.0.0/8')", "ipaddress.IPv4Network"),
    (Path("/srv/a b"), "Path('/srv/a b')", "pathlib.Path"),
    (PurePosixPath("a"), "PurePosixPath('a')", "pathlib.PurePosixPath"),
    (PureWindowsPath("c:/x"), "PureWindowsPath('c:\\\\x')", "pathlib.PureWindowsPath"),
    (http.HTTPStatus.OK, "HTTPStatus.OK", "http.HTTPStatus"),
    (signal.SIGTERM, "Signals.SIGTERM", "signal.Signals"),
    (socket.AF_INET, "AddressFamily.AF_INET", "socket.AddressFamily"),
    (re.IGNORECASE | re.MULTILINE, "RegexFlag.IGNORECASE | RegexFlag.MULTILINE", "re.RegexFlag"),
    (int, "int", ""),
    (type(None), "type(None)", ""),
    (Decimal, "Decimal", "decimal.Decimal"),
    (json.dumps, "dumps", "json.dumps"),
    (len, "len", ""),
    (io.BytesIO, "BytesIO", "io.BytesIO"),
    (KeyError("a"), "KeyError('a')", ""),
    (FileNotFoundError(2, "No such", "f"), "FileNotFoundError(2, 'No such', 'f')", ""),
    (UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), "UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", ""),
    (json.JSONDecodeError("m", "d", 1), "JSONDecodeError('m', 'd', 1)", "json.JSONDecodeError"),
    (
        subprocess.CalledProcessError(1, ["ls"], stderr=b"no"),
        "CalledProcessError(1, ['ls'], stderr=b'no')",
        "subprocess.CalledProcessError",
    ),
    (
        subprocess.TimeoutExpired("ls", 2.0, output=b"a"),
        "TimeoutExpired('ls', 2.0, output=b'a')",
        "subprocess.TimeoutExpired",
    ),
    (Colour.DEEP_BLUE, "Colour.DEEP_BLUE", ""),
    (ODD(1), "ODD['two words']", ""),
    (Rights.READ, "Rights.READ", ""),
    (Rights(0), "Rights(0)", ""),
    (Point(1, 2), "Point(x=1, y=2)", ""),
    (Order("tea", date(1980, 2, 3)), "Order(item='tea', when=date(1980, 2, 3), tags=[])", "datetime.date"),
    (Refused, "Refused", ""),
    (Refused(3), "Refused(code=3)", ""),
    ([Colour.RED, {Point(1, 2): (Order,)}], "[Colour.RED, {Point(x=1, y=2): (Order,)}]", ""),
]


@pytest.mark.parametrize(("value", "text", "needed"), LITERALS, ids=[text for _, text, _ in LITERALS])
@pytest.mark.parametrize("is_assertion", [True, False])
def test_a_literal(value: Any, text: str, needed: str, is_assertion: bool) -> None:
    imports = frozenset("from {} import {}".format(*name.rsplit(".", 1)) for name in needed.split())
    code = render(value, is_assertion=is_assertion)
    assert (code.text, code.imports, code.comment) == (text, imports, "")
    made = evaluated(code, **globals())
    assert type(made) is type(value)
    assert made == value or repr(made) == repr(value)


HAS_NONE: list[tuple[object, str, str]] = [
    (object(), "mock.ANY", "object has no literal"),
    (re.compile("a"), "IsInstance(Pattern)", "Pattern has no literal"),
    (io.StringIO("a"), "IsInstance(StringIO)", "StringIO has no literal"),
    (Decimal("NaN"), "IsInstance(Decimal)", "Decimal has no literal"),
    (datetime(1980, 2, 3, tzinfo=Zone()), "IsInstance(datetime)", "datetime has no literal"),
    (ZoneInfo.no_cache("Europe/Berlin"), "IsInstance(ZoneInfo)", "ZoneInfo has no literal"),
    (lambda: 1, "IsInstance(FunctionType)", "function is local to a function"),
    ([].append, "IsInstance(BuiltinFunctionType)", "builtin_function_or_method is bound to an object"),
    (Incomparable("a"), "IsInstance(Incomparable)", "Incomparable has no literal"),
    (Odd(code=1), "IsInstance(Odd)", "Odd has no literal"),
    (Record(a=1), "mock.ANY", "Record has no literal"),
    ([ValueError("a")], "[IsInstance(ValueError)]", "ValueError has no literal"),
    ({"a": re.compile("a")}, "{'a': IsInstance(Pattern)}", "a: Pattern has no literal"),
    (10**5000, "IsInstance(int)", "int is too large"),
    ("x" * 30_000, "IsInstance(str)", "str is too large to be written"),
    (list(range(3000)), "IsInstance(list)", "list is too large to be written"),
    (float("nan"), "IsFloatNan()", ""),
]


@pytest.mark.parametrize(("value", "text", "comment"), HAS_NONE, ids=[comment for *_, comment in HAS_NONE])
def test_what_has_no_literal(value: Any, text: str, comment: str) -> None:
    code = render(value)
    assert (code.text, code.comment) == (text, comment)
    plain = render(value, PLAIN)
    assert re.sub(r"Is\w+\(\w*\)", "mock.ANY", text) == plain.text
    assert plain.comment == comment
    assert plain.imports == {"from unittest import mock"}
    if not isinstance(value, list):
        assert equal(evaluated(code, **globals()), value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "float('nan')"),
        (Record(a=1), "{'a': 1}"),
        (Incomparable("a"), "Incomparable(item='a')"),
        (subprocess.CompletedProcess(["a"], 0), "CompletedProcess(args=['a'], returncode=0)"),
        ([ValueError("a")], "[ValueError('a')]"),
    ],
)
def test_in_a_mock_it_need_not_be_equal(value: object, text: str) -> None:
    code = render(value, is_assertion=False)
    assert (code.text, code.comment) == (text, "")


def test_the_name_of_a_class() -> None:
    assert render(ConnectionError("a")).text == "ConnectionError('a')"
    module = types.ModuleType("shop._errors")
    exec("class ConnectionError(Exception): pass\nclass Odd(Exception): pass", vars(module))
    package = types.ModuleType("shop")
    vars(package).update(Odd=module.Odd, _errors=module)
    with mock.patch.dict("sys.modules", {"shop": package, "shop._errors": module}):
        assert render(module.Odd("a")) == Code("Odd('a')", frozenset({"from shop import Odd"}))
        assert render(module.ConnectionError("a")) == Code(
            "shop._errors.ConnectionError('a')", frozenset({"import shop._errors"})
        )
        both = render((module.Odd, Odd))  # one name for two
        assert both.imports >= {"from shop import Odd"}
        assert both.text == "(Odd, IsInstance(type))"


@pytest.mark.parametrize("masks", [Masks(), Masks().at("/elsewhere/test_it.py")])
@pytest.mark.parametrize("value", [Colour.RED, Point(1, 2), Order, Refused(3)])
def test_a_class_of_another_test_is_not_imported(masks: Masks, value: object) -> None:
    code = render(value, masks)
    assert code.text == ("IsInstance(type)" if value is Order else "mock.ANY")
    assert code.comment.endswith(" is a test's own")


LINES = "".join(f"{number} bottles\n" for number in range(9))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LINES, f'"""\\\n{LINES}"""'),
        (LINES.rstrip("\n"), f'"""\\\n{LINES[:-1]}"""'),
        (LINES.encode(), f'b"""\\\n{LINES}"""'),
        (LINES + 'a "quoted\\" """one"', f'"""\\\n{LINES}a "quoted\\\\" \\"\\"\\"one\\""""'),
        (LINES + "tab\t trailing \nend", f'"""\\\n{LINES}tab\\t trailing\\x20\nend"""'),
        (f"{'x' * 70}\n{'y' * 70}\n", f'"""\\\n{"x" * 70}\n{"y" * 70}\n"""'),
        ("a\nb\nc\n", None),
        (LINES.replace("\n", " \n"), None),
        (LINES.replace("\n", "\r\n"), None),
        (LINES + "\x1b[0m", None),
        (("ä" + LINES).encode(), f"'ä{LINES}'.encode()".replace("\n", "\\n")),
    ],
)
def test_lines(text: str | bytes, code: str | None) -> None:
    assert render(text).text == (code or repr(text))
    assert evaluated(render(text)) == text
    assert render([text]).text.count("\n") == 0, "only an argument itself has lines"


def test_a_call() -> None:
    statement = (
        Statement("shop.expect_all", (1, [Colour.RED]), {"when": date(1980, 2, 3), "any": mock.ANY})
        .expect("then", x=re.compile("a"))
        .expect("done", Code("WHAT", frozenset({"from a import WHAT"}), "why"))
    )
    assert _render.call(statement, None, MASKS, is_assertion=True) == Code(
        "shop.expect_all(1, [Colour.RED], when=date(1980, 2, 3), any=mock.ANY)"
        ".then(x=IsInstance(Pattern)).done(WHAT)",
        frozenset(
            {
                "from datetime import date",
                "from unittest import mock",
                "from re import Pattern",
                "from dirty_equals import IsInstance",
                "from a import WHAT",
            }
        ),
        "x: Pattern has no literal; why",
    )
    assert (
        _render.call(Statement("send"), "self.mailer", MASKS, is_assertion=True).text == "self.mailer.send()"
    )


def test_what_is_code_already() -> None:
    assert render(ANY) == ANY
    assert render([ANY, mock.ANY]).text == "[mock.ANY, mock.ANY]"


def test_recursion_and_depth() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert (render(loop).text, render(loop).comment) == (
        "[1, IsInstance(list)]",
        "list refers to itself",
    )
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    code = render(deep, PLAIN)
    assert (code.text, code.comment) == ("[" * 40 + "mock.ANY" + "]" * 40, "list is nested too deeply")


def test_a_repr_is_not_run() -> None:
    class Liar:
        def __repr__(self) -> str:
            return "Liar(__import__('os').abort())"

    assert render(Liar()).text == "mock.ANY"


@pytest.mark.parametrize(
    ("first", "second", "paths"),
    [
        (1, 1, set()),
        (1, 2, {()}),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, {("a", 1, "b")}),
        ({"a": 1, "b": 2}, {"a": 2, "b": 3}, {("a",), ("b",)}),
        ({"a": 1}, {"b": 1}, {()}),
        ([1, 2], [1], {()}),
        ({"a": [1]}, {"a": (1,)}, {("a",)}),
        ([ValueError("a")], [ValueError("a")], set()),
    ],
)
def test_what_varies(first: object, second: object, paths: set[Any]) -> None:
    assert varying(first, second) == paths


def test_a_class_of_attrs() -> None:
    assert render(Parcel("a")).text == "Parcel(item='a')"
