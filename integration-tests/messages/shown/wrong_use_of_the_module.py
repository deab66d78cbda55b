"""A sandbox with brackets."""

import tripwire


def test_nothing():
    with tripwire():
        pass
