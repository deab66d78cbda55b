"""The plugin: what users call, and the one road every caught request takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from tripwire._frames import user_place
from tripwire._plugin import Answer, Call, Plugin, Unmatched
from tripwire._timeline import Interaction, Source
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire._values import LONGEST_LITERAL, code, short
from tripwire.plugins.http_plugin import _build, _http_client, _httpx, _public_names, _url
from tripwire.plugins.http_plugin._exchange import Request
from tripwire.plugins.http_plugin._mocks import HttpMock, MockTable
from tripwire.plugins.http_plugin._outcome import Outcome, Response, known_fields, settle, settle_async
from tripwire.plugins.http_plugin._stream import Parts, UnusableError

if TYPE_CHECKING:
    from tripwire._patching import Target
    from tripwire._verifier import StrictVerifier
    from tripwire.plugins.http_plugin._socket import ScriptedSocket

CLIENTS = (_httpx, _http_client)
"""One module a client; each has its `PUBLIC_NAMES` and its `targets`."""


class HttpPlugin(Plugin):
    """Catches HTTP requests; reached as `tripwire.http`.

    The record of a request, `tripwire.http.request`, has the fields `method`, `url`, `request_headers`, `request_body`,
    `status`, `response_headers`, `response_body` and `raised`. Bodies are bytes as they travelled, headers a
    `Headers`; what did not happen is None.
    """

    name = "http"
    tested_with: ClassVar[Mapping[str, str]] = {"httpx": ">=0.27,<0.29", "httpx2": ">=2.0,<2.17"}
    public_names = tuple(name for module in (*CLIENTS, _public_names) for name in module.PUBLIC_NAMES)
    request = Source("http.request")

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._mocks = MockTable()
        self._sockets: WeakSet[ScriptedSocket] = WeakSet()
        self._streams: list[Parts] = []

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """The seams of every client."""
        return [target for client in CLIENTS for target in client.targets(cls)]

    # -- what users call

    def mock_response(
        self,
        method: str,
        url: str,
        *,
        json: Any = UNSET,
        body: bytes | str | None = None,
        status: int = 200,
        headers: _build.HeaderFields | None = None,
        params: _url.Params | None = None,
        required: bool = True,
    ) -> None:
        """Answer one request with a response; several for one method and URL are given in order.

        Args:
            method: such as `"GET"`, in any case.
            url: absolute. A query in it must be part of the request's; other parameters are ignored.
            json: what the body is to be the JSON text of. None is the text `null`.
            body: the body instead, as bytes, or as a string that is sent in UTF-8.
            status: from 200 to 999.
            headers: a mapping, or pairs. They are sent as they are; Content-Length, and for `json`
                Content-Type, are added if they are not among them.
            params: parameters the request's query must have beside those of the URL.
            required: whether the mock, left unused, fails the test.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        verb = _build.method_name(method)
        reply = _build.reply(verb, json=json, body=body, status=status, headers=headers)
        self._add("mock_response", verb, url, params, required, outcome=Response(reply))

    def mock_error(
        self,
        method: str,
        url: str,
        *,
        raises: BaseException,
        params: _url.Params | None = None,
        required: bool = True,
    ) -> None:
        """Let one request fail: `raises` is raised where the client's own transport would raise it.

        Args:
            method: as in `mock_response`.
            url: as in `mock_response`.
            raises: the exception, an instance, of the kind that this client raises.
            params: as in `mock_response`.
            required: as in `mock_response`.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        error = _build.an_error(raises)
        self._add("mock_error", _build.method_name(method), url, params, required, outcome=error)

    def pass_through(
        self, method: str, url: str, *, params: _url.Params | None = None, required: bool = True
    ) -> None:
        """Let one request reach the real server; what really came back is recorded and to be asserted.

        Args:
            method: as in `mock_response`.
            url: as in `mock_response`.
            params: as in `mock_response`.
            required: as in `mock_response`.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        self._add("pass_through", _build.method_name(method), url, params, required)

    def assert_request(
        self,
        method: str,
        url: str,
        *,
        params: _url.Params | None = None,
        status: Any = UNSET,
        body: Any = UNSET,
        response_body: Any = UNSET,
        raised: Any = UNSET,
    ) -> None:
        """Assert the next interaction as a request; `url` and `params` fit as they do in `mock_response`.

        Args:
            method: in any case.
            url: as in `mock_response`.
            params: as in `mock_response`.
            status: what came back, where given.
            body: what the request carried, where given.
            response_body: what came back, where given.
            raised: what was raised instead, where given.

        Raises:
            InteractionMismatchError: the next interaction is another, or differs.
        """
        __tracebackhide__ = True
        expected: dict[str, Any] = {"method": _AnyCase(method), "url": _SameUrl(url, params)}
        given = {"status": status, "request_body": body, "response_body": response_body, "raised": raised}
        expected.update((name, value) for name, value in given.items() if value is not UNSET)
        self.verifier.take(self.request, expected)

    # -- what the clients' modules call

    def answer(self, request: Request) -> Answer:
        """Decide a request and record it.

        The answer's value is a `Reply`, a `Failure`, or None for the genuine call; unless it `raises`.

        Raises:
            UnmockedInteractionError: nothing answers it.
        """
        call, answer = self._decided(request)
        try:
            self._keep_parts(settle(answer, request))
        except UnusableError as error:
            self.refuse(call, Unmatched(explanation=str(error)))
        return answer

    async def answer_async(self, request: Request) -> Answer:
        """The same for an async client, whose mock may have an async callback, and a stream to be awaited."""
        call, answer = self._decided(request)
        try:
            self._keep_parts(await settle_async(answer, request))
        except UnusableError as error:
            self.refuse(call, Unmatched(explanation=str(error)))
        return answer

    def _keep_parts(self, parts: Parts | None) -> None:
        if parts is not None:
            with self.verifier.lock:
                self._streams.append(parts)

    def _decided(self, request: Request) -> tuple[Call, Answer]:
        fields = {
            "method": request.method,
            "url": request.url,
            "request_headers": request.headers,
            "request_body": request.body,
        }
        call = Call(self.request, fields, request)
        return call, self.intercept(call)

    def keep(self, socket: ScriptedSocket) -> None:
        """Hang up a connection when the sandbox closes, so that it serves nobody afterwards."""
        with self.verifier.lock:
            self._sockets.add(socket)

    # -- what the core calls

    def decide(self, call: Call) -> Answer:
        """Use up the earliest mock that fits."""
        request = call.summary
        assert isinstance(request, Request)
        if request.fault:
            raise Unmatched(explanation=f"it is not valid HTTP: {request.fault}")
        mock = self._mocks.take(request.method, _url.parse(request.url))
        if mock is None:
            method, url = request.method, request.url
            paste = f"tripwire.http.mock_response({method!r}, {short(url, LONGEST_LITERAL)}, json={{}})"
            raise Unmatched(candidates=self._mocks.nearest(request), paste=paste)
        mock.answer = Answer(mock.outcome, fields=known_fields(mock.outcome, request))
        return mock.answer

    def unused(self) -> Iterator[UnusedMock]:
        """The required mocks that served no request."""
        return (UnusedMock(mock.label, mock.place) for mock in self._mocks.unused())

    def closed(self) -> None:
        """Hang up every scripted connection."""
        for socket in list(self._sockets):
            socket.hang_up()
        for parts in self._streams:
            parts.settle()

    def describe(self, interaction: Interaction) -> str:
        """The request and what came of it."""
        fields = interaction.fields
        asked = str(Request(str(fields["method"]), str(fields["url"])))
        if fields["raised"] is not None:
            return f"{asked} raised {short(fields['raised'])}"
        return f"{asked} -> {fields['status'] if fields['status'] is not None else 'no response yet'}"

    def assertion_for(self, interaction: Interaction) -> str:
        """The assertion by method, URL and status."""
        named = ", ".join(f"{name}={code(interaction.fields[name])}" for name in ("method", "url", "status"))
        return f"tripwire.assert_interaction(tripwire.http.request, {named})"

    def _add(
        self,
        kind: str,
        method: str,
        url: str,
        params: _url.Params | None,
        required: bool,
        *,
        outcome: Outcome = None,
    ) -> None:
        parsed, pairs = _url.parse_absolute(url), _url.pairs_of(params)
        given = [short(method), short(url)]
        if params is not None:
            given.append(f"params={short(params)}")
        if isinstance(outcome, BaseException):
            given.append(f"raises={short(outcome)}")
        mock = HttpMock(
            f"tripwire.http.{kind}({', '.join(given)})",
            method,
            parsed,
            _build.a_bool(required),
            user_place(),
            pairs,
            outcome,
        )
        with self.verifier.lock:
            self._mocks.add(mock)


class _AnyCase:
    """Equal to a method in any case."""

    def __init__(self, method: str) -> None:
        self._method = _build.method_name(method)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.upper() == self._method

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._method)


class _SameUrl:
    """Equal to a URL that the mock of this URL would serve."""

    def __init__(self, url: str, params: _url.Params | None) -> None:
        self._text, self._params = url, params
        self._url = _url.parse_absolute(url)
        self._query = self._url.query + _url.pairs_of(params)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        url = _url.parse(other)
        return url[:4] == self._url[:4] and not _url.query_reason(self._query, url.query)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return short(self._text, 100) + (
            f" with params={short(self._params, 60)}" if self._params is not None else ""
        )
