"""Lets few passwords be hashed at a time, so that this process goes on answering: a hash takes long on purpose."""

import threading
from collections import Counter
from contextlib import contextmanager

FROM_ONE_ADDRESS = 2  # one that is hashed and one that waits
AT_ALL = 3  # of the four threads that a process should have at least

_inside: Counter[str] = Counter()
_counting, _hashing = threading.Lock(), threading.Lock()


class Busy(Exception):
    """Too many are inside: nothing was counted or hashed."""


@contextmanager
def turn(address):
    """One at a time, in this process. Raises Busy instead of letting a queue take all threads."""
    with _counting:
        if _inside[address] >= FROM_ONE_ADDRESS or _inside.total() >= AT_ALL:
            raise Busy
        _inside[address] += 1
    try:
        with _hashing:
            yield
    finally:
        with _counting:
            _inside[address] -= 1
            if not _inside[address]:
                del _inside[address]
