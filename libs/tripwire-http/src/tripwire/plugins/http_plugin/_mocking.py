"""The part of the plugin by which users say what answers a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tripwire._errors import wrong_use
from tripwire._frames import user_place
from tripwire._plugin import Plugin
from tripwire._unset import UNSET
from tripwire._unused import UnusedMock
from tripwire.plugins.http_plugin import _build, _url, _wanted, _where
from tripwire.plugins.http_plugin._exchange import FailureName, Request
from tripwire.plugins.http_plugin._mocks import HttpMock, MockTable
from tripwire.plugins.http_plugin._outcome import Callback, Outcome, Response
from tripwire.plugins.http_plugin._stream import Stream
from tripwire.plugins.http_plugin._where import Method, UrlPattern

if TYPE_CHECKING:
    from tripwire._verifier import StrictVerifier


class Mocking(Plugin):
    """The mocks of a test, and the methods that add them."""

    def __init__(self, verifier: StrictVerifier) -> None:
        super().__init__(verifier)
        self._mocks = MockTable()

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

        ```python
        import httpx, tripwire

        def test_response():
            tripwire.http.mock_response("GET", "https://api.example.com/user", json={"id": 7})
            with tripwire:
                assert httpx.get("https://api.example.com/user").json() == {"id": 7}
            tripwire.http.assert_request("GET", "https://api.example.com/user", status=200)
        ```

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

        ```python
        import httpx, pytest, tripwire

        def test_error():
            tripwire.http.mock_error("GET", "https://api.example.com/user", raises="timeout")
            with tripwire, pytest.raises(httpx.ReadTimeout):
                httpx.get("https://api.example.com/user")
            tripwire.http.assert_request("GET", "https://api.example.com/user", raised="timeout")
        ```

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
                raise wrong_use(ValueError, "url and hosts were both given; leave one of them out")
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

    def unused(self) -> Iterator[UnusedMock]:
        """The required mocks that served no request, or fewer than they should."""
        return self._mocks.unused()

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
