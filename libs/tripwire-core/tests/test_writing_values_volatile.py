"""What differs from run to run becomes a matcher, in assertions; and nothing else does."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import dirty_equals
import pytest

from tripwire._writing import _render
from tripwire._writing._render import Masks
from tripwire._writing._statement import Statement

MASKS, PLAIN = Masks(), Masks(matchers=False)
NOW = datetime.now(timezone.utc)
TIME = r"\d{4}-\d\d-\d\d[T ][\d:.,]+(Z|[+-][\d:]+)?"
TOKEN = "q7Zr2LwX9bTf4KmV1sNc8D"
TEMPORARY = tempfile.gettempdir().rstrip("/")
MULTIPART = "--d41d8cd98f00b204e9800998\r\nname\r\n--d41d8cd98f00b204e9800998--\r\n"


def regex(pattern: str, kind: str = "IsStr") -> str:
    prefix = ("r" if "\\" in pattern else "") + ("b" if kind == "IsBytes" else "")
    return f"{kind}(regex={prefix}'{pattern}')"


VOLATILE: list[tuple[str, Any, str, str]] = [
    ("at", NOW, "IsDatetime()", "a time"),
    ("at", datetime.now(), "IsDatetime()", "a time"),
    ("expires", lambda: datetime.now(timezone.utc) + timedelta(days=30), "IsDatetime()", "a time"),
    ("day", date.today(), "IsDate()", "a date"),
    ("at", NOW.isoformat(), "IsDatetime(iso_string=True)", "a time"),
    ("at", NOW.isoformat().replace("+00:00", "Z"), regex(TIME), "a time"),
    ("at", f"{NOW:%Y-%m-%d %H:%M:%S}", regex(TIME), "a time"),
    ("log", f"[{NOW:%Y-%m-%d %H:%M:%S,123}] ok", regex(r"\[" + TIME + r"\] ok"), "a time"),
    ("x-amz-date", f"{NOW:%Y%m%dT%H%M%SZ}", regex(r"\d{8}T\d{6}Z"), "a time"),
    ("Date", format_datetime(NOW, usegmt=True), regex(r"\w{3}, \d+ \w{3} \d{4} [\d:]+ \S+"), "a time"),
    ("day", date.today().isoformat(), "IsDate(iso_string=True)", "a date"),
    ("at", NOW.timestamp(), "IsPositiveFloat()", "a time"),
    ("at", int(NOW.timestamp()), "IsPositiveInt()", "a time"),
    ("at", int(NOW.timestamp() * 1000), "IsPositiveInt()", "a time"),
    ("exp", lambda: int(time.time()) + 30 * 86_400, "IsPositiveInt()", "a time"),
    ("t", str(int(NOW.timestamp())), regex(r"\d+"), "a time"),
    ("id", uuid.uuid4(), "IsUUID()", "a UUID"),
    ("id", uuid.uuid1(), "IsUUID()", "a UUID"),
    ("id", str(uuid.uuid4()), "IsUUID()", "a UUID"),
    ("id", uuid.uuid4().hex, "IsUUID()", "a UUID"),
    ("path", f"/orders/{uuid.uuid4()}", regex("/orders/[0-9a-fA-F-]{36}"), "a UUID"),
    ("body", f"id={uuid.uuid4()}".encode(), regex("id=[0-9a-fA-F-]{36}", "IsBytes"), "a UUID"),
    ("cursor", TOKEN, regex(r"[\w-]+"), "a token"),
    ("state", "a3f9c2b17d5e8f60", regex(r"\S+"), "a token"),
    ("url", "http://127.0.0.1:45123/x?a=1", regex(r"http://127\.0\.0\.1:\d+/x\?a=1"), "a port"),
    ("Host", "localhost:45123", regex(r"localhost:\d+"), "a port"),
    ("port", 45123, "IsPositiveInt()", "a port"),
    ("User-Agent", "python-httpx/0.28.1", regex("python-httpx/.+"), "a User-Agent"),
    ("type", "multipart/form-data; boundary=d41d8cd98f", regex(r"multipart/form-data; boundary=\S+"), "a boundary"),
    ("body", MULTIPART, regex(r"--[^\r\n]+?\r\nname\r\n--[^\r\n]+?--\r\n"), "a boundary"),
    ("file", f"{TEMPORARY}/tmpab3d_f9z/x.txt", regex(r".+/x\.txt"), "a temporary path"),
    ("file", f"{TEMPORARY}/pytest-of-ada/pytest-3/test_a0/b", regex(".+/test_a0/b"), "a temporary path"),
    ("pid", os.getpid(), "IsPositiveInt()", "a process id"),
    ("x", f"/proc/{os.getpid()}/stat", regex(r"/proc/\d+/stat"), "a process id"),
    ("x", f"{uuid.uuid4()} at {date.today()}", regex(r"[0-9a-fA-F-]{36} at \d{4}-\d\d-\d\d"), "a UUID and a date"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text", "what"), VOLATILE, ids=[one[3] + one[2] for one in VOLATILE]
)
def test_what_is_volatile(name: str, value: Any, text: str, what: str) -> None:
    value = value() if callable(value) else value  # long after this module was imported
    code = _render.value({name: value}, MASKS, name="", is_assertion=True)
    assert (code.text, code.comment) == (f"{{{name!r}: {text}}}", "")
    assert eval(code.text, vars(dirty_equals)) == {name: value}
    plain = _render.value({name: value}, PLAIN, name="", is_assertion=True)
    assert (plain.text, plain.comment) == (f"{{{name!r}: mock.ANY}}", f"{name}: {what}")
    recorded = _render.value({name: value}, MASKS, name="", is_assertion=False)
    names: dict[str, Any] = {}
    for statement in recorded.imports:
        exec(statement, names)
    assert eval(recorded.text, names) == {name: value}


STABLE: list[tuple[str, Any]] = [
    ("birthday", date(1980, 2, 3)),
    ("at", datetime(2020, 1, 1, 12, 30)),
    ("at", "2020-01-01T12:30:00Z"),
    ("at", "2020-99-99T12:30:00Z"),
    ("valid_until", "2099-12-31"),
    ("Date", "Wed, 01 Jan 2020 00:00:00 GMT"),
    ("at", 1_577_836_800),
    ("at", 1_577_836_800.5),
    ("id", 1234),
    ("id", os.getpid()),
    ("id", 4_000_000_000_000),
    ("amount", 1999.99),
    ("phone", "0123456789"),
    ("version", "1.28.103"),
    ("range", ">=3.10,<3.14"),
    ("id", uuid.UUID(int=1)),
    ("id", "12345678-1234-4678-9234-567812345678"),
    ("id", str(uuid.uuid5(uuid.NAMESPACE_DNS, "x.test"))),
    ("id", str(uuid.NAMESPACE_DNS)),
    ("sha256", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("commit", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("md5", "9b74c9897bac770ffc029102a200c5de"),
    ("etag", TOKEN),
    ("x-amz-date", "20200101T000000Z"),
    ("url", "http://localhost:99999"),
    ("state", "AccountManagerServiceFactory"),
    ("integrity", "sha512-" + TOKEN),
    ("name", "AccountManagerServiceFactoryBean2"),
    ("name", "some_very_long_function_name_2"),
    ("data", "SGVsbG8gV29ybGQhIEhvdyBhcmUgeW91"),
    ("image", "data:image/png;base64," + TOKEN),
    ("state", "pending"),
    ("state", "awaiting-payment-2"),
    ("request_id", "req-12"),
    ("url", "http://127.0.0.1:8000/x"),
    ("url", "http://localhost:5432"),
    ("url", "https://api.test:45123/x"),
    ("port", 8080),
    ("support", 45123),
    ("agent", "python-httpx/0.28.1"),
    ("type", "text/html; charset=utf-8"),
    ("file", "/tmp/app.sock"),
    ("file", "/srv/tmp/tmpab3d_f9z"),
    ("path", Path("/srv/data")),
    ("x", "/proc/1/stat" if os.getpid() != 1 else ""),
    ("sql", "SELECT id, name FROM users WHERE id = $1 AND created > now()"),
    ("text", "the quick brown fox jumps over the lazy dog"),
]


@pytest.mark.parametrize(
    ("name", "value"), STABLE, ids=[f"{name}-{number}" for number, (name, _) in enumerate(STABLE)]
)
def test_what_is_not(name: str, value: Any) -> None:
    for masks in (MASKS, PLAIN):
        code = _render.value({name: value}, masks, name="", is_assertion=True)
        assert "Is" not in code.text
        assert "mock" not in code.text
        assert code.comment == ""


def test_what_stands_in_the_test_is_not(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    known = {
        "id": str(uuid.uuid4()),
        "cursor": TOKEN,
        "day": date.today().isoformat(),
        "User-Agent": "mine/1",
    }
    file.write_text(f"GIVEN = {known!r}")
    assert _render.value(known, MASKS.at(str(file)), name="", is_assertion=True).text == repr(known)
    assert _render.value(known, MASKS.at("/nowhere.py"), name="", is_assertion=True).text == (
        "{'id': IsUUID(), 'cursor': IsStr(regex=r'[\\w-]+'), 'day': IsDate(iso_string=True), "
        "'User-Agent': IsStr(regex='mine/.+')}"
    )


def test_folders_of_the_project(tmp_path: Path) -> None:
    masks = Masks(temporary=["/build/t"])
    assert (
        _render.value("/build/t/x.log", masks, name="", is_assertion=True).text
        == r"IsStr(regex=r'.+/x\.log')"
    )
    assert _render.value("/build/tx/x.log", masks, name="", is_assertion=True).text == "'/build/tx/x.log'"
    code = _render.value(Path("/build/t/x"), masks, name="", is_assertion=True)
    assert (code.text, code.comment) == ("mock.ANY", "a temporary path")


def test_a_second_recording() -> None:
    same = str(uuid.uuid4())
    first = {"id": same, "count": 3, "who": "ada", "at": NOW.isoformat(), "raw": b"a", "n": 1.5, "x": [None]}
    second = {**first, "count": 4, "who": "bob", "raw": b"b", "n": 2.5, "x": [()]}
    paths = _render.varying(first, second)
    assert _render.value(first, MASKS, name="", is_assertion=True, varies=paths).text == (
        f"{{'id': '{same}', 'count': IsInt(), 'who': IsStr(), 'at': IsDatetime(iso_string=True), 'raw': IsBytes(), "
        "'n': IsFloat(), 'x': [mock.ANY]}"
    )
    assert _render.value(1, MASKS, name="", is_assertion=True, varies={()}).text == "IsInt()"
    statement = Statement("send", (same, {"n": 1}), {"who": "ada"})
    code = _render.call(statement, None, MASKS, is_assertion=True, varies={(1, "n"), ("who",)})
    assert code.text == f"send('{same}', {{'n': IsInt()}}, who=IsStr())"
    code = _render.call(statement, None, PLAIN, is_assertion=True, varies={(1, "n"), ("who",)})
    assert code.text == f"send('{same}', {{'n': mock.ANY}}, who=mock.ANY)"
    assert code.comment == "n: differs from recording to recording; who: differs from recording to recording"


def test_what_varies_is_no_key() -> None:
    code = _render.value({str(uuid.uuid4()): 1}, MASKS, name="", is_assertion=True)
    assert (code.text, code.comment) == ("IsInstance(dict)", "dict holds what cannot be a key")
    assert _render.value({uuid.uuid4()}, MASKS, name="", is_assertion=True).text == "IsInstance(set)"


def test_a_long_text_is_anything() -> None:
    text = f"{'x ' * 200}{uuid.uuid4()}"
    code = _render.value(text, MASKS, name="", is_assertion=True)
    assert (code.text, code.comment) == ("mock.ANY", "a UUID")


def test_a_text_with_both_quotes_is_anything() -> None:
    code = _render.value(f"'\"{uuid.uuid4()}", MASKS, name="", is_assertion=True)
    assert (code.text, code.comment) == ("mock.ANY", "a UUID")
