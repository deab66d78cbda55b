"""The adapters of clients that are built on `http.client`."""

from __future__ import annotations

import io
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from http.cookiejar import CookieJar
from itertools import islice
from typing import Any, ClassVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import botocore.exceptions  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]
import httplib2
import requests
import urllib3
from botocore.config import Config  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, Timeout

from clients.client import Ask, Got, LacksError, Settings, SyncClient

TLS = ssl.create_default_context()  # shared, for making one takes longer than a scenario
FIVE = ("connect", "dns", "tls", "timeout", "read")


def first_lines(lines: Iterator[bytes], many: int) -> tuple[bytes, ...]:
    return tuple(line.rstrip(b"\n") for line in islice(lines, many))


# -- requests and urllib3


class Requests(SyncClient):
    name = "requests"
    errors: ClassVar = {
        **dict.fromkeys(FIVE, requests.ConnectionError),
        "tls": requests.exceptions.SSLError,
        "timeout": requests.ReadTimeout,
    }

    def own(self) -> Exception:
        return requests.ConnectionError("given")

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        settings.lacking("http2")
        with requests.Session() as session:
            session.auth = settings.auth
            session.proxies = dict.fromkeys(("http", "https"), settings.proxy) if settings.proxy else {}
            retry = Retry(settings.retries, status_forcelist=settings.retried)
            session.mount("https://", HTTPAdapter(max_retries=retry if settings.retries else 0))
            yield session, settings.timeout

    def ask(self, session: Any, ask: Ask) -> Got:
        opened, timeout = session
        data = iter(ask.parts) if ask.parts else None
        response = opened.request(
            ask.method, ask.url, data=data, files=ask.files, timeout=timeout, stream=bool(ask.lines)
        )
        if ask.lines:
            with response:
                return Got(
                    response.status_code,
                    lines=first_lines(response.iter_lines(chunk_size=1), ask.lines),
                )
        return Got(response.status_code, response.content)


class Urllib3(SyncClient):
    name = "urllib3"
    errors: ClassVar = {
        "connect": urllib3.exceptions.NewConnectionError,
        "dns": urllib3.exceptions.NameResolutionError,
        "tls": urllib3.exceptions.MaxRetryError,  # which it makes of an SSLError
        "timeout": urllib3.exceptions.ReadTimeoutError,
        "read": urllib3.exceptions.ProtocolError,
    }

    def own(self) -> Exception:
        return urllib3.exceptions.HTTPError("given")

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        settings.lacking("auth", "http2")
        retries = (
            Retry(settings.retries, status_forcelist=settings.retried)
            if settings.retries
            else Retry(None, connect=False, read=False, redirect=3, other=False)
        )
        options: dict[str, Any] = {"retries": retries, "timeout": Timeout(settings.timeout)}
        pool = (
            urllib3.ProxyManager(settings.proxy, **options)
            if settings.proxy
            else urllib3.PoolManager(**options)
        )
        with pool:
            yield pool

    def ask(self, session: Any, ask: Ask) -> Got:
        body = iter(ask.parts) if ask.parts else None
        options = {"fields": ask.files} if ask.files else {"body": body}
        response = session.request(ask.method, ask.url, preload_content=not ask.lines, **options)
        if ask.lines:
            lines = first_lines(iter(response.readline, b""), ask.lines)
            response.close()
            return Got(response.status, lines=lines)
        return Got(response.status, response.data)


# -- the standard library


class Urllib(SyncClient):
    name = "urllib"
    errors: ClassVar = {
        **dict.fromkeys(FIVE, URLError),
        "timeout": TimeoutError,
        "read": ConnectionResetError,
    }

    def own(self) -> Exception:
        return URLError("given")

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        settings.lacking("retries", "http2")
        handlers: list[Any] = [
            urllib.request.HTTPSHandler(context=TLS),
            urllib.request.HTTPCookieProcessor(CookieJar()),
            urllib.request.ProxyHandler({"https": settings.proxy} if settings.proxy else {}),
        ]
        if settings.auth:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, "https://api.example.com", *settings.auth)
            handlers.append(urllib.request.HTTPBasicAuthHandler(known))
        yield urllib.request.build_opener(*handlers), settings.timeout

    def ask(self, session: Any, ask: Ask) -> Got:
        if ask.files:
            raise LacksError("multipart")
        opener, timeout = session
        headers = {"Content-Length": str(len(b"".join(ask.parts)))} if ask.parts else {}
        data: Any = iter(ask.parts) if ask.parts else None
        request = urllib.request.Request(ask.url, data, headers, method=ask.method)
        try:
            response = opener.open(request, timeout=timeout)
        except HTTPError as error:
            response = error
        with response:
            lines = first_lines(response, ask.lines)
            return Got(response.status, b"" if ask.lines else response.read(), lines)


class HttpClient(SyncClient):
    name = "http.client"
    errors: ClassVar = {
        "connect": ConnectionRefusedError,
        "dns": socket.gaierror,
        "tls": ssl.SSLCertVerificationError,
        "timeout": TimeoutError,
        "read": ConnectionResetError,
    }

    def own(self) -> Exception:
        return HTTPException("given")

    def session(self, settings: Settings) -> Any:
        settings.lacking("retries", "http2", "auth")
        return nullcontext(settings)

    def ask(self, session: Settings, ask: Ask) -> Got:
        if ask.files:
            raise LacksError("multipart")
        url = urlsplit(ask.url)
        host = urlsplit(session.proxy).netloc if session.proxy else url.netloc
        connection = (
            HTTPSConnection(host, timeout=session.timeout, context=TLS)
            if url.scheme == "https"
            else HTTPConnection(host, timeout=session.timeout)
        )
        if session.proxy:
            connection.set_tunnel(url.netloc)
        try:
            connection.request(ask.method, url.path, iter(ask.parts) if ask.parts else None)
            response: HTTPResponse = connection.getresponse()
            lines = first_lines(iter(response), ask.lines)
            return Got(response.status, b"" if ask.lines else response.read(), lines)
        finally:
            connection.close()


class Httplib2(SyncClient):
    name = "httplib2"
    errors: ClassVar = {**HttpClient.errors, "dns": httplib2.ServerNotFoundError}

    def own(self) -> Exception:
        return httplib2.HttpLib2Error("given")

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        settings.lacking("retries", "http2", "proxy")
        http = httplib2.Http(timeout=settings.timeout)
        if settings.auth:
            http.add_credentials(*settings.auth)
        yield http
        http.close()

    def ask(self, session: Any, ask: Ask) -> Got:
        if ask.files:
            raise LacksError("multipart")
        if ask.lines:
            raise LacksError("streaming")
        body = io.BytesIO(b"".join(ask.parts)) if ask.parts else None
        response, content = session.request(ask.url, ask.method, body=body)
        return Got(response.status, content)


# -- botocore, as boto3 uses it: objects of S3


class Botocore(SyncClient):
    name = "botocore"
    errors: ClassVar = {
        **dict.fromkeys(FIVE, botocore.exceptions.EndpointConnectionError),
        "tls": botocore.exceptions.SSLError,
        "timeout": botocore.exceptions.ReadTimeoutError,
        "read": botocore.exceptions.ConnectionClosedError,
    }
    _library = botocore.session.get_session()  # reading its models takes longer than all scenarios

    def own(self) -> Exception:
        given: Exception = botocore.exceptions.EndpointConnectionError(endpoint_url="https://s3.example.com")
        return given

    @contextmanager
    def session(self, settings: Settings) -> Iterator[Any]:
        settings.lacking("http2")
        user, password = settings.auth or ("key", "secret")
        config = Config(
            read_timeout=settings.timeout,
            retries={"total_max_attempts": settings.retries + 1},
            proxies={"https": settings.proxy} if settings.proxy else None,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
        )

        def made(endpoint: str) -> Any:
            return self._library.create_client(
                "s3",
                "eu-central-1",
                endpoint_url=endpoint,
                aws_access_key_id=user,
                aws_secret_access_key=password,
                config=config,
            )

        yield made

    def ask(self, session: Any, ask: Ask) -> Got:
        if ask.files:
            raise LacksError("multipart")
        url = urlsplit(ask.url)
        bucket, _, key = url.path[1:].partition("/")
        client = session(f"{url.scheme}://{url.netloc}")
        try:
            if ask.method == "PUT":
                response = client.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(b"".join(ask.parts)))
            else:
                response = client.get_object(Bucket=bucket, Key=key)
        except botocore.exceptions.ClientError as error:
            return Got(error.response["ResponseMetadata"]["HTTPStatusCode"])
        finally:
            client.close()
        status, body = response["ResponseMetadata"]["HTTPStatusCode"], response.get("Body")
        if ask.lines:
            lines = tuple(islice(body.iter_lines(chunk_size=1), ask.lines))
            body.close()
            return Got(status, lines=lines)
        return Got(status, body.read() if body is not None else b"")
