"""Admin pages that depend on appointments. The others are in clinic/admin.py."""

from booking.admin import hours, records

__all__ = ["hours", "records"]
