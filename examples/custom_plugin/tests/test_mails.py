"""What programs do with smtplib."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

import tripwire


def welcome(*addresses: str) -> dict[str, tuple[int, bytes]]:
    message = EmailMessage()
    message["From"], message["To"] = "shop@example.com", ", ".join(addresses)
    message["Subject"] = "Willkommen, schöne Grüße"
    message.set_content("Hello!\n.\n..and welcome\n")
    with smtplib.SMTP("mail.example.com", 587) as server:
        server.starttls()
        server.login("shop", "secret")
        return server.send_message(message)


def test_the_genuine_client_speaks_to_the_server_in_memory():
    tripwire.smtp.mock_mail("ada@example.com")

    with tripwire:
        assert welcome("ada@example.com", "bob@example.com") == {}

    tripwire.smtp.assert_mail(
        sender="shop@example.com",
        to=["ada@example.com", "bob@example.com"],
        subject="Willkommen, schöne Grüße",
        text="Hello!\n.\n..and welcome\n",
    )


def test_the_server_refuses():
    tripwire.smtp.mock_mail("ada@example.com", reply=(552, b"mailbox full"))

    with tripwire, pytest.raises(smtplib.SMTPDataError, match="mailbox full"):
        welcome("ada@example.com")

    tripwire.smtp.assert_mail(to=["ada@example.com"], subject="Willkommen, schöne Grüße")


def test_an_unmocked_mail_names_what_was_nearest():
    tripwire.smtp.mock_mail("bob@example.com")

    with tripwire, pytest.raises(tripwire.UnmockedInteractionError) as caught:
        welcome("ada@example.com")

    assert "mock_mail('bob@example.com'): it is for another address" in str(caught.value)
    assert str(caught.value).endswith("tripwire.smtp.mock_mail('ada@example.com')")
    with tripwire:
        welcome("bob@example.com")
    tripwire.smtp.assert_mail(to=["bob@example.com"], subject="Willkommen, schöne Grüße")


def test_a_connection_from_before_the_sandbox_trips(real_server):
    server = smtplib.SMTP("127.0.0.1", real_server)

    with tripwire, pytest.raises(tripwire.UnmockedInteractionError, match="opened before the sandbox"):
        server.noop()

    server.close()


def test_a_scripted_connection_ends_with_the_sandbox():
    with tripwire:
        server = smtplib.SMTP("mail.example.com")

    with pytest.raises(smtplib.SMTPServerDisconnected):
        server.noop()
