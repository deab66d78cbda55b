"""The plugin: the one road every caught request takes, and the assertions about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from weakref import WeakSet

from tripwire._plugin import Answer, Call, Unmatched
from tripwire._timeline import Source
from tripwire._unset import UNSET
from tripwire.plugins.http_plugin import (
    _aiohttp,
    _assertion,
    _botocore,
    _certificates,
    _http_client,
    _httpx,
    _public_names,
    _requests,
    _secrets,
    _statements,
    _url,
    _urllib3,
    _wanted,
)
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._mocking import Mocking
from tripwire.plugins.http_plugin._outcome import Record, is_settled, settle, settle_async
from tripwire.plugins.http_plugin._recording import Recording
from tripwire.plugins.http_plugin._statements import request_of
from tripwire.plugins.http_plugin._stream import Parts, UnusableError
from tripwire.plugins.http_plugin._where import Method, UrlPattern

if TYPE_CHECKING:
    from tripwire._patching import Target
    from tripwire._verifier import StrictVerifier
    from tripwire.plugins.http_plugin._aiohttp_transport import ScriptedTransport
    from tripwire.plugins.http_plugin._socket import ScriptedSocket
    from tripwire.verifying import Claim, Served, Truth, TruthSettings

CLIENTS = (_httpx, _http_client, _aiohttp, _urllib3, _requests, _botocore)
"""One module a client; each has its `PUBLIC_NAMES` and its `targets`."""


class HttpPlugin(Mocking, Recording):
    """Catches HTTP requests; reached as `tripwire.http`.

    The record of a request, `tripwire.http.request`, has the fields `method`, `url`, `request_headers`, `request_body`,
    `status`, `response_headers`, `response_body` and `raised`. Bodies are bytes as they travelled, headers a
    `Headers`; what did not happen is None.
    """

    name = "http"
    tested_with: ClassVar[Mapping[str, str]] = {
        "aiohttp": ">=3.10.5,<3.15",
        "botocore": ">=1.31,<1.45",
        "httplib2": ">=0.22,<0.33",
        "httpx": ">=0.27,<0.29",
        "httpx2": ">=2.0,<2.17",
        "requests": ">=2.28,<2.35",
        "urllib3": ">=1.26.18,<2.9",
    }
    public_names: ClassVar[Sequence[str]] = tuple(
        name for module in (*CLIENTS, _public_names) for name in module.PUBLIC_NAMES
    )
    config_keys: ClassVar[Mapping[str, type]] = {"secrets": list, "record_twice": list}
    request: ClassVar[Source] = Source("http.request")
    _inner = ("answer", "answer_async", "asked_twice", "keep", "varies")

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._sockets: WeakSet[ScriptedSocket | ScriptedTransport] = WeakSet()
        self._streams: list[Parts] = []

    @classmethod
    @cache  # a target that equals an earlier one keeps its replacement
    def targets(cls) -> Iterable[Target]:
        """The seams of every client."""
        return [target for module in (*CLIENTS, _certificates) for target in module.targets(cls)]

    # -- what users call

    @property
    def requests(self) -> list[Request]:
        """The requests recorded so far, in order."""
        with self.verifier.lock:
            return [
                request_of(interaction)
                for interaction in self.verifier.timeline
                if interaction.source is self.request
            ]

    def assert_request(
        self,
        method: Method,
        url: UrlPattern,
        *,
        params: _url.Params | None = None,
        headers: Any = None,
        json: Any = UNSET,
        body: Any = UNSET,
        form: Any = None,
        files: Any = None,
        cookies: Any = None,
        status: Any = UNSET,
        response_json: Any = UNSET,
        response_body: Any = UNSET,
        raised: Any = UNSET,
    ) -> None:
        """Assert the next interaction as a request. Values may be matchers.

        ```python
        import httpx, tripwire
        from unittest import mock

        def test_order():
            tripwire.http.mock_response("POST", "https://api.example.com/orders", status=201)
            with tripwire:
                httpx.post("https://api.example.com/orders", json={"tea": "green", "id": "x1"})
            tripwire.http.assert_request(
                "POST", "https://api.example.com/orders", json={"tea": "green", "id": mock.ANY}, status=201
            )
        ```

        Args:
            method: as in `mock_response`.
            url: as in `mock_response`.
            params: as in `mock_response`.
            headers: the headers that matter, whatever the case of their names.
            json: the request's body as JSON data. If a request carried a body, one of `json`, `body`, `form` and
                `files` must be given; `unittest.mock.ANY` takes anything.
            body: the request's body, as bytes or text.
            form: all fields of the form sent, without files.
            files: all files of the multipart body sent, as in `mock_response`.
            cookies: the cookies that matter.
            status: what came back, where given.
            response_json: what came back, as JSON data, where given.
            response_body: what came back, as bytes, where given.
            raised: what was raised instead, where given: an exception, its type, or a name as in `mock_error`.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
            MissingAssertionFieldsError: the request carried a body, and nothing is said of it.
        """
        __tracebackhide__ = True
        wants = _wanted.wants(headers=headers, json=json, body=body, form=form, files=files, cookies=cookies)
        expected = _assertion.expected(
            method,
            url,
            params,
            wants,
            status=status,
            response_json=response_json,
            response_body=response_body,
            raised=raised,
        )
        self.verifier.take(self.request, expected, required=_assertion.required)

    # -- what the clients' modules call

    def answer(self, request: Request) -> Answer:
        """Decide a request and record it.

        The answer's value is a `Reply`, a `Failure`, or None for the genuine call; unless it `raises`.

        Raises:
            UnmockedInteractionError: nothing answers it.
        """
        call, answer = self._decided(request)
        if is_settled(answer):
            return answer
        try:
            self._keep_parts(settle(answer, request), call)
        except UnusableError as error:
            self._refuse_test(call, error)
        return answer

    async def answer_async(self, request: Request) -> Answer:
        """The same for an async client, whose mock may have an async callback, and a stream to be awaited."""
        call, answer = self._decided(request)
        if is_settled(answer):
            return answer
        try:
            self._keep_parts(await settle_async(answer, request), call)
        except UnusableError as error:
            self._refuse_test(call, error)
        return answer

    def _refuse_test(self, call: Call, error: UnusableError) -> NoReturn:
        """What the test's callback or stream gives is no answer: that must not be hidden."""
        self.refuse(call, Unmatched(explanation=str(error)))

    def _keep_parts(self, parts: Parts | None, call: Call) -> None:
        if parts is not None:
            parts.refuse = partial(self._refuse_test, call)
            with self.verifier.lock:
                self._streams.append(parts)

    def _decided(self, request: Request) -> tuple[Call, Answer]:
        call = Call(self.request, Record(request), request)
        return call, self.intercept(call)

    def keep(self, socket: ScriptedSocket | ScriptedTransport) -> None:
        """Hang up a connection when the sandbox closes, so that it serves nobody afterwards."""
        with self.verifier.lock:
            self._sockets.add(socket)

    # -- what the core calls

    def decide(self, call: Call) -> Answer:
        """Use up the earliest mock that fits."""
        request, record = call.summary, call.fields
        assert isinstance(request, Request)
        assert isinstance(record, Record)
        if request.fault:
            raise Unmatched(explanation=f"it is not valid HTTP: {_secrets.in_text(request.fault)}")
        mock = self._mocks.take(request, _url.parse(request.url))
        if mock is None:
            raise Unmatched(candidates=self._mocks.nearest(request), paste=_statements.mock_for(request))
        record.outcome, record.mock = mock.outcome, mock
        mock.answer = Answer(mock.outcome)
        return mock.answer

    @classmethod
    def truth(cls, settings: TruthSettings) -> Truth | None:
        """What `[tool.tripwire.verify.http]` names: documents and live services, by URL."""
        from tripwire.plugins.http_plugin import _verifying

        return _verifying.truth(settings)

    def claims(self, served: Sequence[Served]) -> Iterable[Claim]:
        """What each mock has answered to which request."""
        from tripwire.plugins.http_plugin import _verifying_claims

        return _verifying_claims.claims(served)

    def closed(self) -> None:
        """Hang up every scripted connection."""
        for socket in list(self._sockets):
            socket.hang_up()
        for parts in self._streams:
            parts.settle()
