"""Permissions as Django stores them, read on each request with one fast query."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db.models import IntegerField, QuerySet

from clinic.compiled_query import CompiledQuery, Param


class RightsBackend(ModelBackend):
    """Django's own authentication, with a compiled query for the user's permissions, own and by group."""

    def get_user(self, user_id):
        user = next(PERSON(user=user_id), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app}.{name}" for app, name in RIGHTS(user=user_obj.pk)}
        return user_obj._perm_cache


def _rights() -> QuerySet:
    user = Param("user", IntegerField())
    own = User.user_permissions.through.objects.filter(user=user)
    roles = User.groups.through.objects.filter(user=user).values("group")
    by_role = Group.permissions.through.objects.filter(group__in=roles)
    of_both = own.values("permission").union(by_role.values("permission"), all=True)
    return Permission.objects.filter(pk__in=of_both).order_by().values_list("content_type__app_label", "codename")


PERSON = CompiledQuery(lambda: User.objects.select_related("staff_account").filter(pk=Param("user", IntegerField())))
RIGHTS = CompiledQuery(_rights)
