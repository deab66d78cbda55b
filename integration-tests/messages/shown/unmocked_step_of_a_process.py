"""A process whose session has no such step."""

import shop

import tripwire


def test_release():
    session = tripwire.popen.new_session()
    session.expect("spawn", returns=None)

    with tripwire:
        shop.release("v1", token="t-123456")

    tripwire.popen.assert_spawn(command=["git", "push", "--password", "t-123456", "v1"], stdin=None)
