"""A trip that was expected, and did not come."""

import shop

import tripwire


def test_order():
    tripwire.http.mock_response("POST", "https://shop.example.com/orders", status=201)

    with tripwire, tripwire.expect_trip(tripwire.UnmockedInteractionError):
        shop.order("tea")
