"""A mock in the place of a plain value."""

import tripwire


def test_address():
    tripwire.mock("shop:ADDRESS").returns("https://test.example.com")
