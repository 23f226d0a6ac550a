"""How many answers of each kind of page and status there were, and how long they took."""

from contextlib import suppress
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram

# An address may hold a private link, and labels are kept for years: the kind of page is all that is counted by.
KINDS = {
    "/admin/desk/": "desk",
    "/admin/": "admin",
    "/request/": "request",
    "/visit/": "patient",
    "/static/": "static",
    "/healthz": "monitor",
    "/metrics": "monitor",
}
PUBLIC = "public"
SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

registry = CollectorRegistry()
answered = Counter("clinic_responses", "Answers by kind of page and status.", ["kind", "status"], registry=registry)
took = Histogram("clinic_response_seconds", "Until an answer began.", ["kind"], buckets=SECONDS, registry=registry)


class MetricsMiddleware:
    """Comes first, so that it counts what any other one answers."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = perf_counter()
        response = self.get_response(request)
        count(request.path_info, response.status_code, perf_counter() - began)
        return response


def count(path: str, status: int, seconds: float) -> None:
    kind = kind_of(path)
    with suppress(OSError):  # the counters' folder is full or gone: a page is worth more than its count
        answered.labels(kind, status).inc()
        took.labels(kind).observe(seconds)


def kind_of(path: str) -> str:
    return next((kind for start, kind in KINDS.items() if path.startswith(start)), PUBLIC)
