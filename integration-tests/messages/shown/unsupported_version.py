import courier

import tripwire


def test_post():
    with tripwire:
        courier.post("tea")
