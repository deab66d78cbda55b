"""A trip that the program swallows."""

import shop

import tripwire


def test_order():
    with tripwire:
        shop.try_to_order("tea")
