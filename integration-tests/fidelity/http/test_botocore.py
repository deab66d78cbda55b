"""botocore: its session, and S3 as boto3 speaks it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

import boto3  # type: ignore[import-untyped, unused-ignore]
import pytest
from botocore import UNSIGNED, exceptions  # type: ignore[import-untyped, unused-ignore]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped, unused-ignore]
from botocore.config import Config  # type: ignore[import-untyped, unused-ignore]
from botocore.httpsession import URLLib3Session  # type: ignore[import-untyped, unused-ignore]

from .programs import PROGRAMS
from .world import World, scenario


def visible(response: Any) -> dict[str, Any]:
    """Everything a program can see of a response."""
    return {
        "status": response.status_code,
        "headers": list(response.headers.items()),
        "url": response.url,
        "content": response.content,
        "raw": (response.raw.status, response.raw.reason, response.raw.version, response.raw.tell()),
        "raw headers": list(response.raw.headers.items()),
    }


class ByBotocore:
    errors = (exceptions.BotoCoreError,)

    def ask(
        self,
        world: World,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        timeout: float | None = None,
    ) -> Any:
        session = URLLib3Session(verify=world.trust.file, timeout=timeout or 5)
        asked = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body)
        try:
            response = session.send(asked.prepare())
            return visible(response)
        finally:
            session.close()


@pytest.fixture(autouse=True)
def fixed_identifiers() -> Iterator[None]:
    """What botocore makes up for each call, made up alike; and no waiting before a retry."""
    unwaiting = mock.patch("botocore.endpoint.time.sleep")
    with mock.patch("botocore.endpoint.uuid.uuid4", return_value="fixed"), unwaiting:
        yield


@pytest.mark.parametrize("name", sorted({*PROGRAMS} - {"text_without_a_type"}))
@scenario(passed=True)
def test_as_every_client(world: World, name: str) -> None:
    PROGRAMS[name](world, ByBotocore())


def s3(world: World, **settings: Any) -> Any:
    given = {"retries": {"total_max_attempts": 1}, "s3": {"addressing_style": "path"}, **settings}
    return boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=world.url,
        verify=world.trust.file,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=Config(signature_version=UNSIGNED, connect_timeout=5, read_timeout=0.1, **given),
    )


def described(result: dict[str, Any]) -> dict[str, Any]:
    """A result without its body."""
    return {name: str(value) for name, value in result.items() if name != "Body"}


@scenario(passed=True)
def test_getting_an_object(world: World) -> None:
    headers = [("ETag", '"e"'), ("x-amz-meta-kind", "test"), ("Content-Type", "text/plain")]
    world.answer("GET", "/bucket/key", body=b"content", headers=headers)
    result = s3(world).get_object(Bucket="bucket", Key="key")
    world.note("object", described(result), result["Metadata"], result["Body"].read(), result["Body"].read())


READINGS: dict[str, Any] = {
    "pieces": lambda body: [body.read(3), body.tell(), body.read(amt=2), body.read()],
    "chunks": lambda body: list(body.iter_chunks(4)),
    "lines": lambda body: list(body.iter_lines()),
    "iterated": list,
    "given up": lambda body: [body.read(2), body.close()],
    "context": lambda body: [body.__enter__().read(), body.__exit__(None, None, None)],
}


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("how", READINGS)
@scenario
def test_streaming_bodies(world: World, how: str, framing: str) -> None:
    text = b"one\ntwo\n\nfour"
    route: dict[str, Any] = {"stream": [text]} if framing == "chunks" else {"body": text}
    world.answer("GET", "/bucket/key", **route)
    world.note(how, READINGS[how](s3(world).get_object(Bucket="bucket", Key="key")["Body"]))


@scenario
def test_a_body_that_breaks(world: World) -> None:
    world.answer(
        "GET", "/bucket/key", stream=[b"half", ConnectionResetError(104, "Connection reset by peer")]
    )
    body = s3(world).get_object(Bucket="bucket", Key="key")["Body"]
    with world.raises(exceptions.ResponseStreamingError):
        body.read()


@scenario
def test_a_body_that_ends_early(world: World) -> None:
    world.answer("GET", "/bucket/key", stream=[b"half"], headers=[("Content-Length", "10")])
    with world.raises(exceptions.BotoCoreError):
        s3(world).get_object(Bucket="bucket", Key="key")["Body"].read()


@pytest.mark.parametrize("content", [b"payload", b"x" * 300_000, b""])
@pytest.mark.parametrize("kind", [bytes, io.BytesIO])
@scenario(passed=True)
def test_putting_an_object(world: World, content: bytes, kind: Any) -> None:
    world.answer("PUT", "/bucket/key", headers=[("ETag", '"e"')])
    world.note("put", described(s3(world).put_object(Bucket="bucket", Key="key", Body=kind(content))))


@scenario(server="https", passed=True)
def test_putting_over_tls(world: World) -> None:
    world.answer("PUT", "/bucket/key", headers=[("ETag", '"e"')])
    world.note(
        "put", described(s3(world).put_object(Bucket="bucket", Key="key", Body=io.BytesIO(b"payload")))
    )


@scenario(passed=True)
def test_uploading_by_the_transfer_manager(world: World) -> None:
    world.answer("PUT", "/bucket/key", headers=[("ETag", '"e"')])
    s3(world).upload_fileobj(io.BytesIO(b"content"), "bucket", "key")
    world.answer("HEAD", "/bucket/key", headers=[("Content-Length", "7"), ("ETag", '"e"')])
    world.answer("GET", "/bucket/key", body=b"content", headers=[("ETag", '"e"')])
    into = io.BytesIO()
    s3(world).download_fileobj("bucket", "key", into)
    world.note("there and back", into.getvalue())


_ERROR = b"<Error><Code>%s</Code><Message>%s</Message><RequestId>1</RequestId></Error>"


@pytest.mark.parametrize(("status", "code"), [(404, b"NoSuchKey"), (403, b"AccessDenied")])
@scenario(passed=True)
def test_errors_of_the_service(world: World, status: int, code: bytes) -> None:
    headers = [("Content-Type", "application/xml")]
    world.answer("GET", "/bucket/key", status=status, body=_ERROR % (code, b"no"), headers=headers)
    with world.raises(exceptions.ClientError) as caught:
        s3(world).get_object(Bucket="bucket", Key="key")
    assert isinstance(caught.value, exceptions.ClientError)
    world.note("response", caught.value.response)


@pytest.mark.parametrize("mode", ["legacy", "standard"])
@scenario(passed=True)
def test_retrying_what_the_service_refuses(world: World, mode: str) -> None:
    for _ in range(2):
        world.answer("GET", "/bucket/key", status=503, body=_ERROR % (b"SlowDown", b"wait"))
    world.answer("GET", "/bucket/key", body=b"at last")
    client = s3(world, retries={"total_max_attempts": 4, "mode": mode})
    result = client.get_object(Bucket="bucket", Key="key")
    world.note("retried", result["ResponseMetadata"]["RetryAttempts"], result["Body"].read())


@pytest.mark.parametrize("mode", ["legacy", "standard"])
@pytest.mark.parametrize("how", ["read", "timeout"])
@scenario
def test_retrying_a_broken_connection(world: World, how: Any, mode: str) -> None:
    world.fail("GET", "/bucket/key", how)
    world.answer("GET", "/bucket/key", body=b"at last")
    client = s3(world, retries={"total_max_attempts": 2, "mode": mode})
    world.note("retried", client.get_object(Bucket="bucket", Key="key")["Body"].read())


@pytest.mark.parametrize("how", ["read", "timeout"])
@scenario
def test_failing_for_good(world: World, how: Any) -> None:
    for _ in range(2):
        world.fail("GET", "/bucket/key", how)
    with world.raises(exceptions.HTTPClientError):
        s3(world, retries={"total_max_attempts": 2, "mode": "standard"}).get_object(
            Bucket="bucket", Key="key"
        )


@scenario
def test_too_late(world: World) -> None:
    world.answer("GET", "/bucket/key", body=b"late", delay=5)
    with world.raises(exceptions.ReadTimeoutError):
        s3(world).get_object(Bucket="bucket", Key="key")


_LIST = (
    "<ListBucketResult><IsTruncated>{more}</IsTruncated><Contents><Key>{key}</Key><Size>1</Size></Contents>"
    "<NextContinuationToken>{key}</NextContinuationToken></ListBucketResult>"
)


@scenario(passed=True)
def test_pages(world: World) -> None:
    for key, more in (("a", "true"), ("b", "true"), ("c", "false")):
        world.answer("GET", "/bucket", body=_LIST.format(key=key, more=more).encode())
    pages = s3(world).get_paginator("list_objects_v2").paginate(Bucket="bucket")
    world.note("pages", [[one["Key"] for one in page["Contents"]] for page in pages])


@scenario(passed=True)
def test_waiting(world: World) -> None:
    world.answer("HEAD", "/bucket/key", status=404)
    world.answer("HEAD", "/bucket/key")
    with mock.patch("botocore.waiter.time.sleep"):
        s3(world).get_waiter("object_exists").wait(Bucket="bucket", Key="key")
    world.note("there", True)


@scenario(passed=True)
def test_events(world: World) -> None:
    seen: list[Any] = []
    client = s3(world)
    client.meta.events.register(
        "before-send", lambda request, **_: seen.append((request.method, request.url))
    )
    client.meta.events.register(
        "after-call", lambda http_response, **_: seen.append(http_response.status_code)
    )
    world.answer("DELETE", "/bucket/key", status=204)
    world.note("deleted", described(client.delete_object(Bucket="bucket", Key="key")), seen)


@scenario(passed=True)
def test_json_protocols(world: World) -> None:
    client = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=world.url,
        config=Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}),
    )
    world.answer("POST", "/", json={"Item": {"id": {"S": "1"}}})
    world.note("item", client.get_item(TableName="t", Key={"id": {"S": "1"}})["Item"])


@scenario(passed=True)
def test_a_proxy(world: World) -> None:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://s3.example.com",
        config=Config(
            signature_version=UNSIGNED, proxies={"http": world.url}, retries={"total_max_attempts": 1}
        ),
    )
    world.answer("HEAD", "http://s3.example.com/bucket")
    world.note("proxy", described(client.head_bucket(Bucket="bucket")))
