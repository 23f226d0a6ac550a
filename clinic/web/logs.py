"""Log lines without user input and without the secrets of private links."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

SECRETS = re.compile(r"(/visit/+|/login/+(?:reset|invitation)/+[^/\s]+/+)[^/\s\"?]+")
QUERY = re.compile(r"\?[^\s\"]+")  # what somebody searched for
ENCODED = re.compile(r"%[0-9A-Fa-f]{2}[^\s\"]*")  # another way to write the same secret


class ValueFreeFormatter(logging.Formatter):
    """Logs the kind of error and where it happened, not its message, which may contain patient data."""

    def formatException(self, exc_info):  # noqa: N802 - logging's own name
        kind, _error, trace = exc_info
        frames = [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace)]
        return "\n".join([*frames, kind.__name__ if kind else "no error"])

    def format(self, record):
        record.exc_text = None  # text cached by another handler would contain the values
        return ENCODED.sub("...", SECRETS.sub(r"\1...", QUERY.sub("?...", super().format(record))))


class JsonFormatter(ValueFreeFormatter):
    """One object a line."""

    def format(self, record):
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message, *where = super().format(record).splitlines() or [""]
        line = {"at": at, "level": record.levelname, "logger": record.name, "message": message}
        return json.dumps(line | ({"where": where} if where else {}))
