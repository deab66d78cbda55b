"""Catches the mails a program sends by smtplib; reached as `tripwire.smtp`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes, policy
from typing import Any

from tripwire import Answer, Call, Candidate, Plugin, Source, Target, Unmatched, UnusedMock, user_place

HELLO = b"250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN"
REPLIES = {b"EHLO": HELLO, b"AUTH": b"235 welcome", b"DATA": b"354 go on", b"QUIT": b"221 goodbye"}


class SmtpPlugin(Plugin):
    """Answers mails; each is recorded with its `sender`, `to` (the list of its addresses), `subject` and `text`."""

    name = "smtp"
    public_names = ("smtplib:SMTP.connect", "smtplib:SMTP.sendmail", "smtplib:SMTP.send_message")
    mail = Source("smtp.mail")

    def __init__(self, verifier: Any) -> None:
        super().__init__(verifier)
        self._mocks: list[tuple[str, tuple[int, bytes], Any]] = []
        self.wires: list[Wire] = []

    @classmethod
    def targets(cls) -> Iterable[Target]:
        """Named by path: smtplib is not imported for a program that sends no mail."""
        return [Target("smtplib:SMTP", make.__name__[1:], make) for make in (_connect, _send, _starttls)]

    def mock_mail(self, to: str, *, reply: tuple[int, bytes] = (250, b"queued")) -> None:
        """Let the server answer one mail to an address with a reply."""
        self._mocks.append((to, reply, user_place()))

    def assert_mail(self, *, to: list[str], subject: str, **fields: object) -> None:
        """Assert the next interaction as a mail."""
        __tracebackhide__ = True
        self.verifier.take(self.mail, {"to": to, "subject": subject, **fields})

    def decide(self, call: Call) -> Answer:
        """Use up the first mock of one of the mail's addresses."""
        for mock in self._mocks:
            if mock[0] in call.fields["to"]:
                self._mocks.remove(mock)
                return Answer(mock[1])
        near = [Candidate(f"mock_mail({to!r})", "it is for another address", at) for to, _, at in self._mocks]
        raise Unmatched(candidates=near, paste=f"tripwire.smtp.mock_mail({call.fields['to'][0]!r})")

    def unused(self) -> Iterator[UnusedMock]:
        """The mocks that are left."""
        return (UnusedMock(f"tripwire.smtp.mock_mail({to!r})", place) for to, _, place in self._mocks)

    def closed(self) -> None:
        """No connection serves anybody after the sandbox."""
        while self.wires:
            self.wires.pop().close()


class Wire:
    """Stands for the socket of an `SMTP`, and for its file; behind it is a mail server in memory."""

    def __init__(self, plugin: SmtpPlugin) -> None:
        self._plugin, self._replies = plugin, [b"220 ready\r\n"]
        self._sender, self._to, self._in_data, self._open = "", list[str](), False, True
        plugin.wires.append(self)

    def sendall(self, sent: bytes) -> None:
        verb = sent.split()[0].upper() if sent.strip() else b""
        reply, address = REPLIES.get(verb, b"250 ok"), sent.partition(b"<")[2].partition(b">")[0].decode()
        in_data, self._in_data = self._in_data, verb == b"DATA" and not self._in_data
        if in_data:
            reply = self._deliver(sent.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."))
        elif verb == b"MAIL":
            self._sender, self._to = address, []
        elif verb == b"RCPT":
            self._to.append(address)
        self._replies += [line + b"\r\n" for line in reply.split(b"\r\n")]

    def _deliver(self, mail: bytes) -> bytes:
        message: Any = message_from_bytes(mail.replace(b"\r\n", b"\n"), policy=policy.default)
        body = message.get_body(("plain", "html"))
        fields = {"sender": self._sender, "to": self._to, "subject": message["Subject"]}
        fields["text"] = body and body.get_content()
        words = f"mail to {', '.join(self._to)}: {message['Subject']}"
        return b"%d %s" % self._plugin.intercept(Call(SmtpPlugin.mail, fields, words)).value

    def readline(self, _limit: int) -> bytes:
        return self._replies.pop(0) if self._open else b""  # which is the end of the connection

    def close(self) -> None:
        self._open = False


def _connect(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: Any, host: str = "localhost", port: int = 0, source_address: Any = None) -> Any:
        plugin = SmtpPlugin.serving(SmtpPlugin.mail, f"a connection to the mail server {host}")
        if plugin is None:
            return genuine(self, host, port, source_address)
        self.sock = self.file = Wire(plugin)
        return self.getreply()

    return connect


def _send(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, sent: Any) -> Any:
        words = "something sent over a real connection, opened before the sandbox"
        if not isinstance(self.sock, Wire) and (plugin := SmtpPlugin.serving(SmtpPlugin.mail, words)):
            plugin.intercept(Call(SmtpPlugin.mail, {"to": ["..."]}, words))  # no mock is for that: it trips
        return genuine(self, sent)

    return send


def _starttls(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def starttls(self: Any, **options: Any) -> Any:
        return self.docmd("STARTTLS") if isinstance(self.sock, Wire) else genuine(self, **options)

    return starttls
