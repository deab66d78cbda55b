"""stripe, on requests, and async on httpx and aiohttp."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
import requests
import stripe

import tripwire

from .api import Api, hidden_trips

CUSTOMERS = [
    {"id": f"cus_{number}", "object": "customer", "email": f"{number}@x.example"} for number in range(3)
]
DECLINED = {
    "error": {"type": "card_error", "code": "card_declined", "message": "no money", "param": "amount"}
}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)


@pytest.fixture
def service(api: Api) -> Api:
    api.varying = ["Idempotency-Key", "X-Stripe-Client-Telemetry"]
    return api


def client(api: Api, http_client: Any, retries: int = 2) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_secret",
        base_addresses={"api": api.url, "files": api.url},
        http_client=http_client,
        max_network_retries=retries,
    )


def with_client(api: Api, use: Any) -> Any:
    """A program that uses a client on requests."""

    def program() -> Any:
        with requests.Session() as session:
            return use(client(api, stripe.RequestsClient(session=session)))

    return program


def test_a_customer_is_made_at_the_second_try(service: Api) -> None:
    service.answer("POST", "/v1/customers", status=500, json={"error": {"message": "oops"}})
    service.answer("POST", "/v1/customers", json=CUSTOMERS[0])
    params = {"email": "0@x.example", "metadata": {"city": "Köln"}}
    program = with_client(service, lambda stripe: stripe.v1.customers.create(params).id)
    assert service.use(program) == "cus_0"
    keys = {request.headers["Idempotency-Key"] for request in tripwire.http.requests}
    assert len(keys) == 1, "the same for both tries"
    for status in (500, 200):
        tripwire.http.assert_request(
            "POST",
            f"{service.url}/v1/customers",
            headers={"Authorization": "Bearer sk_secret", "Idempotency-Key": ANY},
            form={"email": "0@x.example", "metadata[city]": "Köln"},
            status=status,
        )


def test_customers_page_by_page(service: Api) -> None:
    service.answer(
        "GET",
        "/v1/customers",
        json={"object": "list", "data": CUSTOMERS[:2], "has_more": True, "url": "/v1/customers"},
    )
    service.answer(
        "GET",
        "/v1/customers",
        json={"object": "list", "data": CUSTOMERS[2:], "has_more": False, "url": "/v1/customers"},
    )

    def all_of_them(stripe: Any) -> Any:
        return [customer.email for customer in stripe.v1.customers.list({"limit": 2}).auto_paging_iter()]

    assert service.use(with_client(service, all_of_them)) == ["0@x.example", "1@x.example", "2@x.example"]
    tripwire.http.assert_request("GET", f"{service.url}/v1/customers", params={"limit": "2"})
    tripwire.http.assert_request(
        "GET", f"{service.url}/v1/customers", params={"limit": "2", "starting_after": "cus_1"}
    )


def test_a_quote_is_downloaded_as_a_stream(service: Api) -> None:
    service.answer(
        "GET",
        "/v1/quotes/q1/pdf",
        stream=[b"%PDF-", b"1.4 ", b"..."],
        headers=[("Content-Type", "application/pdf")],
    )
    program = with_client(
        service,
        lambda stripe: (
            b"".join(iter(lambda: pdf.read(4), b"")) if (pdf := stripe.v1.quotes.pdf("q1").io) else None
        ),
    )
    assert service.use(program) == b"%PDF-1.4 ..."
    tripwire.http.assert_request("GET", f"{service.url}/v1/quotes/q1/pdf", response_body=b"%PDF-1.4 ...")


def test_a_file_is_uploaded(service: Api, tmp_path: Path) -> None:
    (tmp_path / "id.png").write_bytes(b"\x89PNG")
    service.answer("POST", "/v1/files", json={"id": "file_1", "object": "file"})

    def upload(stripe: Any) -> Any:
        with (tmp_path / "id.png").open("rb") as file:
            return stripe.v1.files.create({"purpose": "identity_document", "file": file}).id

    assert service.use(with_client(service, upload)) == "file_1"
    tripwire.http.assert_request(
        "POST", f"{service.url}/v1/files", form={"purpose": "identity_document"}, files={"file": b"\x89PNG"}
    )


def test_errors_are_translated(service: Api) -> None:
    charge = with_client(service, lambda stripe: stripe.v1.charges.create({"amount": 5, "currency": "eur"}))
    service.answer("POST", "/v1/charges", status=402, json=DECLINED)
    error = service.error(stripe.CardError, charge)
    assert (error.code, error.param, error.http_status) == ("card_declined", "amount", 402)
    form = {"amount": "5", "currency": "eur"}
    tripwire.http.assert_request("POST", f"{service.url}/v1/charges", form=form, status=402)

    for _ in range(3):
        service.fail("POST", "/v1/charges", "read")
    service.error(stripe.APIConnectionError, charge)
    for _ in range(3):
        tripwire.http.assert_request("POST", f"{service.url}/v1/charges", form=form, raised="read")


@pytest.mark.parametrize("make_http_client", [stripe.HTTPXClient, stripe.AIOHTTPClient])
def test_async_on_httpx_and_aiohttp(service: Api, make_http_client: Any) -> None:
    service.answer("GET", "/v1/customers/cus_1", status=503, json={"error": {"message": "later"}})
    service.answer("GET", "/v1/customers/cus_1", json=CUSTOMERS[1])
    service.answer("GET", "/v1/quotes/q1/pdf", stream=[b"%PDF-", b"1.4"])

    async def program() -> Any:
        http_client = make_http_client()
        strict = client(service, http_client)
        customer = await strict.v1.customers.retrieve_async("cus_1")
        quote = await strict.v1.quotes.pdf_async("q1")
        content = b"".join([part async for part in quote.stream()])
        await http_client.close_async()
        return customer.email, content

    assert service.use(program) == ("1@x.example", b"%PDF-1.4")
    for status in (503, 200):
        tripwire.http.assert_request("GET", f"{service.url}/v1/customers/cus_1", status=status)
    tripwire.http.assert_request("GET", f"{service.url}/v1/quotes/q1/pdf", response_body=b"%PDF-1.4")


def test_a_trip_is_not_tried_again(service: Api) -> None:
    program = with_client(service, lambda stripe: stripe.v1.customers.retrieve("cus_1"))
    assert hidden_trips(program) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {service.url}/v1/customers/cus_1",
    ]
