"""A step that comes up in a state that does not allow it: nobody has scripted the start of the process."""

import shop

import tripwire


def test_release():
    tripwire.popen.new_session().expect("wait", returns=0, required=False)

    with tripwire:
        shop.release("v1", token="t-123456")
