"""A practice has its own color, mark and picture, and nothing of the demo's. Pale colors are refused."""

import io
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from booking.set_up.checklist import checklist
from clinic import practice_info
from clinic.brand import colors
from clinic.models import Practice
from tests import contrast as measured
from tests.builders import MONDAY
from tests.pages import words

pytestmark = [pytest.mark.once, pytest.mark.django_db]
PAGE = "/admin/desk/look/"
SVGS = Path(settings.BASE_DIR) / "clinic" / "static" / "clinic" / "svg"
DEMO_ONLY = ("pier-line", "brand-mark")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3" fill="navy"/></svg>'


def png():
    made = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(made, "PNG")
    return SimpleUploadedFile("harbour.png", made.getvalue())


def svg(content=SVG):
    return SimpleUploadedFile("our-mark.svg", content)


def send(client, **data):
    return client.post(PAGE, data, follow=True)


def test_a_site_without_a_look_of_its_own_shows_nothing_of_the_demo(clinic, client):
    home = client.get("/").text
    assert not re.search(r"pier-line|brand-mark|/brand/", home)
    Practice.objects.update(is_demo=True)
    practice_info.forget()
    assert {"pier-line", "brand-mark"} <= set(re.findall(r"pier-line|brand-mark", client.get("/").text))


def test_the_demos_pier_and_its_people_are_in_nothing_that_a_real_site_shows():
    drawings = [each for each in SVGS.glob("*.svg") if each.stem not in DEMO_ONLY]
    assert len(drawings) > 10
    assert not [each.name for each in drawings if re.search(r"\bpier\b", each.read_text(), re.IGNORECASE)]
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    helps = [str(getattr(field, "help_text", "")) for field in fields]
    assert not [said for said in helps if re.search(r"Pier|Lantern|Ellison|Nadar", said)]


def test_the_color_the_mark_and_the_picture_are_seen_by_everybody(clinic, client, manager):
    answer = send(client, accent="#1F4E8C", mark=svg(), picture=png(), words="Our house by the water")
    assert "Saved." in words(answer)
    home = Client().get("/").text
    sheet = re.search(r'href="(/brand/[^"]+)"', home)[1]
    answer = Client().get(sheet)
    assert "#1f4e8c" in answer.text
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer["Cache-Control"]
    assert home.index("tokens.css") < home.index(sheet)
    shown = dict(re.findall(r'src="(/pictures/[^"]+)"\s+alt="([^"]*)"', home))
    assert sorted(shown.values()) == ["", "Our house by the water"]
    for address in shown:
        picture = Client().get(address)
        assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert next(line for line in checklist(now=MONDAY).lines if line.name == "look").state == "ok"
    send(client, accent="", no_mark="on", no_picture="on")
    assert "/pictures/" not in Client().get("/").text
    assert "/brand/" not in Client().get("/").text


def test_a_color_that_cannot_be_read_is_refused_in_both_schemes(clinic, client, manager):
    pale = send(client, accent="#ffd166")
    assert pale.status_code == 400
    assert "its contrast is 1." in words(pale)
    assert "Choose a darker one." in words(pale)
    dark = send(client, accent="#1f4e8c", accent_dark="#1f4e8c")
    assert "Choose a lighter one." in words(dark)
    assert "such as #0b5c5a" in words(send(client, accent="red; } body { display: none"))
    assert Practice.objects.get().accent == ""
    assert client.get("/brand/ffd166-ffd166.css").status_code == 404
    assert client.get("/brand/1f4e8c-1f4e8c.css").status_code == 404


def test_a_shade_for_the_dark_is_worked_out_for_each_color_that_can_be_read():
    for color in ("#000000", "#1f4e8c", "#7a0019", "#4b0082", "#0b5c5a", "#5c2d00"):
        colors.check(color, dark=False)
        colors.check(colors.for_dark(color), dark=True)
        assert colors.contrast(color, "#ffffff") == pytest.approx(measured.contrast(color, "#ffffff"))


@pytest.mark.parametrize(
    "content",
    [
        SVG.replace(b"<circle", b"<script>1</script><circle"), SVG.replace(b"r=", b"onload='x' r="), b"GIF89a",
        SVG.replace(b'fill="navy"', b'fill="url(https://example.org/x)"'), b"",
    ],
)  # fmt: skip
def test_a_harmful_mark_is_refused_with_a_sentence(clinic, client, manager, content):
    answer = send(client, mark=svg(content))
    assert answer.status_code == 400
    assert Practice.objects.get().mark == {}


def test_a_picture_without_words_is_not_taken(clinic, client, manager):
    assert "Say what the picture shows" in words(send(client, picture=png()))
    assert reverse("desk:look") in client.get("/admin/").text


def test_a_file_that_was_dropped_on_its_way_in_is_said_to_be_too_large(clinic, client, manager):
    huge = SimpleUploadedFile("huge.png", b"\x89PNG\r\n\x1a\n" + bytes(1_100_000))
    answer = send(client, accent="#1f4e8c", mark=huge)
    assert answer.status_code == 400
    assert "larger than 200 kB" in words(answer)
    assert Practice.objects.get().accent == ""
