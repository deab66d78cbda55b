"""A free-standing mock with a spec, a mock in the place of a function, and a spy."""

import pytest

import tripwire

from .app import AlreadyRegisteredError, UserRepository, register

APP = f"{__package__}.app"


async def test_register():
    repository = tripwire.mock("repository", spec=UserRepository)
    repository.find_by_email.returns(None)
    repository.insert.returns(42)
    send_mail = tripwire.mock(f"{APP}:send_mail").returns(None)
    make_slug = tripwire.spy(f"{APP}:make_slug")

    async with tripwire:
        assert await register(repository, "Ada.Lovelace@example.com") == 42

    repository.find_by_email.assert_call(args=("Ada.Lovelace@example.com",))
    make_slug.assert_call(args=("Ada.Lovelace@example.com",), returned="ada-lovelace")
    repository.insert.assert_call(args=("Ada.Lovelace@example.com", "ada-lovelace"), returned=42)
    send_mail.assert_call(args=("Ada.Lovelace@example.com",), kwargs={"subject": "Welcome"})


async def test_an_address_that_is_taken():
    repository = tripwire.mock("repository", spec=UserRepository)
    repository.find_by_email.returns(7)

    async with tripwire:
        with pytest.raises(AlreadyRegisteredError):
            await register(repository, "ada@example.com")

    repository.find_by_email.assert_call(args=("ada@example.com",), returned=7)


async def test_a_wrong_call_is_refused_by_the_spec():
    repository = tripwire.mock("repository", spec=UserRepository)

    with tripwire, pytest.raises(TypeError, match="missing a required argument: 'slug'"):
        repository.insert("ada@example.com")
