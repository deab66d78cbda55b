"""What messages show of a connect: passwords hidden, code to paste, and defaults."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from unittest import mock

import asyncpg
import pytest
from asyncpg_scripts import MyConnection

import tripwire

Scripted = Callable[..., tripwire.SessionHandle]


# -- passwords


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"password": "hush"}, "password='***'"),
        ({"dsn": "postgresql://u:hu:sh@h/d"}, "dsn='postgresql://u:***@h/d'"),
        (
            {"dsn": "postgresql://h/d?user=u&password=hush&x=1"},
            "dsn='postgresql://h/d?user=u&password=***&x=1'",
        ),
        ({"dsn": "postgresql://u:hu:sh@hush@h/d"}, "dsn='postgresql://u:***@h/d'"),
        ({"dsn": "postgresql://h:1/d?password=hu:sh@hush&x=1"}, "dsn='postgresql://h:1/d?password=***&x=1'"),
        ({"dsn": "postgresql://u@h:5432/d"}, "dsn='postgresql://u@h:5432/d'"),
        ({"dsn": "postgresql://u:hush@h/" + "d" * 300}, "dsn='postgresql://u:***@h/" + "d" * 178 + "... ("),
    ],
)
async def test_passwords_are_recorded_and_hidden(given: dict[str, Any], shown: str) -> None:
    async with tripwire.sandbox():
        with pytest.raises(tripwire.UnmockedInteractionError) as trip:
            await asyncpg.connect(**given)
    assert f"nothing answers this call: asyncpg.connect({shown}" in str(trip.value)

    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        await asyncpg.connect(**given)
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_connect(**dict.fromkeys(given, "x"))
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    for error in (mismatch, unasserted):
        assert "hush" not in str(error.value)
        assert "hu:sh" not in str(error.value)
    tripwire.current_verifier().timeline._all[0].asserted = False
    tripwire.asyncpg.assert_connect(**given)


async def test_a_password_is_hidden_where_asyncpg_would_not_read_it() -> None:
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        await asyncpg.connect("postgresql://u:hush/hush?hush#hush@hush@h/d")

    async with tripwire.sandbox():
        task = asyncio.create_task(work())
    go.set()
    with pytest.raises(tripwire.PostSandboxInteractionError) as trip:
        await task
    assert trip.value.call == "asyncpg.connect(dsn='postgresql://u:***@h/d')"


async def test_a_masked_value_is_any_in_code_to_paste() -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None)
    async with tripwire.sandbox():
        await asyncpg.connect(host="h", password="hush")
    with pytest.raises(tripwire.UnassertedInteractionsError) as unasserted:
        tripwire.verify_all()
    assert str(unasserted.value).splitlines()[-1] == (
        "    tripwire.asyncpg.assert_connect(host='h', password=mock.ANY)"
    )


class Codec:
    def __repr__(self) -> str:
        return "<a codec>"


@pytest.mark.parametrize(
    ("arg", "pasted"),
    [(1, "[1]"), ("x" * 300, f"['{'x' * 300}']"), ("x" * 3000, "mock.ANY"), (Codec(), "mock.ANY")],
    ids=["short", "long", "too long", "object"],
)
async def test_code_to_paste_always_parses(scripted: Scripted, arg: Any, pasted: str) -> None:
    scripted(("fetchval", 1))
    async with tripwire.sandbox():
        conn = await asyncpg.connect(host="h", connection_class=MyConnection)
        await conn.fetchval("SELECT $1", arg)
    for interaction, code in zip(
        tripwire.current_verifier().timeline,
        (
            "tripwire.asyncpg.assert_connect(connection_class=mock.ANY, host='h')",
            f"tripwire.asyncpg.assert_fetchval(query='SELECT $1', args={pasted})",
        ),
        strict=True,
    ):
        assert interaction.plugin.assertion_for(interaction) == code
        exec(code, {"tripwire": tripwire, "mock": mock})


# -- defaults


@pytest.mark.parametrize("error", [None, OSError("unreachable")])
@pytest.mark.parametrize(
    "asserted",
    [
        {"host": "h", "timeout": 60, "password": None},
        {"host": "h", "timeout": 60, "password": None, "statement_cache_size": 100},
        {"port": mock.ANY, "connection_class": asyncpg.Connection},
    ],
)
async def test_a_parameter_that_was_left_out_has_its_default(
    asserted: dict[str, Any], error: Exception | None
) -> None:
    tripwire.asyncpg.new_session().expect("connect", returns=None, raises=error)
    async with tripwire.sandbox():
        with contextlib.nullcontext() if error is None else pytest.raises(OSError, match=r"^unreachable$"):
            await asyncpg.connect(host="h", timeout=60, password=None, statement_cache_size=100)
    with pytest.raises(tripwire.InteractionMismatchError) as mismatch:
        tripwire.asyncpg.assert_connect(**asserted, command_timeout=5, databse="d")
    lines = str(mismatch.value).splitlines()
    assert lines[0].startswith("the next interaction of tripwire.asyncpg.connect differs  (")
    raised = "" if error is None else ", raised=OSError('unreachable')"
    assert lines[1:] == [
        "  command_timeout:",
        "    asserted 5",
        "    happened None",
        "  databse: there is no such field; known are: host" + ("" if error is None else ", raised"),
        "as it happened:",
        "    tripwire.asyncpg.assert_connect(host='h')",
    ]
    (interaction,) = tripwire.current_verifier().timeline
    assert interaction.plugin.describe(interaction) == f"tripwire.asyncpg.connect(host='h'{raised})"
    with tripwire.in_any_order():
        tripwire.asyncpg.assert_connect(**asserted)


async def test_a_parameter_that_was_given_has_not_its_default(scripted: Scripted) -> None:
    scripted()
    async with tripwire.sandbox():
        await asyncpg.connect(host="h", timeout=5)
    with pytest.raises(tripwire.InteractionMismatchError, match=r"asserted 60\n    happened 5\n"):
        tripwire.asyncpg.assert_connect(host="h", timeout=60)
    tripwire.asyncpg.assert_connect(host="h", timeout=5)
