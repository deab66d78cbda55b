"""A client of an API, and every way in which the other side can let it down.

Nothing here waits: pauses are mocked, and a delay longer than the client's timeout strikes at once.
"""

from itertools import islice

import pytest

import tripwire

from .app import (
    API,
    Bookshop,
    BrokenAnswerError,
    NotFoundError,
    RefusedError,
    TooSlowError,
    UnauthorizedError,
    UnreachableError,
)

SLEEP = f"{__package__}.app:sleep"
DUNE = {"isbn": "9780441013593", "title": "Dune"}
EMMA = {"isbn": "9780141439587", "title": "Emma"}
ORDER = {"isbn": "9780441013593", "copies": 2}


@pytest.fixture
def shop():
    with Bookshop("k-1", token="t-1", timeout=5) as shop:
        yield shop


# -- what it is for


def test_pages_are_fetched_as_they_are_needed(shop):
    tripwire.http.mock_response(
        "GET",
        f"{API}/books",
        params={"author": "Austen & Herbert"},
        json={"books": [DUNE]},
        headers={"Link": f'<{API}/books?page=2>; rel="next"'},
    )
    tripwire.http.mock_response("GET", f"{API}/books?page=2", json={"books": [EMMA]})

    with tripwire:
        assert list(shop.books(author="Austen & Herbert")) == [DUNE, EMMA]

    tripwire.http.assert_request("GET", f"{API}/books", params={"author": "Austen & Herbert"}, status=200)
    tripwire.http.assert_request("GET", f"{API}/books", params={"page": 2}, status=200)


def test_no_page_is_fetched_too_many(shop):
    tripwire.http.mock_response(
        "GET",
        f"{API}/books",
        json={"books": [DUNE, EMMA]},
        headers={"Link": f'<{API}/books?page=2>; rel="next"'},
    )

    with tripwire:
        assert next(shop.books()) == DUNE

    tripwire.http.assert_request("GET", f"{API}/books", status=200)


def test_an_order(shop):
    tripwire.http.mock_response("POST", f"{API}/orders", json={"state": "packed"}, status=201)

    with tripwire:
        assert shop.order(DUNE["isbn"], 2, number="o-1") == "packed"

    tripwire.http.assert_request(
        "POST",
        f"{API}/orders",
        json=ORDER,
        headers={"Idempotency-Key": "o-1", "Authorization": "Bearer t-1"},
        status=201,
    )


def test_a_download(shop, tmp_path):
    tripwire.http.mock_response("GET", f"{API}/books/*/sample", stream=[b"In the week ", b"before"])

    with tripwire:
        shop.download(DUNE["isbn"], tmp_path / "dune.txt")

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        ("dune.txt", "In the week before")
    ]
    tripwire.http.assert_request("GET", f"{API}/books/{DUNE['isbn']}/sample", status=200)


def test_events_have_no_end(shop):
    def events():
        number = 0
        while True:
            number += 1
            yield f'event: sale\ndata: {{"number": {number}}}\n\n'

    tripwire.http.mock_response(
        "GET", f"{API}/events", stream=events, headers={"Content-Type": "text/event-stream"}
    )

    with tripwire:
        assert [event["number"] for event in islice(shop.events(), 3)] == [1, 2, 3]

    tripwire.http.assert_request("GET", f"{API}/events", headers={"Accept": "text/event-stream"}, status=200)


# -- the token


def test_a_token_that_has_run_out_is_replaced(shop):
    tripwire.http.mock_response(
        "GET", f"{API}/books", match_headers={"Authorization": "Bearer t-1"}, status=401
    )
    tripwire.http.mock_response("POST", f"{API}/tokens", json={"token": "t-2"}, status=201)
    tripwire.http.mock_response(
        "GET", f"{API}/books", match_headers={"Authorization": "Bearer t-2"}, json={"books": []}
    )

    with tripwire:
        assert list(shop.books()) == []

    tripwire.http.assert_request("GET", f"{API}/books", status=401)
    tripwire.http.assert_request("POST", f"{API}/tokens", json={"key": "k-1"}, status=201)
    tripwire.http.assert_request("GET", f"{API}/books", status=200)


def test_a_key_that_is_not_taken():
    tripwire.http.mock_response("POST", f"{API}/tokens", status=403)

    with (
        tripwire,
        Bookshop("k-0") as shop,
        pytest.raises(UnauthorizedError, match="403 no token for this key"),
    ):
        list(shop.books())

    tripwire.http.assert_request("POST", f"{API}/tokens", json={"key": "k-0"}, status=403)


# -- nobody there, or too slow


@pytest.mark.parametrize("failure", ["connect", "dns", "tls"])
def test_a_shop_that_cannot_be_reached_is_tried_three_times(shop, failure):
    sleep = tripwire.mock(SLEEP).returns(None).returns(None)
    tripwire.http.mock_error("POST", f"{API}/orders", raises=failure, times=3)

    with tripwire, pytest.raises(UnreachableError):
        shop.order(DUNE["isbn"], 2, number="o-1")

    tripwire.http.assert_request("POST", f"{API}/orders", json=ORDER, raised=failure)
    sleep.assert_call(args=(1.0,), returned=None)
    tripwire.http.assert_request("POST", f"{API}/orders", json=ORDER, raised=failure)
    sleep.assert_call(args=(2.0,), returned=None)
    tripwire.http.assert_request("POST", f"{API}/orders", json=ORDER, raised=failure)


def test_an_answer_that_comes_too_late(shop):
    tripwire.http.mock_response("GET", f"{API}/books", json={"books": []}, delay=6)

    with tripwire, pytest.raises(TooSlowError):
        list(shop.books())

    tripwire.http.assert_request("GET", f"{API}/books", raised="timeout")


# -- errors of the shop


@pytest.mark.parametrize(("status", "kind"), [(404, NotFoundError), (409, RefusedError), (400, RefusedError)])
def test_an_error_that_no_other_try_would_mend(shop, tmp_path, status, kind):
    tripwire.http.mock_response("GET", f"{API}/books/1/sample", status=status)

    with tripwire, pytest.raises(kind) as caught:
        shop.download("1", tmp_path / "dune.txt")

    assert caught.value.status == status
    assert list(tmp_path.iterdir()) == []
    tripwire.http.assert_request("GET", f"{API}/books/1/sample", status=status)


def test_a_shop_that_asks_for_patience(shop):
    sleep = tripwire.mock(SLEEP).returns(None)
    tripwire.http.mock_response("GET", f"{API}/books", status=429, headers={"Retry-After": "7"})
    tripwire.http.mock_response("GET", f"{API}/books", json={"books": [DUNE]})

    with tripwire:
        assert list(shop.books()) == [DUNE]

    tripwire.http.assert_request("GET", f"{API}/books", status=429)
    sleep.assert_call(args=(7.0,), returned=None)
    tripwire.http.assert_request("GET", f"{API}/books", status=200)


def test_a_shop_that_stumbles_once(shop):
    sleep = tripwire.mock(SLEEP).returns(None)
    tripwire.http.mock_response("POST", f"{API}/orders", status=500)
    tripwire.http.mock_response("POST", f"{API}/orders", json={"state": "packed"}, status=201)

    with tripwire:
        assert shop.order(DUNE["isbn"], 2, number="o-1") == "packed"

    again = {"Idempotency-Key": "o-1"}
    tripwire.http.assert_request("POST", f"{API}/orders", json=ORDER, headers=again, status=500)
    sleep.assert_call(args=(1.0,), returned=None)
    tripwire.http.assert_request("POST", f"{API}/orders", json=ORDER, headers=again, status=201)


def test_a_shop_that_stays_down(shop):
    sleep = tripwire.mock(SLEEP).returns(None).returns(None)
    tripwire.http.mock_response("GET", f"{API}/books", status=503, times=3)

    with tripwire, pytest.raises(RefusedError, match="503 Service Unavailable"):
        list(shop.books())

    tripwire.http.assert_request("GET", f"{API}/books", status=503)
    sleep.assert_call(args=(1.0,), returned=None)
    tripwire.http.assert_request("GET", f"{API}/books", status=503)
    sleep.assert_call(args=(2.0,), returned=None)
    tripwire.http.assert_request("GET", f"{API}/books", status=503)


# -- answers that are none


@pytest.mark.parametrize("body", ['{"books": [', "<html>", ""])
def test_an_answer_that_is_no_json(shop, body):
    tripwire.http.mock_response("GET", f"{API}/books", body=body)

    with tripwire, pytest.raises(BrokenAnswerError):
        list(shop.books())

    tripwire.http.assert_request("GET", f"{API}/books", status=200)


def test_a_download_that_breaks_off_leaves_nothing(shop, tmp_path):
    tripwire.http.mock_response(
        "GET", f"{API}/books/1/sample", stream=[b"In the week ", ConnectionResetError("peer went away")]
    )

    with tripwire, pytest.raises(BrokenAnswerError):
        shop.download("1", tmp_path / "dune.txt")

    assert list(tmp_path.iterdir()) == []
    tripwire.http.assert_request("GET", f"{API}/books/1/sample", status=200, response_body=b"In the week ")


def test_events_that_break_off(shop):
    tripwire.http.mock_response("GET", f"{API}/events", stream=['data: {"number": 1}\n\n', OSError("gone")])

    with tripwire, pytest.raises(BrokenAnswerError):
        list(shop.events())

    tripwire.http.assert_request("GET", f"{API}/events", status=200)
