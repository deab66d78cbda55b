"""A mock that is called while no sandbox is open."""

import tripwire


def test_dispatch():
    mailer = tripwire.mock("Mailer")
    mailer.send.returns(None).required(False)

    mailer.send("ada@example.com")
