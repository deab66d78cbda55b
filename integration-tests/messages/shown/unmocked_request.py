"""A request that nobody mocked."""

import shop

import tripwire


def test_price():
    with tripwire:
        shop.price("tea")
