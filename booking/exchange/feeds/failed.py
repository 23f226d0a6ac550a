"""Why a feed could not be read."""

from clinic.models import BusyFeed

Failure = BusyFeed.Failure


class FeedFailed(Exception):
    """`why` is a Failure. It names no address: that is a secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
