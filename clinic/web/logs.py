"""Log lines without what people typed, and without the secrets of private links."""

import logging
import re
import traceback

SECRET = re.compile(r"(/visit/)[^/\s\"?]+")


class ValueFreeFormatter(logging.Formatter):
    """Names the kind of error and where it happened; its message may quote a patient, so it is left out."""

    def formatException(self, exc_info):  # noqa: N802 - logging's own name
        kind, _error, trace = exc_info
        frames = [f"  {f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace)]
        return "\n".join([*frames, kind.__name__ if kind else "no error"])

    def format(self, record):
        record.exc_text = None  # another handler's text would carry the values
        return SECRET.sub(r"\1...", super().format(record))
