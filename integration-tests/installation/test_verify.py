"""`--tripwire-verify` as a new user has it: from the built wheels, with its extra and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from environments import STRICT, Environment

SCHEMA = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, joined timestamptz)"
DOCUMENT = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /items/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: An item
          content: {application/json: {schema: {type: object, required: [price], properties: {price: {type: integer}}}}}
"""
SETTINGS = """
[tool.tripwire.verify]
asyncpg = { schema = "schema.sql" }
http."https://shop.example.com" = "shop.yaml"
subprocess = true
"""
PROGRAM = """
import subprocess, urllib.request, json, asyncpg

def discount(cents: int) -> int: ...

async def user(number):
    connection = await asyncpg.connect("postgresql://localhost/shop")
    try:
        return await connection.fetchrow("SELECT id, name FROM users WHERE id = $1", number)
    finally:
        await connection.close()

def price(number):
    return json.load(urllib.request.urlopen(f"https://shop.example.com/items/{number}"))["price"]

def pack(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout
"""
TESTS = """
import sys
import pytest, tripwire, shop

@pytest.mark.parametrize("row", [{"id": 1, "name": "Ada"}, {"id": "1", "name": None}], ids=["true", "lie"])
async def test_user(row):
    script = tripwire.asyncpg.new_session().expect("connect", returns=None)
    script.expect("fetchrow", returns=row).expect("close", returns=None)
    with tripwire:
        assert await shop.user(1) == row
    with tripwire.in_any_order():
        tripwire.asyncpg.assert_connect(dsn="postgresql://localhost/shop")
        tripwire.asyncpg.assert_fetchrow(query="SELECT id, name FROM users WHERE id = $1", args=[1])
        tripwire.asyncpg.assert_close()

@pytest.mark.parametrize("price", [5, "5"], ids=["true", "lie"])
def test_price(price):
    tripwire.http.mock_response("GET", "https://shop.example.com/items/3", json={"price": price})
    with tripwire:
        assert shop.price(3) == price
    tripwire.http.assert_request("GET", "https://shop.example.com/items/3", status=200)

@pytest.mark.parametrize("program", [sys.executable, "no-such-packer"], ids=["true", "lie"])
def test_pack(program):
    tripwire.subprocess.mock_run([program, "box"], stdout="packed")
    with tripwire:
        assert shop.pack(program, "box") == "packed"
    tripwire.subprocess.assert_run([program, "box"], returncode=0, stdout="packed")

@pytest.mark.parametrize("value", [3, 3.5], ids=["true", "lie"])
def test_discount(value):
    mock = tripwire.mock("shop:discount").returns(value)
    with tripwire:
        assert shop.discount(5) == value
    mock.assert_call((5,))
"""


def write(folder: Path, settings: str) -> None:
    files = {
        "pytest.ini": STRICT,
        "schema.sql": SCHEMA,
        "shop.yaml": DOCUMENT,
        "shop.py": PROGRAM,
        "test_shop.py": TESTS,
        "pyproject.toml": settings,
    }
    for name, text in files.items():
        (folder / name).write_text(text)


def test_each_kind_of_lie_is_found(make_environment: Callable[..., Environment], tmp_path: Path) -> None:
    fresh = make_environment("python-tripwire[asyncpg,http,verify]")
    write(tmp_path, SETTINGS)
    quiet = fresh.pytest(tmp_path, "-q")
    assert quiet.returncode == 0, quiet.stdout + quiet.stderr
    assert "8 passed" in quiet.stdout
    result = fresh.pytest(tmp_path, "-q", "--tripwire-verify", "--tb=line")
    assert "8 passed, 4 errors" in result.stdout, result.stdout + result.stderr
    failed = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("ERROR ")]
    names = ("user", "price", "pack", "discount")
    assert failed == [f"test_shop.py::test_{name}[lie]" for name in names]
    command = fresh.run(
        "-m", "tripwire", "verify", "--schema", "schema.sql", "-q", "-k", "true", folder=tmp_path
    )
    assert command.returncode == 0, command.stdout + command.stderr
    assert "no lies" in command.stdout


@pytest.mark.parametrize(
    ("settings", "extra"),
    [
        (
            "[tool.tripwire.verify]\nmock = false\nasyncpg = { schema = 'schema.sql' }",
            "tripwire-asyncpg[verify]",
        ),
        (
            "[tool.tripwire.verify]\nmock = false\nhttp.'https://shop.example.com' = 'shop.yaml'",
            "tripwire-http[verify]",
        ),
        ("", "tripwire-core[verify]"),
    ],
    ids=["asyncpg", "http", "core"],
)
def test_what_is_missing_is_said(settings: str, extra: str, without: Environment, tmp_path: Path) -> None:
    write(tmp_path, settings)
    result = without.pytest(tmp_path, "-q", "--tripwire-verify")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "python-tripwire[verify]" in result.stderr
    assert extra in result.stderr


@pytest.fixture(scope="module")
def without(make_environment: Callable[..., Environment]) -> Environment:
    """All plugins, and nothing to verify with."""
    return make_environment("python-tripwire[asyncpg,http]")
