"""The tables of the staff site that know of appointments: the others stand in clinic/admin.py."""

from booking.admin import hours, records

__all__ = ["hours", "records"]
