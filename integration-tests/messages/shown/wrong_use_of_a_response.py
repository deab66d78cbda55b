"""A status of a wrong type."""

import tripwire


def test_price():
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/tea", status="200")
