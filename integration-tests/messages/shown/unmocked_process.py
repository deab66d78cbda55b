"""A process that nobody scripted."""

import shop

import tripwire


def test_release():
    with tripwire:
        shop.release("v1", token="t-123456")
