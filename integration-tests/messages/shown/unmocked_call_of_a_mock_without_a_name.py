"""A call of a mock whose outcomes are used up. The test has no name for the mock."""

import random

import tripwire


def test_dice():
    tripwire.mock("random:randint").returns(6)

    with tripwire:
        random.randint(1, 6)
        random.randint(1, 6)
