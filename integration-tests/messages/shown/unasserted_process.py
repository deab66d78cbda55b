"""A command and a process that are not asserted."""

import shop

import tripwire


def test_release():
    tripwire.subprocess.mock_run(["git", "branch", "--show-current"], stdout="main")
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)

    with tripwire:
        shop.branch()
        shop.release("v1", token="t-123456")
