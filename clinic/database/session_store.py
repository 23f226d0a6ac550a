"""Django's sessions in the database, read and written without making the SQL anew: most pages need one."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from clinic.compiled_query import CompiledQuery, Param

LIVE = CompiledQuery(
    lambda: Session.objects.filter(
        session_key=Param("key", CharField()), expire_date__gt=Param("now", DateTimeField())
    ).values_list("session_data", flat=True)
)
WRITE = "UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s"


class SessionStore(db.SessionStore):  # the class's name is part of what a session is signed with
    def load(self):
        data = next(LIVE(key=self.session_key, now=timezone.now()), None)
        if data is None:
            self._session_key = None
        return self.decode(data) if data else {}

    def save(self, must_create=False):
        if must_create or self.session_key is None:
            return super().save(must_create)
        try:
            is_there = write(self.create_model_instance(self._get_session()))
        except DatabaseError as error:
            raise UpdateError from error
        if not is_there:
            raise UpdateError


def write(row: Session) -> bool:
    """Whether it was still there. One statement needs no transaction."""
    expires = connection.ops.adapt_datetimefield_value(row.expire_date)
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [row.session_data, expires, row.session_key])
        return cursor.rowcount > 0
