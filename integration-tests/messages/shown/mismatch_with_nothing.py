"""An assertion, where nothing was called."""

import shop

import tripwire


def test_order():
    with tripwire:
        pass

    tripwire.http.assert_request("GET", f"{shop.ADDRESS}/prices/tea")
