"""Mocks and steps that nobody used, of every plugin."""

import tripwire


def test_nothing():
    tripwire.http.mock_response("GET", "https://shop.example.com/prices/tea", json={"cents": 300})
    tripwire.subprocess.mock_run(["git", "status"])
    tripwire.popen.new_session().expect("spawn", returns=None).expect("wait", returns=0, required=False)
    tripwire.asyncpg.new_session().expect("connect", returns=None)
    tripwire.mock("Mailer").send.returns(None)

    with tripwire:
        pass
