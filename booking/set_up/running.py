"""Lines about the pages, the people who work here, and the backup."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.exchange.feeds.state import PATIENCE
from booking.models import DiaryRow
from booking.roles import ANSWERING
from booking.set_up.line import Line, State, named, tag_of
from clinic.accounts.second_step import requirement
from clinic.models import BusyFeed
from procedures.models import Procedure, PublishedVersion

PRIVACY = "privacy"


def pages() -> Line:
    published = Exists(PublishedVersion.objects.filter(procedure=OuterRef("pk")))
    rows = list(Procedure.objects.filter(is_shown=True).values_list("slug", "name", published))
    waiting = [name for _slug, name, is_out in rows if not is_out]
    has_privacy = any(slug == PRIVACY and is_out for slug, _name, is_out in rows)
    if not rows:
        says, state = _("There are no pages yet. Whoever runs the site starts “manage.py load_content”."), State.TO_DO
    elif waiting:
        says = _("Waiting to be signed by a clinician and published: %s. Hide the ones you don’t need.") % named(
            waiting
        )
        state = State.BEGUN
    else:
        says, state = ngettext("%d page is published", "%d pages are published", len(rows)) % len(rows), State.DONE
    number = {"out": len(rows) - len(waiting), "all": len(rows)}
    tag = _("%(out)d of %(all)d published") % number if waiting else tag_of(state)
    url = reverse("admin:procedures_procedure_changelist")
    return Line("pages", _("Pages, signed and published"), state, tag, says, _("See the pages"), url, not has_privacy)


def staff() -> Line:
    people = list(User.objects.filter(is_active=True, is_staff=True).prefetch_related("groups").order_by("username"))
    lacking = requirement.lacking(people)
    unready = [user.get_short_name() or user.username for user in people if user in lacking or _is_invited(user)]
    can_answer = any(group.name in ANSWERING for user in people for group in user.groups.all())
    state = State.DONE if can_answer and not unready else State.BEGUN
    ready = len(people) - len(unready)
    says = ngettext("%d person can sign in", "%d people can sign in", ready) % ready
    url = reverse("admin:auth_user_changelist")
    if not can_answer:
        says, url = (
            _("Nobody has the role Front desk or Desk lead, so nobody can answer."),
            reverse("admin:auth_user_add"),
        )
    elif unready:
        says = _("Have not signed in yet, or have no second step: %s") % named(unready)
    return Line("staff", _("Staff and roles"), state, tag_of(state), says, _("Add a person"), url, not can_answer)


def _is_invited(user: User) -> bool:
    """And has not come yet: no password was chosen, and nobody signed in by another way."""
    return user.last_login is None and not user.has_usable_password()


def diary() -> Line:
    number = DiaryRow.objects.count()
    state = State.DONE if number else State.OPTIONAL
    says = _("CSV or .ics. You see every row before anything is saved, and patients are not notified.")
    if number:
        says = ngettext("%d entry was imported", "%d entries were imported", number) % number
    title, url = _("Import your old calendar"), reverse("desk:diary_imports")
    return Line("diary", title, state, tag_of(state), says, _("Start import"), url, is_needed=False)


def feeds(*, now: datetime) -> Line:
    rows = list(BusyFeed.objects.values_list("practitioner__name", "failing_since", "read_at"))
    failing = [name for name, since, _read in rows if since and since <= now - PATIENCE]
    waiting = [name for name, _since, read_at in rows if not read_at]
    says = _("If a provider also keeps another calendar, we book them here only when they are free there.")
    state = State.DONE if rows else State.OPTIONAL
    if rows:
        says = ngettext("%d calendar is read", "%d calendars are read", len(rows)) % len(rows)
    if waiting:
        says, state = _("Not read yet: %s") % named(waiting), State.BEGUN
    if failing:
        says, state = _("Not readable: %s") % named(failing), State.FAILED
    title, url = _("Busy times from other calendars"), reverse("desk:feeds")
    return Line("feeds", title, state, tag_of(state), says, _("See the calendars"), url, is_needed=False)
