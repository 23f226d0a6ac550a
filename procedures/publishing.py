"""The only way from a draft to the public: an exact, sanitized, fingerprinted copy of the pages."""

import hashlib
import json
import re
from datetime import date, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.practice_info import local_date
from procedures.lint.finding import Finding
from procedures.models import Picture, Procedure, PublishedVersion
from procedures.plain_text import every_text, parts
from procedures.snapshots import CannotPublish, Content, picture_files, snapshot

LONGEST_NAME = Procedure._meta.get_field("reviewed_by").max_length
UNFINISHED = re.compile(
    r"\[to (?:do|check)\]|\b(?:clinician|lawyer) has yet to check\b|\bthis is a demo\b|\bpractice is made up\b",
    re.IGNORECASE,
)
CHECKED_FOR = timedelta(days=365)


@transaction.atomic
def publish(
    procedure: Procedure, *, by: AbstractBaseUser | None, now: datetime, is_demo: bool = False
) -> PublishedVersion:
    """Publish this draft. If nothing changed since the newest version, return that one.

    Raises CannotPublish if nobody has reviewed exactly this text, a cited source is missing, or something is left to
    fill in, which only a demo shows.
    """
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)  # two publishers must take turns
    if not (procedure.reviewed_by and procedure.reviewed_on and procedure.next_review_on):
        raise CannotPublish(_("No one has reviewed this page yet."))
    if procedure.next_review_on <= local_date(now):
        raise CannotPublish(_("The review is out of date. Have the page reviewed again first."))
    content = snapshot(procedure)
    if procedure.reviewed_sha256 != text_fingerprint(content):
        raise CannotPublish(_("The text has changed since it was reviewed. Have it reviewed again first."))
    if not is_demo and (left := unfinished(content)):
        raise CannotPublish(left[0].sentence)
    Procedure.objects.filter(pk=procedure.pk).update(stage=Procedure.Stage.PUBLISHED)
    sha256 = fingerprint(content)
    newest = procedure.versions.order_by("-number").first()
    if newest and newest.sha256 == sha256:
        return newest
    shown = {file.partition(".")[0] for file in picture_files(content)}
    Picture.objects.filter(sha256__in=shown, published_at=None).update(published_at=now)
    return procedure.versions.create(
        number=newest.number + 1 if newest else 1,
        published_at=now,
        published_by=by,
        content=content,
        sha256=sha256,
    )


@transaction.atomic
def sign(
    procedure: Procedure,
    *,
    reviewer: str,
    on: date,
    next_on: date | None = None,
    text: str | None = None,
    is_demo: bool = False,
) -> None:
    """Record that `reviewer`, a name with its profession, has reviewed the text. The next review is due in a year.

    `text`: the fingerprint of the text that was read. Raises CannotPublish if the text has changed since, without a
    name, or while something is left to check or to fill in.
    """
    procedure = Procedure.objects.select_for_update().get(pk=procedure.pk)
    content = snapshot(procedure)
    now = text_fingerprint(content)
    if not is_demo and (left := unfinished(content)):
        raise CannotPublish(left[0].sentence)
    if not 0 < len(reviewer.strip()) <= LONGEST_NAME:
        raise CannotPublish(_("A review needs a name. Ask a manager to enter yours under your account."))
    if text not in (None, now):
        raise CannotPublish(_("The text changed while you were reading it. Please read it again."))
    procedure.reviewed_by, procedure.reviewed_on, procedure.reviewed_sha256 = reviewer.strip(), on, now
    procedure.next_review_on, procedure.stage = next_on or on + CHECKED_FOR, Procedure.Stage.REVIEW
    procedure.save()


def reviewer_name(user: AbstractBaseUser) -> str:
    """Whose name stands below a text that this user signs: a provider's comes with the profession."""
    provider = getattr(user, "practitioner", None)
    return provider.name if provider else user.get_full_name()


def unfinished(content: Content) -> list[Finding]:
    """What a clinician, a lawyer or the practice still has to check or to write, wherever it stands."""
    places = {text: (part.page, part.anchor) for part in parts(content) for text in part.blocks}
    texts = dict.fromkeys([*places, *every_text(content)])
    says = _("Not ready for patients: “%s”. Settle it and reword or delete it, then have the page reviewed.")
    nowhere = ("", "")
    return [Finding(*places.get(text, nowhere), says % text.rstrip(".")) for text in texts if UNFINISHED.search(text)]


def text_fingerprint(content: Content) -> str:
    """The fingerprint of what a reviewer answers for: everything but the authors, reviewers, sponsors and dates."""
    return fingerprint({name: value for name, value in content.items() if name != "people"})


def fingerprint(content: Content) -> str:
    """The same for the same content on every database, whatever the order of keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
