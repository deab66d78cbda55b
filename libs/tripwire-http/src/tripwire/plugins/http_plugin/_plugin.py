"""The plugin: what users call, and the one road every caught request takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn
from weakref import WeakSet

from tripwire._frames import user_place
from tripwire._plugin import Answer, Call, Unmatched
from tripwire._timeline import Source
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire.plugins.http_plugin import (
    _aiohttp,
    _assertion,
    _botocore,
    _build,
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
    _where,
)
from tripwire.plugins.http_plugin._exchange import FailureName, Request
from tripwire.plugins.http_plugin._mocks import HttpMock, MockTable
from tripwire.plugins.http_plugin._outcome import (
    Callback,
    Outcome,
    Record,
    Response,
    is_settled,
    settle,
    settle_async,
)
from tripwire.plugins.http_plugin._recording import Recording
from tripwire.plugins.http_plugin._statements import request_of
from tripwire.plugins.http_plugin._stream import Parts, Stream, UnusableError
from tripwire.plugins.http_plugin._where import Method, UrlPattern

if TYPE_CHECKING:
    from tripwire._patching import Target
    from tripwire._verifier import StrictVerifier
    from tripwire.plugins.http_plugin._aiohttp_transport import ScriptedTransport
    from tripwire.plugins.http_plugin._socket import ScriptedSocket

CLIENTS = (_httpx, _http_client, _aiohttp, _urllib3, _requests, _botocore)
"""One module a client; each has its `PUBLIC_NAMES` and its `targets`."""


class HttpPlugin(Recording):
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

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._mocks = MockTable()
        self._sockets: WeakSet[ScriptedSocket | ScriptedTransport] = WeakSet()
        self._streams: list[Parts] = []

    @classmethod
    @cache  # a target that equals an earlier one keeps its replacement
    def targets(cls) -> Iterable[Target]:
        """The seams of every client."""
        return [target for module in (*CLIENTS, _certificates) for target in module.targets(cls)]

    # -- what users call

    def mock_response(
        self,
        method: Method,
        url: UrlPattern,
        *,
        json: Any = UNSET,
        text: str | None = None,
        html: str | None = None,
        body: bytes | str | None = None,
        stream: Stream | None = None,
        status: int = 200,
        reason: str | None = None,
        headers: _build.HeaderFields | None = None,
        http_version: str = "HTTP/1.1",
        delay: float = 0,
        callback: Callable[[Request], Any] | None = None,
        params: _url.Params | None = None,
        match_headers: Any = None,
        match_json: Any = UNSET,
        match_body: Any = UNSET,
        match_form: Any = None,
        match_files: Any = None,
        match_cookies: Any = None,
        match: Callable[[Request], object] | None = None,
        times: int | None = 1,
        required: bool = True,
    ) -> None:
        """Answer a request with a response; several mocks that fit one request serve in order.

        Args:
            method: such as `"GET"`, in any case; several in a list, or `"*"` for any.
            url: absolute; with `*` for any characters; a compiled regular expression, to be found in the URL; or a
                function that is given the URL. A query in a string must be part of the request's; other
                parameters are ignored.
            json: what the body is to be the JSON text of. None is the text `null`.
            text: the body as plain text, sent in UTF-8 with its content type.
            html: likewise, as HTML.
            body: the body as bytes, or as a string that is sent in UTF-8.
            stream: the body part by part: a list, a generator (sync or async) or a function that makes one, of
                bytes and strings. An exception in it, or raised by it, breaks the connection off; at an EOFError
                the server hangs up.
            status: from 200 to 999.
            reason: the reason phrase; by default the one that goes with the status.
            headers: a mapping, whose values may be lists, or pairs. They are sent as they are; Content-Length or
                Transfer-Encoding, and for `json`, `text` and `html` Content-Type, are added if they are not among them.
            http_version: `"HTTP/1.1"`, `"HTTP/1.0"` or `"HTTP/2"`, which clients that cannot speak it see as 1.1.
            delay: seconds until the response begins. Nobody waits: a client whose own timeout is shorter gets
                it at once, any other the response.
            callback: instead of all these, a function (sync, or async for async clients) that is given the
                request, and gives a `response(...)` or raises.
            params: parameters the request's query must have beside those of the URL, by value or matcher.
            match_headers: the headers that matter, by value or matcher, whatever the case of their names.
            match_json: the body's JSON, compared as data; matchers may stand in it.
            match_body: the body, as bytes or text.
            match_form: all fields of a form, URL-encoded or multipart, without files.
            match_files: all files of a multipart body by field: the content, `(name, content)` or
                `(name, content, type)`.
            match_cookies: the cookies that matter.
            match: a function that is given the request and says whether the mock is to serve it.
            times: how often the mock serves; None for any number.
            required: whether the mock, left unused or used less than `times`, fails the test.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        outcome: Outcome
        if callback is not None:
            what = dict(json=json, text=text, html=html, body=body, stream=stream, status=status)  # noqa: C408
            what |= dict(reason=reason, headers=headers, http_version=http_version, delay=delay)  # noqa: C408
            _build.check_callback(callback, what)
            outcome = Callback(callback)
        else:
            outcome = _build.response(
                json=json,
                text=text,
                html=html,
                body=body,
                stream=stream,
                status=status,
                reason=reason,
                headers=headers,
                http_version=http_version,
                delay=delay,
                is_for_head=_where.methods(method) == ("HEAD",),
                is_repeated=times != 1,
            )
        wants = _wanted.wants(
            "match_",
            headers=match_headers,
            json=match_json,
            body=match_body,
            form=match_form,
            files=match_files,
            cookies=match_cookies,
            match=match,
        )
        self._add("mock_response", method, url, outcome, params, times, required, wants)

    def mock_error(
        self,
        method: Method,
        url: UrlPattern,
        *,
        raises: BaseException | FailureName,
        params: _url.Params | None = None,
        match_headers: Any = None,
        match_json: Any = UNSET,
        match_body: Any = UNSET,
        match_form: Any = None,
        match_files: Any = None,
        match_cookies: Any = None,
        match: Callable[[Request], object] | None = None,
        times: int | None = 1,
        required: bool = True,
    ) -> None:
        """Let a request fail.

        Args:
            method: as in `mock_response`.
            url: as in `mock_response`.
            raises: an exception, which is raised where the client's own transport would raise it; or the name of a
                failure, for which each client raises its own exception: `"connect"` (refused), `"dns"` (no such
                host), `"tls"` (the certificate is not trusted), `"timeout"` (no answer in time), `"read"` (the
                connection breaks before the answer).
            params: as in `mock_response`.
            match_headers: as in `mock_response`.
            match_json: as in `mock_response`.
            match_body: as in `mock_response`.
            match_form: as in `mock_response`.
            match_files: as in `mock_response`.
            match_cookies: as in `mock_response`.
            match: as in `mock_response`.
            times: as in `mock_response`.
            required: as in `mock_response`.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        self._add(
            "mock_error",
            method,
            url,
            _build.failure(raises),
            params,
            times,
            required,
            _wanted.wants(
                "match_",
                headers=match_headers,
                json=match_json,
                body=match_body,
                form=match_form,
                files=match_files,
                cookies=match_cookies,
                match=match,
            ),
        )

    def pass_through(
        self,
        method: Method = "*",
        url: UrlPattern = "*",
        *,
        hosts: str | Iterable[str] | None = None,
        params: _url.Params | None = None,
        times: int | None = UNSET,
        required: bool = True,
    ) -> None:
        """Let a request reach the real server; what really came back is recorded and to be asserted.

        Args:
            method: as in `mock_response`.
            url: as in `mock_response`.
            hosts: instead of a URL, the hosts that may be reached, each with an optional port and `*` for any
                characters, such as `"localhost:*"`.
            params: as in `mock_response`.
            times: as in `mock_response`; with `hosts` any number, if it is not given.
            required: as in `mock_response`.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        if hosts is not None:
            if url != "*":
                raise ValueError("url and hosts were both given; leave one of them out")
            times = None if times is UNSET else times
            self._add("pass_through", method, _where.Hosts.parse(hosts), None, params, times, required)
            return
        self._add("pass_through", method, url, None, params, 1 if times is UNSET else times, required)

    @staticmethod
    def response(
        *,
        json: Any = UNSET,
        text: str | None = None,
        html: str | None = None,
        body: bytes | str | None = None,
        stream: Stream | None = None,
        status: int = 200,
        reason: str | None = None,
        headers: _build.HeaderFields | None = None,
        http_version: str = "HTTP/1.1",
        delay: float = 0,
    ) -> Response:
        """A response for a callback to give; the arguments are those of `mock_response`.

        Raises:
            TypeError, ValueError: naming the argument and the remedy.
        """
        return _build.response(
            json=json,
            text=text,
            html=html,
            body=body,
            stream=stream,
            status=status,
            reason=reason,
            headers=headers,
            http_version=http_version,
            delay=delay,
        )

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
        record.outcome = mock.outcome
        mock.answer = Answer(mock.outcome)
        return mock.answer

    def unused(self) -> Iterator[UnusedMock]:
        """The required mocks that served no request, or fewer than they should."""
        return self._mocks.unused()

    def closed(self) -> None:
        """Hang up every scripted connection."""
        for socket in list(self._sockets):
            socket.hang_up()
        for parts in self._streams:
            parts.settle()

    def _add(
        self,
        kind: str,
        method: Method,
        url: UrlPattern | _where.Hosts,
        outcome: Outcome,
        params: _url.Params | None,
        times: int | None,
        required: bool,
        wants: tuple[_wanted.Want, ...] = (),
    ) -> None:
        methods, found = _where.methods(method), _where.where(url)
        query = found.query
        if params is not None:
            query += _url.pairs_of(params)
        mock = HttpMock(
            kind,
            method,
            methods,
            found,
            params,
            query,
            wants,
            outcome,
            _build.a_bool(required),
            _build.a_count(times),
            user_place(),
        )
        with self.verifier.lock:
            self._mocks.add(mock)
