"""An assertion that comes too early."""

import shop

import tripwire


def test_branch_and_price():
    tripwire.subprocess.mock_run(["git", "branch", "--show-current"], stdout="main")
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/tea", json={"cents": 300})

    with tripwire:
        shop.branch()
        shop.price("tea")

    tripwire.http.assert_request("GET", "https://shop.example.com/prices/tea")
