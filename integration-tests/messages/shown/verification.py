"""Several things at once."""

import shop

import tripwire


def test_order():
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/tea", json={"cents": 300})
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/coffee", json={"cents": 250})

    with tripwire:
        shop.price("tea")
