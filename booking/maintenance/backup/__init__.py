"""A copy of the whole database in one sealed file, and the way back.

`sealed` is the file, `sqlite` and `postgres` read and write a database, `taking` and `restoring` are the two commands.
"""


class CannotBackUp(Exception):
    """The sentence says why. Neither the database nor an older backup was changed."""
