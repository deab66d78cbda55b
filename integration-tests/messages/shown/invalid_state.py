"""A step that comes up in a state that does not allow it: one session for two processes."""

import shop

import tripwire


def test_release():
    session = tripwire.popen.new_session()
    session.expect("spawn", returns=None)
    session.expect("spawn", returns=None, required=False)
    session.expect("wait", returns=0, required=False)

    with tripwire:
        shop.release("v1", token="t-123456")

    tripwire.popen.assert_spawn(command=["git", "push", "--password", "t-123456", "v1"], stdin=None)
