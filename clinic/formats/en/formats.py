"""Datetime format of the admin: always with the zone."""

DATETIME_FORMAT = "D, N j, Y, P T"
