import shop

import tripwire


def test_no_branch():
    branch = tripwire.mock("shop:branch").returns(None)
    with tripwire:
        assert shop.branch() is None
    branch.assert_call(args=(), kwargs={}, returned=None)
