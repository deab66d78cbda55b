"""An import path at which there is nothing."""

import tripwire


def test_dice():
    tripwire.mock("random:randinf").returns(6)
