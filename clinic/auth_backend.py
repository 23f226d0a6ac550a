"""The signed-in user with all permissions, own and by group, as Django stores them: one fast query on each request."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import IntegerField, JSONField, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from clinic.compiled_query import CompiledQuery, Param


class RightsBackend(ModelBackend):
    """Django's own authentication; who is signed in is read together with what they may do."""

    def get_user(self, user_id):
        user = next(PERSON(user=user_id), None)
        if user is None or not self.user_can_authenticate(user):
            return None
        if not user.is_superuser:  # who may do everything, whatever is stored
            user._perm_cache = set(user.rights or ())
        return user


class _JsonList(Subquery):
    """The column `named` of the rows, as a list."""

    output_field = JSONField()
    template = "(SELECT jsonb_agg(named) FROM (%(subquery)s) AS listed)"

    def as_sqlite(self, compiler, connection):
        listed = self.template.replace("jsonb_agg", "json_group_array")
        return super().as_sql(compiler, connection, template=listed)


def _rights() -> QuerySet:
    user = Param("user", IntegerField())
    own = User.user_permissions.through.objects.filter(user=user)
    roles = User.groups.through.objects.filter(user=user).values("group")
    by_role = Group.permissions.through.objects.filter(group__in=roles)
    of_both = own.values("permission").union(by_role.values("permission"), all=True)
    named = Concat("content_type__app_label", Value("."), "codename")
    return Permission.objects.filter(pk__in=of_both).order_by().values(named=named)


def _person() -> QuerySet:
    user = User.objects.filter(pk=Param("user", IntegerField()))
    return user.select_related("staff_account").annotate(rights=_JsonList(_rights()))


PERSON = CompiledQuery(_person)
