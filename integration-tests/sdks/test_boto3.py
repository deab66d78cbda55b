"""boto3, on botocore's session over urllib3."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5, sha256
from typing import Any
from unittest.mock import ANY

import boto3  # type: ignore[import-untyped]
import pytest
from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)

import tripwire

from .api import Api, hidden_trips

SIGNED = ("Authorization", "X-Amz-Date", "amz-sdk-invocation-id")
THREE_TRIES: Any = {"mode": "standard", "total_max_attempts": 3}
LISTING = """<?xml version="1.0"?><ListBucketResult><IsTruncated>{more}</IsTruncated>
<NextContinuationToken>{token}</NextContinuationToken><Contents><Key>{key}</Key></Contents></ListBucketResult>"""
GONE = "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"
XML = [("Content-Type", "application/xml")]


@pytest.fixture
def service(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    api.varying = SIGNED
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # botocore's backoff has no setting
    return api


def with_client(api: Api, name: str, use: Callable[[Any], Any], **config: Any) -> Any:
    def program() -> Any:
        client = SESSION.client(
            name,
            endpoint_url=api.url,
            verify=api.trust.file,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 3},
                s3={"addressing_style": "path"},
                **config,
            ),
        )
        try:
            return use(client)
        finally:
            client.close()

    return program


SESSION = boto3.Session("AKID", "secret", region_name="eu-central-1")


def test_an_object_is_put(service: Api) -> None:
    service.answer("PUT", "/books/a", headers=[("ETag", '"e1"')])

    def put(s3: Any) -> Any:
        return s3.put_object(Bucket="books", Key="a", Body=b"grau", ContentType="text/plain")["ETag"]

    assert service.use(with_client(service, "s3", put)) == '"e1"'
    tripwire.http.assert_request(
        "PUT",
        f"{service.url}/books/a",
        headers={"Content-Type": "text/plain", "Authorization": ANY},
        body=b"grau",
    )


def test_an_object_is_put_in_chunks(service: Api) -> None:
    service.server = "https"
    service.answer("PUT", "/books/a", headers=[("ETag", '"e1"')])
    content = b"grau" * 50_000

    def put(s3: Any) -> Any:
        return s3.put_object(Bucket="books", Key="a", Body=io.BytesIO(content), ChecksumAlgorithm="SHA256")[
            "ETag"
        ]

    assert service.use(with_client(service, "s3", put)) == '"e1"'
    framed = b"30d40\r\n%b\r\n0\r\nx-amz-checksum-sha256:%b\r\n\r\n"
    tripwire.http.assert_request(
        "PUT",
        f"{service.url}/books/a",
        headers={
            "Content-Encoding": "aws-chunked",
            "Expect": "100-continue",
            "X-Amz-Trailer": "x-amz-checksum-sha256",
            "X-Amz-Decoded-Content-Length": "200000",
        },
        body=framed % (content, b64encode(sha256(content).digest())),
    )


def test_a_large_object_is_put_part_by_part_in_threads(service: Api) -> None:
    started = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"
    service.answer("POST", "/books/a", headers=XML, text=started)
    for _ in range(2):
        service.answer("PUT", "/books/a", headers=[("ETag", '"e"')])
    service.answer("POST", "/books/a", headers=XML, text="<CompleteMultipartUploadResult/>")
    size = 5 * 1024 * 1024
    one_by_one = TransferConfig(multipart_threshold=size, multipart_chunksize=size, max_concurrency=1)

    def upload(s3: Any) -> Any:
        s3.upload_fileobj(io.BytesIO(bytes(size + 9)), "books", "a", Config=one_by_one)

    program = with_client(service, "s3", upload, request_checksum_calculation="when_required")
    assert service.use(program) is None
    url = f"{service.url}/books/a?"
    tripwire.http.assert_request("POST", f"{url}uploads")
    for number, length in ((1, size), (2, 9)):
        tripwire.http.assert_request("PUT", f"{url}uploadId=u1&partNumber={number}", body=bytes(length))
    tripwire.http.assert_request("POST", f"{url}uploadId=u1", body=ANY, status=200)


def test_an_object_is_read_as_a_stream(service: Api) -> None:
    content = bytes(range(256)) * 400
    service.answer(
        "GET",
        "/books/a",
        headers=[("Content-Length", str(len(content)))],
        stream=[content[:1000], content[1000:]],
    )

    def read(s3: Any) -> Any:
        body = s3.get_object(Bucket="books", Key="a", Range="bytes=0-")["Body"]
        return body.read(10), b"".join(body.iter_chunks(4096))

    assert service.use(with_client(service, "s3", read)) == (content[:10], content[10:])
    tripwire.http.assert_request(
        "GET", f"{service.url}/books/a", headers={"Range": "bytes=0-"}, response_body=content
    )


def test_a_stream_that_breaks_off(service: Api) -> None:
    service.answer(
        "GET",
        "/books/a",
        headers=[("Content-Length", "100")],
        stream=[b"half", ConnectionResetError(104, "Connection reset by peer")],
    )
    program = with_client(service, "s3", lambda s3: s3.get_object(Bucket="books", Key="a")["Body"].read())
    service.error(ResponseStreamingError, program)
    tripwire.http.assert_request("GET", f"{service.url}/books/a", response_body=b"half")


def test_keys_page_by_page(service: Api) -> None:
    for key, token, more in (("a", "t1", "true"), ("b", "", "false")):
        service.answer("GET", "/books", headers=XML, text=LISTING.format(key=key, token=token, more=more))

    def keys(s3: Any) -> Any:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="books", Prefix="x/ü")
        return [found["Key"] for page in pages for found in page["Contents"]]

    assert service.use(with_client(service, "s3", keys)) == ["a", "b"]
    url, params = f"{service.url}/books", {"list-type": "2", "prefix": "x/ü"}
    tripwire.http.assert_request("GET", url, params=params)
    tripwire.http.assert_request("GET", url, params=params | {"continuation-token": "t1"})


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {"message": "oops"}),
        (400, {"__type": "com.amazonaws#ThrottlingException", "message": "slow down"}),
    ],
)
def test_an_item_is_found_at_the_second_try(service: Api, status: int, answer: Any) -> None:
    service.answer("POST", "/", status=status, json=answer)
    service.answer("POST", "/", json={"Item": {"id": {"S": "1"}, "n": {"N": "5"}}})
    asked: Any = {"TableName": "books", "Key": {"id": {"S": "1"}}}
    program = with_client(service, "dynamodb", lambda db: db.get_item(**asked)["Item"])
    assert service.use(program) == {"id": {"S": "1"}, "n": {"N": "5"}}
    for returned in (status, 200):
        tripwire.http.assert_request(
            "POST",
            f"{service.url}/",
            headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"},
            json=asked,
            status=returned,
        )


def test_a_message_is_received(service: Api) -> None:
    body = "grün"
    message = {"MessageId": "m1", "Body": body, "MD5OfBody": md5(body.encode()).hexdigest()}
    service.answer("POST", "/", json={"Messages": [message]})
    url = f"{service.url}/1/queue"

    def receive(sqs: Any) -> Any:
        return sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"][0]["Body"]

    program = with_client(service, "sqs", receive)
    assert service.use(program) == body
    tripwire.http.assert_request("POST", f"{service.url}/", json={"QueueUrl": url, "WaitTimeSeconds": 1})


def test_errors_are_translated(service: Api) -> None:
    service.answer(
        "GET",
        "/books/a",
        status=404,
        headers=XML,
        text="<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>",
    )
    get = with_client(service, "s3", lambda s3: s3.get_object(Bucket="books", Key="a"), read_timeout=0.05)
    error = service.error(ClientError, get)
    assert (type(error).__name__, error.response["Error"]["Message"]) == ("NoSuchKey", "gone")
    tripwire.http.assert_request("GET", f"{service.url}/books/a", status=404)

    for _ in range(3):
        service.fail("GET", "/books/a", "read")
    service.error(ConnectionClosedError, get)
    for _ in range(3):
        tripwire.http.assert_request("GET", f"{service.url}/books/a", raised="read")

    for _ in range(3):
        service.fail("GET", "/books/a", "timeout")
    service.error(ReadTimeoutError, get)
    for _ in range(3):
        tripwire.http.assert_request("GET", f"{service.url}/books/a", raised="timeout")


def test_a_trip_is_not_tried_again(service: Api) -> None:
    assert hidden_trips(with_client(service, "s3", lambda s3: s3.list_buckets())) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {service.url}/",
    ]


def test_a_trip_in_a_thread_of_the_sdk(service: Api) -> None:
    program = with_client(service, "s3", lambda s3: s3.upload_fileobj(io.BytesIO(b"grau"), "books", "a"))
    count, trip = hidden_trips(program)
    assert count == "1 trip never reached the test:"
    where = f"UnmockedInteractionError: PUT {service.url}/books/a, in thread 'ThreadPoolExecutor-"
    assert trip.startswith(f"  - {where}")
