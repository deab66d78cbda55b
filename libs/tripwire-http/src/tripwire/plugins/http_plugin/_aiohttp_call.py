"""One call of an aiohttp session, and the requests that aiohttp makes of it by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tripwire._plugin import Answer


class SessionCall:
    """One call of a session, with everything that aiohttp does by itself to get it answered.

    `delayed` is how long, in seconds, a real server would have kept it waiting so far.
    """

    def __init__(self) -> None:
        self.began: float = asyncio.get_running_loop().time()
        self.delayed: float = 0.0
        self.answer: Answer | None = None
        self._asked_by: object = None

    def again(self, req: object) -> Answer | None:
        """The answer that has failed, where aiohttp tries once more by itself; a middleware that does is a call."""
        return self.answer if req is not self._asked_by else None

    def answered(self, req: object, answer: Answer) -> None:
        """An answer is on its way."""
        self.answer, self._asked_by = answer, req

    def responded(self) -> None:
        """The answer has come."""
        self.answer = self._asked_by = None

    def failed(self, error: BaseException) -> None:
        """No answer has come, but an exception; that is recorded."""
        if self.answer is not None and self.answer.raises is None:
            self.answer.interaction.complete(
                status=None, response_headers=None, response_body=None, raised=error
            )


@dataclass
class Attempt:
    """A request of aiohttp's, on its way over a connection: `timeout` is its `ClientTimeout`."""

    req: Any
    timeout: Any
    call: SessionCall = field(default_factory=SessionCall)

    def time_out(self, protocol: Any, delay: float) -> bool:
        """Let the time run out that the request has, if the server takes longer; as if it had passed."""
        call, total, pause = self.call, self.timeout.total, self.timeout.sock_read
        now = asyncio.get_running_loop().time()
        left = total - call.delayed - (now - call.began) if total else None
        if pause and delay >= pause and (left is None or pause <= left):
            protocol._on_read_timeout()
        elif left is not None and delay >= left:
            self.req._timer.timeout()
        else:
            call.delayed += delay
            return False
        return True
