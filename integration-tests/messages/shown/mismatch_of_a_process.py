"""A process that differs from what is asserted. Its secret is masked."""

import shop

import tripwire


def test_release():
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)

    with tripwire:
        shop.release("v1", token="t-123456")

    tripwire.popen.assert_spawn(command=["git", "push", "--password", "t-123456", "v2"], stdin=None)
    tripwire.popen.assert_wait()
