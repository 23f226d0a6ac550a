"""Whether an error says that the database is away, and not that a query is wrong."""

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError

AWAY = (OperationalError, InterfaceError, InternalError)  # the last one: a standby that only reads


def is_lost(error: BaseException | None) -> bool:
    """Whether it, or what led to it, is the loss of the database. Sessions hide it behind errors of their own."""
    return error is not None and (_is_away(error) or is_lost(error.__context__))


def _is_away(error: BaseException) -> bool:
    # A driver that lost its place in the conversation says only DatabaseError. Django's own of that name have no cause.
    return isinstance(error, AWAY) or (type(error) is DatabaseError and error.__cause__ is not None)
