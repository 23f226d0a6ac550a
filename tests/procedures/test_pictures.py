"""Uploaded pictures: only what is clearly harmless is kept, described, and shown to patients once it is published."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError, transaction
from django.urls import reverse
from PIL import Image, PngImagePlugin

from procedures.models import Picture, Procedure
from procedures.pictures.intake import keep, read
from procedures.pictures.refusal import Refused
from procedures.snapshots import snapshot
from tests.builders import check_and_publish
from tests.procedures.conftest import LOADED
from tests.procedures.staff import WRITE, sign_in, typed

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10">%s</svg>'
GOOD = (
    '<title>A bone</title><defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
    '<g style="fill:url(#a);stroke:none"><path d="M0 0h9" color="rgb(0, 9, 0)" transform="rotate(9)"/></g>'
    '<linearGradient id="b" xlink:href="#a"/>'
)
BAD = {  # what is in the drawing -> the name that the editor is told
    "<script>alert(1)</script>": "script",
    '<path onclick="alert(1)" d="M0 0"/>': "onclick",
    "<foreignObject><p>x</p></foreignObject>": "foreignObject",
    '<image href="https://example.org/x.png"/>': "image",
    '<use href="#a"/>': "use",
    "<style>path{fill:red}</style>": "style",
    '<a href="https://example.org"><path d="M0 0"/></a>': "a",
    '<animate attributeName="d"/>': "animate",
    '<set attributeName="onload"/>': "set",
    "<metadata/>": "metadata",
    '<linearGradient xlink:href="https://example.org/a.svg#a"/>': "href=https://example.org/a.svg#a",
    '<linearGradient xlink:href="data:image/svg+xml,x#a"/>': "href=data:image/svg+xml,x#a",
    '<path fill="url(https://example.org/a.svg#a)"/>': "fill=url(https://example.org/a.svg#a)",
    '<path fill="u\\72l(//x)"/>': "fill=u\\72l(//x)",
    '<path fill="image-set(\'//example.org/a\' 1x)"/>': "fill=image-set('//example.org/a' 1x)",
    '<path style="clip-path:src(\'//example.org/a\')"/>': "clip-path=src('//example.org/a')",
    '<path fill="u/**/rl(//example.org/a)"/>': "fill=u/**/rl(//example.org/a)",
    '<path style="fill:url(//example.org/a)"/>': "fill=url(//example.org/a)",
    '<path style="background:red"/>': "background",
    '<path style="@import url(x)"/>': "@import url(x)",
    '<p xmlns="http://www.w3.org/1999/xhtml">x</p>': "p",
    '<path xmlns:e="https://example.org" e:label="x"/>': "label",
}  # fmt: skip
DOCTYPES = [
    '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    '<!DOCTYPE svg SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
]


def png(size=(8, 6), mode="RGB", **saved) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size).save(made, "PNG", **saved)
    return made.getvalue()


def svg(inside: str, before: str = "") -> bytes:
    return (before + SVG % inside).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read(data)
    return str(refused.value)


@pytest.mark.once
def test_a_plain_drawing_is_kept_with_all_that_it_shows():
    picture = read(b"\xef\xbb\xbf" + svg(GOOD, '<?xml version="1.0"?><?xml-stylesheet href="https://x"?><!-- x -->'))
    text = picture.content.decode()
    assert (picture.kind, picture.width, picture.height) == ("svg", 20, 10)
    assert text.startswith('<svg viewBox="0 0 20 10" xmlns="http://www.w3.org/2000/svg">')
    assert '<g fill="url(#a)" stroke="none"><path d="M0 0h9" color="rgb(0, 9, 0)" transform="rotate(9)" /></g>' in text
    assert 'href="#a"' in text
    assert not re.search(r"style|stylesheet|<!--|https://x", text)
    assert read(picture.content) == picture


@pytest.mark.once
def test_what_a_drawing_may_not_have_is_refused_by_its_name():
    told = {inside: f"This drawing has “{name}” in it" for inside, name in BAD.items()}
    said = {inside: refusal(svg(inside)) for inside in BAD}
    assert {inside: text for inside, text in said.items() if not text.startswith(told[inside])} == {}
    assert {refusal(svg("&a;", doctype))[:32] for doctype in DOCTYPES} == {"This drawing has “DOCTYPE” in it"}


@pytest.mark.once
def test_a_file_that_is_no_picture_of_ours_is_refused_in_a_sentence():
    nested = "<g>" * 50 + "</g>" * 50
    for data, said in {
        b"\xff\xd8\xff\xe0 photo": "This is JPEG. Upload a PNG or an SVG.",
        b"GIF89a": "This is GIF.",
        b"hello": "This is no picture that we know.",
        b"": "This is no picture that we know.",
        b"<html></html>": "This file is not an SVG drawing.",
        b"<svg": "This SVG is damaged.",
        svg("").replace(b' viewBox="0 0 20 10"', b""): "This SVG does not say how large it is.",
        svg("").replace(b"20 10", b"9999 10"): "This SVG does not say how large it is.",
        svg("").replace(b"20 10", b"9" * 400 + b" 10"): "This SVG does not say how large it is.",
        svg(nested): "This SVG has too many parts inside each other.",
        b"\x89PNG\r\n\x1a\n broken": "This PNG is damaged.",
        png()[:-30]: "This PNG is damaged.",
        png((4001, 1), "1"): "This picture has too many points",
        png((3000, 3000), "1"): "This picture has too many points",
        b"<" + b"x" * 200_000: "This picture is larger than 200 kB.",
    }.items():
        assert refusal(data).startswith(said), data[:40]


@pytest.mark.once
def test_a_png_is_made_anew_from_its_points_alone():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "June Demo, 1951-03-09")
    given = png(pnginfo=text, icc_profile=b"profile of a camera", dpi=(72, 72)) + b"<script>alert(1)</script>"
    picture = read(given)
    assert (picture.kind, picture.width, picture.height) == ("png", 8, 6)
    assert {
        chunk for chunk in (b"tEXt", b"iCCP", b"pHYs", b"eXIf", b"June", b"script") if chunk in picture.content
    } == set()
    with Image.open(io.BytesIO(read(png(mode="P", transparency=0)).content)) as seen:
        assert seen.convert("RGBA").getpixel((0, 0))[3] == 0


@pytest.fixture
def editor(client, django_user_model, kyphoplasty):
    sign_in(client, django_user_model, *WRITE, "add_picture", "view_picture")
    return client


@pytest.fixture
def section(kyphoplasty):
    return kyphoplasty.sections.get(anchor="cost")


def form_of(section) -> str:
    return reverse("admin:procedures_procedure_part", args=[section.procedure_id, "section", section.pk])


def send(client, section, button, **fields):
    posted = typed(client.get(form_of(section)).context["form"], **fields)
    return client.post(form_of(section), posted | {button: ""}, follow=True)


def a_file(data=None, name="Our bone.svg"):
    return SimpleUploadedFile(name, data or svg(GOOD))


def upload(client, section, button="upload", **fields):
    return send(client, section, button, **{"picture_file": a_file(), "picture_words": "A bone of the spine"} | fields)


def a_picture(**more):
    return keep(read(svg(GOOD)), **{"name": "bone.svg", "description": "A bone", "by": None, "now": LOADED} | more)


def test_an_uploaded_picture_is_chosen_with_its_description_and_nothing_else_is_saved(editor, section):
    before = section.body
    page = upload(editor, section, heading="New words")
    picture = Picture.objects.get()
    assert (picture.name, picture.description, picture.uploaded_by.username) == (
        "our-bone", "A bone of the spine", "person",
    )  # fmt: skip
    form = page.context["form"]
    assert (form["picture"].value(), form["alt"].value(), form["heading"].value()) == (
        "our-bone", "A bone of the spine", "New words",
    )  # fmt: skip
    assert picture.file in page.context["preview"]
    section.refresh_from_db()
    assert section.body == before


def test_a_picture_that_is_refused_says_why_and_keeps_the_words(editor, section):
    for given, said in (
        ({"picture_file": a_file(svg("<script/>"))}, "“script” in it"),
        ({"picture_file": a_file(png(), "a.png"), "picture_words": ""}, "This field is required."),
        ({"picture_file": ""}, "This field is required."),
        ({"picture_file": a_file(b"x" * 1_100_000)}, "larger than 200 kB"),
    ):
        button = "save" if given["picture_file"] else "upload"
        page = upload(editor, section, button, heading="New words", **given)
        assert said in page.text, said
        assert page.context["form"]["heading"].value() == "New words"
    assert not Picture.objects.exists()
    section.refresh_from_db()
    assert section.heading != "New words"


def test_a_picture_is_chosen_from_ours_or_from_those_uploaded_and_needs_a_description(editor, kyphoplasty, section):
    picture = a_picture()
    assert "Say what the picture shows" in send(editor, section, "save", picture="step1").text
    for name, alt, line in (
        ("step1", "A [small] cut", '![A (small) cut](step1 "As we do it")'),
        (picture.name, "", '![A bone](bone "As we do it")'),
    ):
        send(editor, section, "save", picture=name, alt=alt, caption="As we do it")
        section.refresh_from_db()
        assert section.body.startswith(line)
    shown = next(
        part for part in snapshot(kyphoplasty)["pages"]["cost"]["sections"] if part["anchor"] == section.anchor
    )
    assert shown["drawing"]["file"] == picture.file
    send(editor, section, "save", picture="", alt="", caption="")
    section.refresh_from_db()
    assert "![" not in section.body
    assert "no picture named nothing" in send(editor, section, "save", picture="nothing", alt="A cat").text


def test_a_step_has_a_picture_of_its_own_and_nothing_changes_by_saving(editor, kyphoplasty):
    a_picture()
    steps = kyphoplasty.sections.get(kind="steps")
    before = steps.body
    send(editor, steps, "save")
    steps.refresh_from_db()
    assert (steps.body, steps.version) == (before, 1)
    send(editor, steps, "save", **{"steps-0-picture": "bone", "steps-0-alt": ""})
    steps.refresh_from_db()
    assert "### A small cut and a thin needle\n\n![A bone](bone)" in steps.body


def test_a_picture_is_everybodys_once_a_page_with_it_is_published(client, kyphoplasty, section, django_user_model):
    picture = a_picture()
    address = reverse("procedures:picture", args=[picture.file])
    section.body = f"![A bone](bone)\n\n{section.body}"
    section.save()
    assert client.get(address).status_code == 404
    sign_in(client, django_user_model, "view_procedure")
    draft = client.get(address)
    assert (draft.status_code, draft["Cache-Control"]) == (200, "private, no-store")
    client.logout()
    check_and_publish(kyphoplasty, now=LOADED)
    assert f'src="{address}"' in client.get("/procedures/kyphoplasty/cost/").text
    shown = client.get(address)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/svg+xml")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.content == bytes(Picture.objects.get().content)
    assert "sessionid" not in client.cookies
    for wrong in (f"{picture.sha256}.png", f"{picture.sha256}", "a.svg"):
        assert client.get(reverse("procedures:picture", args=[wrong])).status_code == 404


def test_another_picture_is_another_text_to_review(kyphoplasty, section):
    first, second = a_picture(), a_picture(name="other", description="x")
    assert first == second  # the same bytes are kept once
    section.body = f"![A bone](bone)\n\n{section.body}"
    section.save()
    before = check_and_publish(kyphoplasty, now=LOADED).sha256
    Picture.objects.all().update(name="gone")
    keep(read(png()), name="bone.png", description="x", by=None, now=LOADED)
    assert check_and_publish(kyphoplasty, now=LOADED).sha256 != before


@pytest.mark.parametrize("change", [{"content": b"x"}, {"sha256": "0" * 64}, {"kind": "png"}, {"width": 1}])
def test_the_database_refuses_to_change_a_picture(db, change):
    a_picture()
    with pytest.raises(IntegrityError), transaction.atomic():
        Picture.objects.update(**change)


def test_the_database_refuses_a_picture_that_is_too_large(db):
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Picture.objects.create(
            name="x", description="x", kind="png", content=b"x" * 200_001, sha256="x", width=1, height=1,
            uploaded_at=LOADED,
        )  # fmt: skip


def test_a_picture_can_be_deleted_until_a_draft_uses_it_or_it_was_published(admin_client, kyphoplasty, section):
    def deletes(picture):
        return admin_client.post(
            reverse("admin:procedures_picture_delete", args=[picture.pk]), {"post": "yes"}
        ).status_code

    picture = a_picture()
    address = reverse("admin:procedures_picture_change", args=[picture.pk])
    assert reverse("procedures:picture", args=[picture.file]) in admin_client.get(address).text
    Picture.objects.update(published_at=LOADED)
    assert deletes(picture) == 403
    Picture.objects.update(published_at=None)
    kyphoplasty.sections.filter(pk=section.pk).update(body='![A bone](bone "Ours")')
    assert deletes(picture) == 403
    kyphoplasty.sections.filter(pk=section.pk).update(body="![A bone](bone-2)")
    assert deletes(picture) == 302
    assert not Picture.objects.exists()


def test_only_those_who_may_upload_can(client, django_user_model, section):
    sign_in(client, django_user_model, *WRITE)
    upload(client, section)
    assert not Picture.objects.exists()
    assert Procedure.objects.get().stage == "published"
