"""A trip that the program swallows, and tries again."""

import shop

import tripwire


def test_order():
    with tripwire:
        shop.order_stubbornly("tea")
