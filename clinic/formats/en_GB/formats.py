"""Datetime format of the admin: always with the zone."""

DATETIME_FORMAT = "D j M Y, H:i T"
TIME_FORMAT = "H:i"
