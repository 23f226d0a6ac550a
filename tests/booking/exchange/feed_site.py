"""A site with https on 127.0.0.1 whose answers a test chooses."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

HAS_OPENSSL = bool(shutil.which("openssl"))
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    def __init__(self, port: int) -> None:
        self.address = f"https://localhost:{port}/secret-words/busy.ics"
        self.port = port
        self.asked: list[dict[str, str]] = []  # the headers of each request
        self.answer: Answer = says(b"")


def says(content: bytes, status: int = 200, **headers: str) -> Answer:
    given = {"Content-Length": str(len(content))} | {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in given.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def certificate(folder: Path) -> tuple[Path, Path]:
    key, made = folder / "key.pem", folder / "certificate.pem"
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *name]
    subprocess.run([*make, "-keyout", key, "-out", made], check=True, capture_output=True)
    return key, made


@contextmanager
def site(key: Path, made: Path) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known.asked.append(dict(self.headers) | {"path": self.path})
            with suppress(OSError):  # the reader went away
                known.answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    known = Site(server.server_port)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
