"""gunicorn -c deploy/gunicorn.conf.py clinic.wsgi, behind the proxy of deploy/nginx.conf."""

import glob
import os
import shutil
import tempfile
from contextlib import suppress
from wsgiref.util import setup_testing_defaults

from gunicorn.http.errors import ParseException
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    def handle_error(self, req, client, addr, exc):
        """Our page for what cannot be read: gunicorn's has no phone number, and it and the log would quote a name."""
        if not isinstance(exc, ParseException):
            return super().handle_error(req, client, addr, exc)
        self.log.warning("a request cannot be read: %s", type(exc).__name__)
        with suppress(OSError):
            write_nonblock(client, unreadable(self.wsgi))


def unreadable(application):
    """What the site itself answers to an address that nobody can read."""
    environ = {"QUERY_STRING": "%00", "wsgi.url_scheme": "https"}
    setup_testing_defaults(environ)
    said = []
    body = b"".join(application(environ, lambda *answer: said.extend(answer)))
    status, headers = said
    lines = [f"HTTP/1.1 {status}", *map(": ".join, headers), f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class, threads = Worker, 4  # fewer than four, and passwords that are being checked stop the others
graceful_timeout = 20
keepalive = 30  # longer than the proxy keeps its connections: it would send a form into one that is being closed
preload_app = True  # a new worker is there at once. Nothing may open the database before the fork: tests/test_deploy.py
control_socket_disable = True
limit_request_line = 8190  # as long as the proxy takes: by itself it refuses what somebody pasted into a search
forwarder_headers = ""  # else a proxy that lets SCRIPT_NAME through lets a visitor move the site below another path
_memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
if _memory:  # on a disk that is full or slow the workers would count as dead
    worker_tmp_dir = _memory

# What each process counts for /metrics, of this master alone. This file is read again at each reload.
_mine = f"clinic-metrics-{os.getpid()}-"
if _mine not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    for _left in glob.glob(f"{_memory}/clinic-metrics-*-*"):  # noqa: PTH207
        if not os.path.exists(f"/proc/{_left.split('-')[2]}"):  # noqa: PTH110
            shutil.rmtree(_left, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=_mine, dir=_memory)

# The path alone: a query or a Referer may hold a private link. ValueFreeFormatter masks the one in the path, also in
# gunicorn's own error messages.
access_log_format = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)s ms'
_format = "json" if os.environ.get("LOG_FORMAT") == "json" else "masked"
_handlers = {"handlers": ["console"], "level": "INFO", "propagate": False}
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "masked": {
            "()": "clinic.web.logs.ValueFreeFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "clinic.web.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": _format}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"gunicorn.error": _handlers, "gunicorn.access": _handlers},
}
