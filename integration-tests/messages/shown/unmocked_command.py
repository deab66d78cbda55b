"""A command that nobody mocked."""

import shop

import tripwire


def test_branch():
    tripwire.subprocess.mock_run(["git", "status"], required=False)

    with tripwire:
        shop.branch()
