"""Registration of users: a repository, a mailer, and a slug made by a helper."""

from __future__ import annotations

from typing import Protocol


class UserRepository(Protocol):
    """Where users are kept."""

    def find_by_email(self, email: str) -> int | None:
        """The id of the user with this address."""

    def insert(self, email: str, slug: str) -> int:
        """Store a user and return its id."""


class AlreadyRegisteredError(Exception):
    """There is a user with this address."""


def make_slug(email: str) -> str:
    """The part of an address that stands in links."""
    return email.partition("@")[0].lower().replace(".", "-")


async def send_mail(to: str, subject: str) -> None:
    """Send a mail through the company's server."""
    raise ConnectionError(f"no mail server for {subject!r} to {to}")


async def register(repository: UserRepository, email: str) -> int:
    """Store a new user and greet them.

    Raises:
        AlreadyRegisteredError: the address is taken.
    """
    if repository.find_by_email(email) is not None:
        raise AlreadyRegisteredError(email)
    user = repository.insert(email, make_slug(email))
    await send_mail(email, subject="Welcome")
    return user
