"""A function that somebody else has patched."""

from unittest import mock

import shop

import tripwire


def test_branch():
    with mock.patch("subprocess.run"), tripwire:
        shop.branch()
