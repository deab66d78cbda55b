"""An exception that is not asserted."""

import contextlib

import tripwire


def test_dispatch():
    mailer = tripwire.mock("Mailer")
    mailer.send.raises(ConnectionError("no route"))

    with tripwire, contextlib.suppress(ConnectionError):
        mailer.send("ada@example.com")

    mailer.send.assert_call(args=("ada@example.com",))
