"""A mail server for tests: takes mails over SMTP and keeps them, or answers as the test tells it to."""

import socketserver
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self


class MailServer(socketserver.ThreadingTCPServer):
    """`answers["RCPT"].append("451 later")` is given once, instead of the usual yes. `before_answering` runs when a
    mail has arrived, before the sender hears what becomes of it.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.port: int = self.server_address[1]
        self.answers: defaultdict[str, deque[str]] = defaultdict(deque)
        self.before_answering: Callable[[], Any] = lambda: None
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        self._say("CONNECT", "220 mail.test")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "EHLO":
                self._say(word, "250-mail.test\r\n250-AUTH PLAIN\r\n250 8BITMIME")
            elif word == "RCPT":
                self.server.recipients.append(line)
                self._say(word, "250 yes")
            elif word == "DATA":
                self._take_mail()
            elif word == "QUIT":
                return self._say(word, "221 bye")
            else:
                self._say(word, "235 welcome" if word == "AUTH" else "250 yes")
        return None

    def _take_mail(self) -> None:
        self.wfile.write(b"354 go on\r\n")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        raw = b"".join(lines)
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        if not self.server.answers["DATA"]:
            self.server.mails.append(message)
            self.server.raw.append(raw)
        self.server.before_answering()
        self._say("DATA", "250 taken")

    def _say(self, word: str, usual: str) -> None:
        told = self.server.answers[word]
        self.wfile.write(f"{told.popleft() if told else usual}\r\n".encode())
