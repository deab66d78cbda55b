"""A mock in the place of a function that everything calls."""

import tripwire


def test_length():
    tripwire.mock("builtins:len").returns(3)
