"""A body that is not asserted."""

import shop

import tripwire


def test_order():
    tripwire.http.mock_response("POST", "https://shop.example.com/orders", status=201)

    with tripwire:
        shop.order("tea")

    tripwire.http.assert_request("POST", "https://shop.example.com/orders")
