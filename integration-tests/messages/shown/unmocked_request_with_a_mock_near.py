"""A request, and mocks that do not fit. Secrets are masked."""

import shop

import tripwire


def test_price():
    tripwire.http.mock_response(
        "GET", "https://shop.example.com/price/tea", json={"cents": 300}, required=False
    )
    tripwire.http.mock_response("POST", "https://shop.example.com/prices/tea", required=False)

    with tripwire:
        shop.price("tea", api_key="k-123456")
