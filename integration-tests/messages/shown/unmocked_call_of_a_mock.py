"""A call of a mock that has no outcome for it."""

import tripwire


def test_dispatch():
    mailer = tripwire.mock("Mailer")
    printer = tripwire.mock("Printer")
    printer.print.returns(None).required(False)

    with tripwire:
        mailer.send("ada@example.com", subject="Your tea")
