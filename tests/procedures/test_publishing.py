"""From draft to public: nothing is shown before it is published, and what was shown stays as it was."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from procedures.loading import CONTENT, load
from procedures.models import Procedure, PublishedVersion, Risk, Section, Source
from procedures.publishing import CannotPublish, fingerprint, publish, sign, text_fingerprint
from procedures.snapshots import snapshot
from tests.builders import check_and_publish, local, make_practice

BEFORE_PAIRS = "168c5cf68b669f5dcf067c55da26cb353a6c9a1178846af2414056dbd612d4a0"  # of a text, as it was then
LATER = datetime(2026, 12, 1, 15, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[press](javascript:alert(1))",
    "[press](JaVaScRiPt:alert(1))",
    "[press](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    '<a href="https://example.org" onclick="alert(1)">press</a>',
    "<style>*{display:none}</style>",
    '<iframe src="https://example.org"></iframe>',
    "<javascript:alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\ue000FREE09<script>alert(1)</script>\ue001",
    '[press](https://example.org "onmouseover=alert(1)")',
]
LIVE = (
    "<script",
    "<img",
    "<style",
    "<iframe",
    "<svg",
    " onclick=",
    " onerror=",
    " onmouseover=",
    'href="javascript',
    "data:",
)


@pytest.fixture
def draft(db) -> Procedure:
    Source.objects.create(key="FREE09", citation="A trial")
    return Procedure.objects.create(
        slug="draft", name="A draft", summary="One.", risks_summary="Two.",
        reviewed_by="Dr. Demo, MD", reviewed_on=date(2026, 11, 1), next_review_on=date(2027, 11, 1),
    )  # fmt: skip


def write(procedure: Procedure, body: str, kind: str = "text", **more) -> Section:
    return procedure.sections.create(
        anchor=f"a{Section.objects.count()}", heading="A heading", kind=kind, body=body, **more
    )


def html_of(version: PublishedVersion) -> str:
    return " ".join(section["html"] for section in version.content["pages"]["overview"]["sections"])


def test_loading_twice_changes_nothing(kyphoplasty):
    before = [model.objects.count() for model in (Procedure, Section, Risk, Source, PublishedVersion)]
    assert load(CONTENT / "kyphoplasty.toml", now=LATER) is None
    assert [model.objects.count() for model in (Procedure, Section, Risk, Source, PublishedVersion)] == before


def test_loading_again_keeps_an_editors_changes(kyphoplasty):
    kyphoplasty.sections.filter(anchor="cost").update(body="Ask us. [LCD]")
    kyphoplasty.sections.filter(anchor="other").delete()
    Source.objects.filter(key="LCD").update(citation="Read again")
    load(CONTENT / "kyphoplasty.toml", now=LATER)
    assert kyphoplasty.sections.get(anchor="cost").body == "Ask us. [LCD]"
    assert not kyphoplasty.sections.filter(anchor="other").exists()
    assert Source.objects.get(key="LCD").citation == "Read again"


def test_publishing_an_unchanged_draft_returns_the_existing_version(kyphoplasty):
    first = kyphoplasty.versions.get()
    assert publish(kyphoplasty, by=None, now=LATER, is_demo=True) == first


def test_a_change_makes_the_next_version_and_keeps_the_first(kyphoplasty, django_user_model):
    editor = django_user_model.objects.create(username="editor")
    first = kyphoplasty.versions.get()
    Procedure.objects.filter(pk=kyphoplasty.pk).update(summary="New words.")
    second = check_and_publish(kyphoplasty, by=editor, now=LATER)
    assert (second.number, second.published_by, second.published_at) == (2, editor, LATER)
    assert second.content["summary"] == "New words."
    first.refresh_from_db()
    assert first.content["summary"] != "New words."


def test_the_fingerprint_is_the_same_after_a_round_trip(kyphoplasty):
    version = kyphoplasty.versions.get()
    assert version.sha256 == fingerprint(version.content) == fingerprint(json.loads(json.dumps(version.content)))
    assert version.sha256 == fingerprint(dict(reversed(version.content.items())))


@pytest.mark.parametrize(
    "change", [{"content": {}}, {"sha256": "0" * 64}, {"number": 9}, {"public_id": "x"}, {"published_at": LATER}]
)
def test_the_database_refuses_to_change_what_was_shown(kyphoplasty, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishedVersion.objects.update(**change)


def test_the_user_who_published_can_be_deleted(kyphoplasty, django_user_model):
    editor = django_user_model.objects.create(username="editor")
    Procedure.objects.filter(pk=kyphoplasty.pk).update(summary="New words.")
    version = check_and_publish(kyphoplasty, by=editor, now=LATER)
    editor.delete()
    version.refresh_from_db()
    assert version.published_by is None


def test_a_published_page_cannot_be_deleted_with_its_versions(kyphoplasty):
    with pytest.raises(ProtectedError):
        kyphoplasty.delete()


def test_public_ids_are_long_and_unique(kyphoplasty):
    ids = {PublishedVersion().public_id for _ in range(200)}
    assert len(ids) == 200
    assert all(len(public_id) == 22 for public_id in ids)


def test_an_unreviewed_text_cannot_be_published(draft):
    draft.reviewed_by = ""
    draft.save()
    with pytest.raises(CannotPublish, match="reviewed"):
        publish(draft, by=None, now=LATER)


def test_a_missing_source_prevents_publishing_and_saving(draft):
    section = write(draft, "A claim. [NOWHERE1]")
    with pytest.raises(CannotPublish, match="NOWHERE1"):
        publish(draft, by=None, now=LATER)
    with pytest.raises(ValidationError, match="NOWHERE1"):
        section.full_clean()


def test_an_unknown_drawing_prevents_saving(draft):
    with pytest.raises(ValidationError, match="cat"):
        write(draft, "![A cat](cat)").full_clean()


def test_sources_are_numbered_in_reading_order_once_each(draft):
    Source.objects.create(key="ROS", citation="A society")
    write(draft, "One. [ROS] Two. [FREE09, ROS]")
    version = check_and_publish(draft, now=LATER)
    assert [source["key"] for source in version.content["pages"]["overview"]["sources"]] == ["ROS", "FREE09"]
    assert html_of(version).count('href="#s1"') == 2


def test_a_link_in_brackets_is_a_link_and_not_a_source(draft):
    write(draft, "[NICE](https://www.nice.org.uk/)")
    assert 'href="https://www.nice.org.uk/"' in html_of(check_and_publish(draft, now=LATER))


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_markup_is_never_live(draft, body, client):
    texts = {
        "text": body,
        "steps": f"{body}\n### Step\n{body}",
        "table": f"| {body} | b |\n|---|---|\n| {body} | c |",
        "questions": f"- {body}",
        "answers": f"### {body}\n{body}",
        "words": f"### {body}\n{body}",
        "values": f"| a | b | c |\n|---|---|---|\n| {body} | {body} | {body} |",
    }
    for kind, text in texts.items():
        write(draft, text, kind=kind)
    draft.pairs.create(
        name=body[:120], intro=body, meaning=body, with_it=5, without_words=body[:120], compared_with=body[:160],
        paid_by=body[:120], source=Source.objects.get(),
    )  # fmt: skip
    Risk.objects.create(
        procedure=draft, name=body[:120], per_1000=5, how_bad=body, what_we_do=body, source=Source.objects.get()
    )
    Procedure.objects.filter(pk=draft.pk).update(summary=body, name=body[:80], written_by=body[:120])
    check_and_publish(draft, now=LATER)
    for path in ("/procedures/draft/", "/procedures/draft/risks/"):
        page = client.get(path).content.decode()
        main = page[page.index("<main") :].lower()
        ours = (
            main.replace('<svg class="marks"', "")
            .replace('<svg class="visually-hidden"', "")
            .replace('<svg viewbox="0 0 10 10"', "")
        )
        assert [sign for sign in LIVE if sign in ours and _in_a_tag(ours, sign)] == []


def _in_a_tag(html: str, sign: str) -> bool:
    """Whether this text could act as markup: anywhere if it opens a tag, otherwise only between < and >."""
    if sign.startswith("<"):
        return sign in html
    return any(sign in tag for tag in html.split("<")[1:] if sign in tag.split(">")[0])


def test_a_draft_can_be_viewed_without_writing_anything(draft):
    write(draft, "Words.")
    assert snapshot(draft)["pages"]["overview"]["sections"][0]["html"] == "<p>Words.</p>"
    assert not draft.versions.exists()


@pytest.mark.parametrize(
    "numbers",
    [
        {"per_1000": None, "count_words": ""},
        {"per_1000": 5, "count_words": "and words"},
        {"per_1000": 1001},
        {"per_1000": 5, "low": 6, "high": 9},
        {"per_1000": 5, "low": 1},
        {"per_1000": 5, "low": 1, "high": 1001},
        {"per_1000": None, "count_words": "some", "low": 1, "high": 2},
    ],
)
def test_the_database_refuses_impossible_counts(draft, numbers):
    with pytest.raises(IntegrityError), transaction.atomic():
        Risk.objects.create(procedure=draft, name="A risk", how_bad="Bad.", source=Source.objects.get(), **numbers)


@pytest.mark.parametrize(
    "numbers",
    [
        {"with_it": 101, "without_it": 1},
        {"with_it": 5, "without_it": 101},
        {"with_it": 5},
        {"with_it": 5, "without_it": 1, "without_words": "and words"},
        {"with_it": 90, "without_it": 1, "starts_at": 20},
    ],
)
def test_the_database_refuses_impossible_pairs(draft, numbers):
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.pairs.create(name="A pair", intro="In whom.", source=Source.objects.get(), **numbers)


def test_a_text_without_pairs_and_folds_keeps_the_fingerprint_it_was_reviewed_with(draft):
    write(draft, "It leaks. [FREE09]")
    draft.risks.create(name="A leak", per_1000=183, unit="bones", how_bad="Bad.", source=Source.objects.get())
    assert text_fingerprint(snapshot(draft)) == BEFORE_PAIRS


def test_the_next_review_is_after_the_last(draft):
    draft.next_review_on = draft.reviewed_on
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.save()


def test_two_versions_never_share_a_number(kyphoplasty):
    first = kyphoplasty.versions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        kyphoplasty.versions.create(number=1, published_at=LATER + timedelta(days=1), content=first.content, sha256="x")


def test_what_was_reviewed_is_what_is_published(kyphoplasty):
    kyphoplasty.sections.filter(anchor="cost").update(body="Ask us. [LCD]")
    with pytest.raises(CannotPublish, match="changed since it was reviewed"):
        publish(kyphoplasty, by=None, now=LATER)
    assert check_and_publish(kyphoplasty, now=LATER).number == 2


def test_a_review_is_of_the_text_that_was_read(draft):
    read = text_fingerprint(snapshot(draft))
    write(draft, "Another claim. [FREE09]")
    with pytest.raises(CannotPublish, match="while you were reading it"):
        sign(draft, reviewer="Dr. Demo, MD", on=date(2026, 11, 1), text=read)
    sign(draft, reviewer="Dr. Demo, MD", on=date(2026, 11, 1), text=text_fingerprint(snapshot(draft)))
    draft.refresh_from_db()
    assert draft.next_review_on == date(2027, 11, 1)


def test_a_new_author_needs_no_new_review(draft):
    first = check_and_publish(draft, now=LATER)
    Procedure.objects.update(written_by="Somebody else")
    assert publish(draft, by=None, now=LATER).number == first.number + 1


def test_a_page_is_shown_in_the_readers_language_or_in_english(kyphoplasty, monkeypatch):
    spanish = Procedure.objects.create(slug="kyphoplasty", language="es", name="Cifoplastia", summary="Uno.")
    with monkeypatch.context() as reader:
        reader.setattr("procedures.models.procedure.get_language", lambda: "es")
        assert [page.name for page in Procedure.objects.published()] == ["Balloon kyphoplasty"]
        check_and_publish(spanish, now=LATER)
        assert [page.name for page in Procedure.objects.published()] == ["Cifoplastia"]
    assert [page.name for page in Procedure.objects.published()] == ["Balloon kyphoplasty"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text", "![One](step1)\n\n![Two](step2)"),
        ("steps", "### A\n![One](step1)\n![Two](step2)"),
        ("table", "![One](step1)\n\n| a | b |\n|---|---|\n| c | d |"),
        ("call_911", "![One](step1)"),
    ],
)
def test_a_drawing_that_would_not_be_shown_prevents_saving(draft, kind, body):
    with pytest.raises(ValidationError, match="one drawing"):
        write(draft, body, kind=kind).full_clean()


def test_a_page_about_the_practice_has_one_part(draft):
    Procedure.objects.update(kind="practice")
    draft.refresh_from_db()
    with pytest.raises(ValidationError, match="one part"):
        write(draft, "Words.", page="how").full_clean()


def test_a_part_cannot_be_more_than_its_whole(draft):
    source = Source.objects.get()
    whole = draft.risks.create(name="Whole", per_1000=100, source=source, how_bad="Bad.")
    part = Risk(procedure=draft, name="Part", per_1000=200, source=source, how_bad="Bad.", part_of=whole)
    with pytest.raises(ValidationError, match="can’t be larger"):
        part.full_clean()


def test_while_a_review_is_due_nothing_can_be_published(draft):
    sign(draft, reviewer="Dr. Demo, MD", on=date(2025, 11, 1))
    with pytest.raises(CannotPublish, match="out of date"):
        publish(draft, by=None, now=LATER)


def test_pages_that_come_with_the_product_are_unreviewed_drafts(db):
    load(CONTENT / "vertebroplasty.toml", now=LATER)
    draft = Procedure.objects.get(slug="vertebroplasty")
    assert (draft.stage, draft.reviewed_by, draft.written_by) == ("draft", "", "")
    assert not draft.versions.exists()


@pytest.mark.parametrize(("hour", "is_due"), [(18, False), (19, False), (23, False), (24, True), (33, True)])
def test_a_check_is_due_on_a_day_of_the_practice_not_of_utc(draft, hour, is_due):
    make_practice()
    sign(draft, reviewer="Dr. Demo, MD", on=date(2026, 1, 5), next_on=date(2026, 11, 24))
    now = local(2026, 11, 23) + timedelta(hours=hour)
    if is_due:
        with pytest.raises(CannotPublish, match="out of date"):
            publish(draft, by=None, now=now)
    else:
        assert publish(draft, by=None, now=now).number == 1
