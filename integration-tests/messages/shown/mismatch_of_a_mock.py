"""A call of a mock that differs from what is asserted."""

import random

import tripwire


def test_dice():
    randint = tripwire.mock("random:randint").returns(6)

    with tripwire:
        random.randint(1, 6)

    randint.assert_call(args=(1, 20))
