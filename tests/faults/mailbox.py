"""Mail servers: one that keeps what it gets, and one that takes the connection and says nothing."""

import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes

from tests.faults.patients import REFERENCE


class Mailbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.mails: list[bytes] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_) -> None:
        """Whoever was sending was killed."""

    def copies(self) -> dict[str, Counter[str]]:
        """For each confirmation number, how often each message came."""
        found: dict[str, Counter[str]] = {}
        for mail in map(message_from_bytes, list(self.mails)):
            number = REFERENCE.search(mail["Subject"].replace("\n", ""))  # staff get mail too
            found.setdefault("".join(number.groups()) if number else "", Counter())[mail["Message-ID"]] += 1
        return found


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 ready")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say("354 go on")
                self.take_mail()
            self.say("221 bye" if verb == b"QUIT" else "250 ok")

    def take_mail(self) -> None:
        """Not one that breaks off: whoever was sending it was killed."""
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                self.server.mails.append(b"".join(lines))
                return
            lines.append(line)

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mailbox(port: int = 0) -> Iterator[Mailbox]:
    with Mailbox(port) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def hung() -> Iterator[int]:
    """The port of a mail server that is frozen."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]
