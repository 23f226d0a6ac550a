"""DATABASE_URL: what it says, and a sentence on what is wrong with it."""

from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

EXAMPLE = "postgres://user:password@host:5432/name"
IN_MEMORY = "sqlite://:memory:"  # not a URL to Python: it takes “memory” for the port
SCHEMES = ("postgres", "postgresql", "sqlite")
# What a database driver says, in any order of its words, and what to do about it.
REASONS = {
    "password authentication failed": "The database refuses the user or the password in DATABASE_URL.",
    "no password supplied": "The database asks for a password: add it to DATABASE_URL.",
    "no pg_hba.conf entry": "The database lets nobody in from this machine with the user in DATABASE_URL.",
    "role": "The database does not know the user in DATABASE_URL.",
    "database": "The server has no database of the name in DATABASE_URL: create it, or correct the name.",
    "translate host name": "There is no host of the name in DATABASE_URL.",
    "unable to open database file": "The SQLite file cannot be opened: does its folder exist, and may you write there?",
    "no such table": "The database has no tables yet: run manage.py migrate.",
    "relation": "The database has no tables yet: run manage.py migrate.",
}
MISSING = ("role", "database", "relation")  # said as: role "clinic" does not exist
UNREACHABLE = "No database answers at the address in DATABASE_URL: is it running, and are host and port right?"
NO_ANSWER = ("connection refused", "timeout", "timed out", "could not connect", "no route to host", "server closed")


def settings_of(url: str) -> dict:
    """Django's settings of that database. Raises ImproperlyConfigured with a sentence."""
    if url == IN_MEMORY:
        return environ.Env.db_url_config(url)
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        parts = None
    if parts is None or "@" in parts.path + parts.query + parts.fragment:
        _refuse(f"has to look like {EXAMPLE}. In the password, write / as %2F, # as %23, ? as %3F and : as %3A")
    if parts.scheme not in SCHEMES:
        _refuse(f"has to begin with postgres:// or sqlite:///, such as {EXAMPLE}")
    if parts.scheme != "sqlite" and not parts.path.strip("/"):
        _refuse(f"names no database: it has to end with one, such as {EXAMPLE}")
    return environ.Env.db_url_config(url)


def _refuse(what: str) -> None:
    raise ImproperlyConfigured(f"DATABASE_URL {what}.")


def explain(error: Error) -> str:
    """One sentence on why a command could not use the database."""
    said = str(error).lower()
    for words, sentence in REASONS.items():
        if words in said and (words not in MISSING or "does not exist" in said):
            return sentence
    if any(words in said for words in NO_ANSWER):
        return UNREACHABLE
    return f"The database failed ({type(error).__name__})."
