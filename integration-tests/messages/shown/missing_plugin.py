import shop

import tripwire


def test_release():
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0)
    with tripwire:
        assert shop.release("v1", "s3cret") == 0
