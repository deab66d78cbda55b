"""Where the truth of PostgreSQL is: what is wrong in a setting is said before anything is connected to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asyncpg_truths import settings

from tripwire import TripwireConfigError
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin, _verifying_settings
from tripwire.verifying import TruthError, TruthSettings

ADDRESS = "postgresql://app@db/shop"
WANTED = 'must be the address of a server ("postgresql://..."), "env:NAME", or the name of a fixture'
BOTH = "nothing is loaded into a server of yours: leave out `schema`, or `server` for an embedded one"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "schema.sql").write_text("CREATE TABLE a ();")
    (tmp_path / "latin.sql").write_bytes(b"-- \xe9")
    monkeypatch.setenv("ADDRESS", ADDRESS)
    monkeypatch.setenv("NONE", "db")
    monkeypatch.delenv("UNSET", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("setting", "key", "problem"),
    [
        (5, "asyncpg", f"{WANTED}, or a table of server, schema, setup, bind; not 5"),
        ("mysql://db", "asyncpg", f"{WANTED}; not 'mysql://db'"),
        ({"server": "no name"}, "asyncpg.server", f"{WANTED}; not 'no name'"),
        ("env:UNSET", "asyncpg", "the environment variable 'UNSET' is not set"),
        ("env:NONE", "asyncpg", "the environment variable 'NONE' holds no address (postgresql://...)"),
        ({}, "asyncpg", "needs `server`, or `schema` for an embedded one"),
        ({"sever": ADDRESS}, "asyncpg.sever", "there is no such setting; did you mean 'server'?"),
        ({"server": 5}, "asyncpg.server", "must be a text, not 5"),
        ({"server": ADDRESS, "bind": "yes"}, "asyncpg.bind", "must be true or false, not 'yes'"),
        ({"server": ADDRESS, "schema": "schema.sql"}, "asyncpg.schema", BOTH),
        ({"schema": "none.sql"}, "asyncpg.schema", "there is no file 'none.sql' in {folder}"),
        (
            {"server": ADDRESS, "setup": "none.sql"},
            "asyncpg.setup",
            "there is no file 'none.sql' in {folder}",
        ),
        (
            {"schema": "latin.sql"},
            "asyncpg.schema",
            "'latin.sql' cannot be read: UnicodeDecodeError('utf-8', b'-- \\xe9', 3, 4, 'unexpected end of data')",
        ),
    ],
)
def test_what_is_wrong_in_a_setting(folder: Path, setting: Any, key: str, problem: str) -> None:
    with pytest.raises(TripwireConfigError) as caught:
        AsyncpgPlugin.truth(settings(setting, folder))
    said = f"[tool.tripwire] verify.{key}: {problem.format(folder=folder)}"
    assert str(caught.value).splitlines()[0].removeprefix("configuration: ") == said


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        (ADDRESS, ADDRESS),
        ("postgres://db", "postgres://db"),
        ("env:ADDRESS", ADDRESS),
        ({"server": "env:ADDRESS"}, ADDRESS),
        ({"server": ADDRESS, "setup": "schema.sql", "bind": True}, ADDRESS),
    ],
)
def test_what_gives_the_address(folder: Path, setting: Any, address: str) -> None:
    read = _verifying_settings.read(settings(setting, folder))
    assert read is not None
    assert read.address is not None
    assert read.address() == address
    assert read.setup == ("CREATE TABLE a ();" if "setup" in setting else "")
    assert read.bind is ("bind" in setting)


def test_a_fixture_gives_the_address(folder: Path) -> None:
    given = settings("database", folder)
    read = _verifying_settings.read(given)
    assert read is not None
    assert read.address is not None
    with pytest.raises(TruthError, match="the fixture 'database' was not set up"):
        read.address()
    given.fixtures["database"] = ADDRESS
    assert read.address() == ADDRESS


def test_nothing_is_configured() -> None:
    assert AsyncpgPlugin.truth(settings(None)) is None


def test_the_embedded_server_is_not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(TripwireConfigError) as caught:
        AsyncpgPlugin.truth(TruthSettings({"asyncpg": {"schema": "schema.sql"}}, None, folder))
    assert str(caught.value).splitlines()[0].removeprefix("configuration: ") == (
        "[tool.tripwire] verify.asyncpg.schema: an embedded server needs a library that is not installed: "
        "pip install 'python-tripwire[verify]' (or 'tripwire-asyncpg[verify]')"
    )


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("postgres://db", "postgresql://db"),
        ("postgresql+asyncpg://u:p@db/x", "postgresql://u:p@db/x"),
        ("db", None),
        (5, None),
    ],
)
def test_an_address_as_asyncpg_takes_it(given: Any, plain: str | None) -> None:
    assert _verifying_settings.plain_address(given) == plain
