"""Arguments that the real thing would not take."""

import tripwire


class Mailer:
    def send(self, to, *, subject="Hello"): ...


def test_dispatch():
    mailer = tripwire.mock("Mailer", spec=Mailer)
    mailer.send.returns(None).required(False)

    with tripwire:
        mailer.send("ada@example.com", topic="Your tea")
