"""A request that differs from what is asserted."""

import shop

import tripwire


def test_order():
    tripwire.http.mock_response("POST", "https://shop.example.com/orders", status=201)

    with tripwire:
        shop.order("tea")

    tripwire.http.assert_request(
        "POST", "https://shop.example.com/orders", json={"tea": "coffee", "secret": "4111-1111"}
    )
