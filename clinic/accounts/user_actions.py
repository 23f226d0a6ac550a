"""What a manager does for a user on the list of users: invite, and reset the second step."""

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic.accounts import sessions, staff_mail
from clinic.models import StaffMessage


@admin.action(description=gettext_lazy("Invite by email to choose a password"), permissions=["change"])
def invite(modeladmin, request, queryset):
    """To those who have none yet: it replaces a password that the manager would know."""
    invited = [user for user in changeable(modeladmin, request, queryset) if _can_be_invited(user)]
    for user in invited:
        staff_mail.queue(user, StaffMessage.Kind.INVITATION, now=timezone.now())
        modeladmin.log_change(request, user, "invited")
    _tell(modeladmin, request, queryset, invited, _("Only users with an email and without a password are invited."))


@admin.action(description=gettext_lazy("Reset the second step"), permissions=["change"])
def reset_second_step(modeladmin, request, queryset):
    """Of a lost phone: it is signed out, and the next sign-in sets the step up again."""
    having = Authenticator.objects.values("user")
    users = changeable(modeladmin, request, queryset.filter(pk__in=having).exclude(pk=request.user.pk))
    for user in users:
        Authenticator.objects.filter(user=user).delete()
        sessions.end_all(user)
        staff_mail.queue(user, StaffMessage.Kind.CHANGED, now=timezone.now())
        modeladmin.log_change(request, user, "second step reset")
    _tell(modeladmin, request, queryset, users, _("You can only reset other users who have a second step."))


def changeable(modeladmin, request, queryset):
    return [user for user in queryset if modeladmin.has_change_permission(request, user)]


def _can_be_invited(user):
    return bool(user.is_active and user.is_staff and user.email and not user.has_usable_password())


def _tell(modeladmin, request, queryset, done, why_not):
    words = ngettext("Done for %d user.", "Done for %d users.", len(done)) % len(done)
    is_all = len(done) == queryset.count()
    level = messages.SUCCESS if is_all else messages.WARNING
    modeladmin.message_user(request, words if is_all else f"{words} {why_not}", level)
