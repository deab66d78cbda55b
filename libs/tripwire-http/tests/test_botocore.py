"""boto3 in a sandbox: uploads, retries, and exceptions that botocore would wrap."""

from __future__ import annotations

import io
from typing import Any

import botocore.session  # type: ignore[import-untyped, unused-ignore]
import pytest
from botocore import exceptions  # type: ignore[import-untyped, unused-ignore]
from botocore.awsrequest import AWSResponse  # type: ignore[import-untyped, unused-ignore]
from botocore.config import Config  # type: ignore[import-untyped, unused-ignore]

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin

pytestmark = pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")  # older versions call it

URL = "https://bucket.s3.us-west-2.amazonaws.com/key"


def client(service: str = "s3", attempts: int = 1) -> Any:
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    settings = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"}, connect_timeout=3, read_timeout=3
    )
    return session.create_client(service, region_name="us-west-2", config=settings)


def test_one_exchange_is_one_interaction(http: HttpPlugin) -> None:
    http.mock_response("GET", URL, body=b"content", headers={"ETag": '"e"'})
    with tripwire.sandbox():
        result = client().get_object(Bucket="bucket", Key="key")
        assert (result["ETag"], result["Body"].read()) == ('"e"', b"content")
    assert [(one.method, one.url) for one in http.requests] == [("GET", URL)]
    http.assert_request("GET", URL, status=200)


@pytest.mark.parametrize("content", [b"payload", b"x" * 200_000])
def test_an_upload_waits_for_the_invitation(http: HttpPlugin, content: bytes) -> None:
    http.mock_response("PUT", URL, headers={"ETag": '"e"'}, times=2)
    with tripwire.sandbox():
        s3 = client()
        for _ in range(2):  # the second over the connection of the first
            assert s3.put_object(Bucket="bucket", Key="key", Body=io.BytesIO(content))["ETag"] == '"e"'
    for one in http.requests:
        assert one.headers.get("Expect") == "100-continue"
        assert content in one.body
        http.assert_request("PUT", URL, body=one.body)


@pytest.mark.parametrize(
    "given",
    [
        exceptions.EndpointConnectionError(endpoint_url=URL),
        exceptions.ConnectTimeoutError(endpoint_url=URL),
        exceptions.ReadTimeoutError(endpoint_url=URL),
        exceptions.HTTPClientError(error="odd"),
        exceptions.NoCredentialsError(),
    ],
)
def test_an_exception_of_its_own(http: HttpPlugin, given: Exception) -> None:
    http.mock_error("GET", URL, raises=given)
    with tripwire.sandbox(), pytest.raises(type(given)) as caught:
        client().get_object(Bucket="bucket", Key="key")
    assert caught.value is given
    http.assert_request("GET", URL, raised=given)


NAMED: list[tuple[Any, type[Exception]]] = [
    ("connect", exceptions.EndpointConnectionError),
    ("dns", exceptions.EndpointConnectionError),
    ("tls", exceptions.SSLError),
    ("timeout", exceptions.ReadTimeoutError),
    ("read", exceptions.ConnectionClosedError),
]


@pytest.mark.parametrize(("name", "raised"), NAMED)
def test_failures(http: HttpPlugin, name: Any, raised: type[Exception]) -> None:
    http.mock_error("GET", URL, raises=name)
    with tripwire.sandbox(), pytest.raises(raised):
        client().get_object(Bucket="bucket", Key="key")
    http.assert_request("GET", URL, raised=name)


def test_a_trip_is_neither_wrapped_nor_retried() -> None:
    with tripwire.sandbox(), pytest.raises(tripwire.UnmockedInteractionError) as caught:
        client(attempts=4).get_object(Bucket="bucket", Key="key")
    assert str(caught.value).splitlines()[0] == f"nothing answers this call: GET {URL}"


def test_retries_are_botocores_own(http: HttpPlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    http.mock_error("GET", URL, raises="read")
    http.mock_response("GET", URL, status=503)
    http.mock_response("GET", URL, body=b"at last")
    with tripwire.sandbox():
        result = client(attempts=3).get_object(Bucket="bucket", Key="key")
    assert result["ResponseMetadata"]["RetryAttempts"] == 2
    http.assert_request("GET", URL, raised="read")
    http.assert_request("GET", URL, status=503)
    http.assert_request("GET", URL, status=200)


class Raw(io.BytesIO):
    def stream(self) -> list[bytes]:
        return [self.read()]


def test_a_handler_that_answers_is_left_alone() -> None:
    raw = Raw(
        b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>7</Account>"
        b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    sts = client("sts")
    sts.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, raw))
    with tripwire.sandbox():
        assert sts.get_caller_identity()["Account"] == "7"
