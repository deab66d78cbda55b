"""A client for a bookshop's API: pages, orders, downloads, live events, retries, and a token that runs out."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import httpx

API = "https://api.bookshop.example/v1"
PAUSES = (1.0, 2.0)  # seconds between tries
_WORTH_TRYING_AGAIN = (429, 500, 502, 503, 504)


class BookshopError(Exception):
    """Whatever goes wrong with the bookshop."""


class UnreachableError(BookshopError):
    """There is no connection to it."""


class TooSlowError(BookshopError):
    """It did not answer in time."""


class BrokenAnswerError(BookshopError):
    """Its answer breaks off, or makes no sense."""


class RefusedError(BookshopError):
    """It answers with an error. `status` is the number."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status


class NotFoundError(RefusedError):
    """It has no such thing."""


class UnauthorizedError(RefusedError):
    """It does not take our key."""


class TokenAuth(httpx.Auth):
    """Sends a token, and gets a new one for the key where there is none, or it has run out."""

    def __init__(self, key: str, token: str = "") -> None:
        self._key, self._token = key, token

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One try with the token we have, and one with a new one."""
        if self._token:
            response = yield self._signed(request)
            if response.status_code != 401:
                return
        response = yield httpx.Request("POST", f"{API}/tokens", json={"key": self._key})
        if response.status_code != 201:
            raise UnauthorizedError(response.status_code, "no token for this key")
        self._token = json.loads(response.read())["token"]
        yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Bookshop:
    """The client. `token` is one that is still known, of an earlier session."""

    def __init__(self, key: str, *, token: str = "", timeout: float = 10) -> None:
        self._http = httpx.Client(base_url=API, auth=TokenAuth(key, token), timeout=timeout)

    def __enter__(self) -> Bookshop:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def books(self, **search: str) -> Iterator[dict[str, Any]]:
        """All books that fit, page by page as they are needed.

        Raises:
            BookshopError: one of its kinds.
        """
        url = str(httpx.URL("/books", params=search))
        while url:
            with self._response("GET", url) as response:
                yield from self._data(response)["books"]
                url = response.links.get("next", {}).get("url", "")

    def order(self, isbn: str, copies: int, *, number: str) -> str:
        """Order a book, and get the state of the order. `number` is ours: the shop takes an order once.

        Raises:
            BookshopError: one of its kinds.
        """
        wanted, headers = {"isbn": isbn, "copies": copies}, {"Idempotency-Key": number}
        with self._response("POST", "/orders", json=wanted, headers=headers) as response:
            state: str = self._data(response)["state"]
            return state

    def download(self, isbn: str, to: Path) -> None:
        """Save a book's sample. Nothing is left of one that breaks off.

        Raises:
            BookshopError: one of its kinds.
        """
        part = to.with_suffix(".part")
        try:
            with self._response("GET", f"/books/{isbn}/sample") as response, part.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)

    def events(self) -> Iterator[dict[str, Any]]:
        """What happens in the shop, as it happens (server-sent events).

        Raises:
            BookshopError: one of its kinds.
        """
        with self._response("GET", "/events", headers={"Accept": "text/event-stream"}) as response:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    @contextmanager
    def _response(self, method: str, url: str, **options: Any) -> Iterator[httpx.Response]:
        """A response with a good status, whose body is still to be read."""
        with _translated():
            response = self._tried(self._http.build_request(method, url, **options))
            try:
                if response.is_success:
                    yield response
                    return
                kinds = {401: UnauthorizedError, 404: NotFoundError}
                raise kinds.get(response.status_code, RefusedError)(
                    response.status_code, response.reason_phrase
                )
            finally:
                response.close()

    def _tried(self, request: httpx.Request) -> httpx.Response:
        """The response of the last try, or of the first that is worth no other."""
        for pause in PAUSES:
            try:
                response = self._http.send(request, stream=True)
            except httpx.ConnectError:
                sleep(pause)
                continue
            if response.status_code not in _WORTH_TRYING_AGAIN:
                return response
            response.close()
            sleep(float(response.headers.get("Retry-After", pause)))
        return self._http.send(request, stream=True)

    def _data(self, response: httpx.Response) -> Any:
        return json.loads(response.read())


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever httpx and json raise becomes one of our errors."""
    try:
        yield
    except httpx.ConnectError as error:
        raise UnreachableError(str(error)) from error
    except httpx.TimeoutException as error:
        raise TooSlowError(str(error)) from error
    except (httpx.TransportError, ValueError) as error:
        raise BrokenAnswerError(str(error)) from error
