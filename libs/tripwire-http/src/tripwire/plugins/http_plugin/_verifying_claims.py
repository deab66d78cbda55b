"""What the mocks of a test have claimed: that a request is answered like this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tripwire.plugins.http_plugin import _decoding
from tripwire.plugins.http_plugin._exchange import Reply, Request
from tripwire.plugins.http_plugin._headers import Headers
from tripwire.plugins.http_plugin._outcome import Record, Response
from tripwire.plugins.http_plugin._verifying_plain import as_json
from tripwire.verifying import Claim

if TYPE_CHECKING:
    from tripwire.verifying import Served


PARTLY_READ = "a body that was not read to its end, breaks off, or cannot be decoded"


@dataclass(frozen=True, eq=False)
class Told:
    """What a mock has answered; `body` is None where nobody knows all of it: a stream was not read to its end."""

    status: int
    headers: Headers
    body: bytes | None

    @property
    def media_type(self) -> str:
        """The content type, in lower case and without its parameters; empty if there is none."""
        return media_type(self.headers)


@dataclass(frozen=True, eq=False)
class Exchange:
    """A request, and what a mock has answered: None, if that was a failure."""

    request: Request
    told: Told | None

    @property
    def is_refused(self) -> bool:
        """Whether the answer says that there is something wrong with the request."""
        return self.told is not None and 400 <= self.told.status < 500


def media_type(headers: Any) -> str:
    """The content type that headers name, in lower case and without its parameters."""
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()


def claims(served: Sequence[Served]) -> Iterator[Claim]:
    """A claim for each answer of a mock."""
    for call, answer in served:
        record, request = call.fields, call.summary
        assert isinstance(record, Record)
        assert isinstance(request, Request)
        mock = record.mock
        if mock is None or mock.kind == "pass_through":
            continue
        fields = answer.interaction.fields
        told = None
        if fields["status"] is not None:
            body = _body(fields, answer.value, mock.outcome, request.method)
            headers: Headers = fields["response_headers"]
            body, is_unreadable = (None, True) if body is None else _decoding.decoded(body, headers)
            told = Told(fields["status"], headers, None if is_unreadable else body)
        yield Claim(mock.label, Exchange(request, told), mock.place, _key(request, told))


def _body(fields: dict[str, Any], value: object, outcome: object, method: str) -> bytes | None:
    """The body that the mock has given, if all of it is known."""
    stream = outcome.stream if isinstance(outcome, Response) else None
    if isinstance(stream, (list, tuple)) and method != "HEAD":
        if not all(isinstance(part, (str, bytes, bytearray)) for part in stream):
            return None  # it breaks off
        return b"".join(part.encode() if isinstance(part, str) else part for part in stream)
    body: bytes = fields["response_body"]
    if fields["raised"] is not None:
        return None
    is_in_parts = isinstance(value, Reply) and value.parts is not None
    return body if not is_in_parts or _is_whole(body) else None


def _is_whole(body: bytes) -> bool:
    """Whether a stream shows that it was read to its end: data does, and text does not."""
    try:
        return isinstance(as_json(body), (dict, list))
    except ValueError:
        return False


def _key(request: Request, told: Told | None) -> Any:
    sent = request.method, request.url, request.headers.pairs, request.body
    return sent if told is None else (*sent, told.status, told.headers.pairs, told.body)
