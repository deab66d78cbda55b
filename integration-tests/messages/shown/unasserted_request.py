"""Requests that are not asserted. Secrets are pasted as `mock.ANY`."""

import shop

import tripwire


def test_order():
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/tea", json={"cents": 300})
    tripwire.http.mock_response("POST", "https://shop.example.com/orders", status=201)

    with tripwire:
        shop.price("tea", api_key="k-123456")
        shop.order("tea")
