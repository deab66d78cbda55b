"""Models of SQLAlchemy, engines for asyncpg, and the script of a connection that SQLAlchemy opens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

import tripwire
from tripwire.plugins.asyncpg_plugin import AsyncpgPlugin

from .database import Database, Program

INITIAL = {
    "select pg_catalog.version()": "PostgreSQL 16.2",
    "select current_schema()": "public",
    "show transaction isolation level": "read committed",
    "show standard_conforming_strings": "on",
}
"""What SQLAlchemy asks its first connection."""


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, unique=True)
    tags: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    settings: Mapped[Any] = mapped_column(JSONB, nullable=True)
    posts: Mapped[list[Post]] = relationship(order_by="Post.id")


class Post(Base):
    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))


users: Any = User.__table__
TABLES = """
    CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[], settings jsonb);
    CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, user_id int NOT NULL REFERENCES users);
"""
DUPLICATE = AsyncpgPlugin.error(
    asyncpg.UniqueViolationError,
    'duplicate key value violates unique constraint "users_name_key"',
    detail="Key (name)=(Ada) already exists.",
    schema_name="public",
    table_name="users",
    constraint_name="users_name_key",
)


def using(work: Callable[[AsyncEngine], Awaitable[Any]], **options: Any) -> Program:
    """A program that works with an engine."""

    async def program(address: str) -> Any:
        async with opened(address, **options) as engine:
            return await work(engine)

    return program


@asynccontextmanager
async def opened(address: str, **options: Any) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(address.replace("postgresql:", "postgresql+asyncpg:"), **options)
    try:
        yield engine
    finally:
        await engine.dispose()


class Script:
    """What the server answers on one connection, and what must have been asked."""

    def __init__(self, database: Database, *, first: bool = True) -> None:
        self._database = database
        self._session = tripwire.asyncpg.new_session(ordered=False).expect("connect", returns=None)
        self._initial = INITIAL if first else {}
        for query, value in self._initial.items():
            self.answers(query, [{"value": value}])

    def answers(self, query: Any, returns: Any = (), *, method: str = "fetch", **given: Any) -> None:
        self._session.expect("prepare", returns=None, query=query)
        self._session.expect(method, query=query, returns=returns, **given)

    def expect(self, method: str, **given: Any) -> None:
        self._session.expect(method, **given)

    def closes(self) -> None:
        self._session.expect("close", returns=None)

    def assert_opened(self) -> None:
        tripwire.asyncpg.assert_connect(host=self._database.host, user="postgres", database="postgres")
        if self._initial:
            with tripwire.asyncpg.assert_transaction(rollback=True):
                for query in self._initial:
                    assert_ran(query)


def assert_ran(query: Any, *args: Any, method: str = "fetch") -> None:
    tripwire.asyncpg.assert_prepare(query=query)
    getattr(tripwire.asyncpg, f"assert_{method}")(query=query, args=list(args))
