"""What a mock does with a request, and how that becomes what the seam of a client gets."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire._values import is_a, short
from tripwire.plugins.http_plugin._exchange import Failure, Reply, Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._stream import (
    AsyncParts,
    Parts,
    Stream,
    SyncParts,
    UnusableError,
    driven,
    parts_of,
)

if TYPE_CHECKING:
    from tripwire._plugin import Answer
    from tripwire.plugins.http_plugin._mocks import HttpMock


class Response(Reply):
    """What a mock answers, or a callback gives: made by `tripwire.http.response(...)`."""

    __slots__ = ("stream",)

    stream: Stream | None


@dataclass(frozen=True, eq=False)
class Callback:
    """A function, sync or async, that makes the answer to a request."""

    function: Callable[[Request], Any]


Outcome = Response | Callback | Failure | BaseException | None
"""What a mock does; None is the genuine call."""


def known_fields(outcome: Outcome, method: str) -> dict[str, Any]:
    """The fields of the record that can be told at once; the others are completed later."""
    if isinstance(outcome, Response):
        return {
            "status": outcome.status,
            "response_headers": outcome.headers,
            "response_body": outcome.body_for(method),
            "raised": None,
        }
    error = outcome if isinstance(outcome, BaseException) else None
    return {"status": None, "response_headers": None, "response_body": None, "raised": error}


class Record:
    """What is kept of a call: the fields of its interaction are made of it when somebody asks for them."""

    __slots__ = ("_body", "_headers", "_method", "_url", "mock", "outcome")

    def __init__(self, request: Request) -> None:
        self._method, self._url = request.method, request.url
        self._headers, self._body = request.raw_headers, request.body
        self.outcome: Outcome = None
        self.mock: HttpMock | None = None

    def __call__(self) -> dict[str, Any]:
        headers = self._headers
        return {
            "method": self._method,
            "url": self._url,
            "request_headers": Headers.of_raw(headers) if isinstance(headers, tuple) else headers,
            "request_body": self._body,
            **known_fields(self.outcome, self._method),
        }


def is_settled(answer: Answer) -> bool:
    """Whether an answer's value is what a client's seam takes: mostly, it is a whole response."""
    return isinstance(answer.value, Response) and answer.value.stream is None


def settle(answer: Answer, request: Request) -> Parts | None:
    """Give an answer the value that a sync client's seam takes, and a callback's exception; its parts, if it has some.

    Raises:
        UnusableError: the callback waits, or gives no answer.
    """
    outcome: Outcome = answer.value
    if isinstance(outcome, Callback):
        try:
            given = outcome.function(request)
            if inspect.isawaitable(given):
                given = driven(given, "callback")
        except UnusableError:
            raise
        except Exception as error:  # noqa: BLE001 - what a callback raises is what the call raises
            given = error
        outcome = _called_back(answer, given, request)
    return _finish(answer, outcome, request, is_async=False)


async def settle_async(answer: Answer, request: Request) -> Parts | None:
    """The same for an async client."""
    outcome: Outcome = answer.value
    if isinstance(outcome, Callback):
        try:
            given = outcome.function(request)
            if inspect.isawaitable(given):
                given = await given
        except Exception as error:  # noqa: BLE001 - what a callback raises is what the call raises
            given = error
        outcome = _called_back(answer, given, request)
    return _finish(answer, outcome, request, is_async=True)


def _called_back(answer: Answer, given: object, request: Request) -> Outcome:
    if not isinstance(given, (Response, Failure)) and not is_a(given, BaseException):
        raise UnusableError(
            f"the mock's callback gave {short(given)}; it must give a tripwire.http.response(...), or raise"
        )
    answer.interaction.complete(**known_fields(given, request.method))
    return given


def _finish(answer: Answer, outcome: Outcome, request: Request, *, is_async: bool) -> Parts | None:
    if isinstance(outcome, BaseException):
        answer.value, answer.raises = None, outcome
        return None
    if not isinstance(outcome, Response):
        answer.value = outcome
        return None
    answer.value = outcome
    if outcome.stream is None or not outcome.has_body(request.method):
        return None
    source = parts_of(outcome.stream)
    parts = (AsyncParts if is_async and isinstance(source, AsyncIterator) else SyncParts)(
        source, answer.interaction
    )
    answer.value = outcome.in_parts(parts)
    return parts
