"""How the admin prints a moment: never without its zone."""

DATETIME_FORMAT = "D, N j, Y, P T"
