"""The plugin keeps the contract of all plugins."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from smtp_for_tripwire import SmtpPlugin

import tripwire
from tripwire.testing import PluginContract


class TestSmtp(PluginContract):
    plugin = SmtpPlugin

    def mock(self, number: int) -> None:
        tripwire.smtp.mock_mail(f"{number}@example.com")

    def call(self, number: int) -> None:
        message = EmailMessage()
        message["To"], message["Subject"] = f"{number}@example.com", "Welcome"
        with smtplib.SMTP("mail.example.com") as server:
            server.send_message(message, from_addr="shop@example.com")

    def check(self, number: int) -> None:
        tripwire.smtp.assert_mail(to=[f"{number}@example.com"], subject="Welcome")
