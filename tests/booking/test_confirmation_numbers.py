"""Confirmation numbers. They are found inside what people paste, and so are private links."""

import pytest

from booking.models.reference import find_reference
from booking.notifications import links
from tests.pages import words

OURS = "F6R2PYXK95"
PASTED = [
    "Your confirmation number: F6R-2PY-XK95",
    "#F6R-2PY-XK95",
    "F6R-2PY-XK95.",
    "confirmation number F6R-2PY-XK95",
    "Your reference: F6R-2PY-XK95",
    "Hello, this is about F6R-2PY-XK95, thank you",
    "f6r 2py xk95",
    "conf# f6r2pyxk95!",
    "(F6R-2PY-XK95)",
    "“F6R–2PY–XK95”",
    "<F6R-2PY-XK95>",
    "F6R - 2PY - XK95",
    "F 6 R 2 P Y X K 9 5",
    "Confirmation no. F6R\u20112PY\u2011XK95;",
    "\u200eF6R-2PY-\u200bXK95\u202c",
    "https://example.org/visit/F6R2PYXK95.1~abc/",
    "Ｆ６Ｒ-２ＰＹ-ＸＫ９５",
    "*F6R-2PY-XK95*",
    "my number is\nF6R-2PY-XK95\nplease call",
    "F6R.2PY.XK95",
    "f6r_2py_xk95.",
    "It is F6R/2PY/XK95, thank you",
    "Confirmation numberF6R-2PY-XK95",
    "Confirmation numberF6R2PYXK95",
    "NumberF6R.2PY.XK95",
    "YOUR NUMBERf6r 2py xk95",
]  # fmt: skip
NONE = [
    "", "F6R-2PY-XK9", "F6R-2PY-XK955", "F6R-2PY-XK96", "AF6R-2PY-XK95", "F6R-2PY-XK95A", "june demo", "718 555 0167",
    "F6R:2PY:XK95", "Your confirmation number:",
    "A.F6R.2PY.XK95A", "F6R.2PY.XK96", "F6R..2PY..XK95", "amountF6R-2PY-XK95", "234.567.8948", "234/567/8965",
    "236_567_8922", "numbers are as they were",
]  # fmt: skip


@pytest.mark.parametrize("text", PASTED)
def test_a_confirmation_number_is_found_in_what_is_pasted(text):
    assert find_reference(text) == OURS


@pytest.mark.parametrize("text", NONE)
def test_no_confirmation_number_is_read_into_other_text(text):
    assert find_reference(text) is None


def test_the_printed_form_comes_before_words_that_happen_to_be_valid():
    assert find_reference("F6R2 PYXK 95 and K7M-4QX-9PTR") == "K7M4QX9PTR"


def test_a_long_text_is_read_in_no_time():
    assert find_reference("F6R-2PY-XK9 " * 100_000) is None


def pasted(appointment_request):
    return [text.replace(OURS, appointment_request.reference).replace("F6R-2PY-XK95", str(appointment_request))
            for text in PASTED if OURS in text or "F6R-2PY-XK95" in text]  # fmt: skip


@pytest.mark.django_db
def test_the_desk_finds_the_request_by_what_is_pasted(client, clinic, rosa):
    appointment_request = clinic.appointment_request()
    clinic.appointment_request()
    for text in [*pasted(appointment_request), str(appointment_request).replace("-", " ").lower()]:
        answer = client.post("/admin/desk/search/", {"q": text})
        assert answer["Location"] == f"/admin/desk/requests/{appointment_request.reference}/", text


@pytest.mark.django_db
def test_the_page_for_a_lost_link_takes_what_is_pasted(client, clinic):
    appointment_request = clinic.appointment_request()
    born = dict(zip(("birth_date_0", "birth_date_1", "birth_date_2"), ("3", "9", "1951"), strict=True))
    for text in pasted(appointment_request):
        page = words(client.post("/visit/", {"reference": text} | born))
        assert "has 10 letters and numbers" not in page, text


@pytest.mark.once
@pytest.mark.django_db
def test_the_page_for_a_lost_link_says_what_a_number_looks_like(client, clinic):
    for text in ("K7M-4QX", "my number", "#", "F6R-2PY-XK96."):
        page = words(client.post("/visit/", {"reference": text}))
        assert "A confirmation number has 10 letters and numbers, such as K7M-4QX-9PTR." in page, text


TAILS = [
    ".", ")", ">", ",", ").", "”", "]", "/.", "/)", "/>", "/,", "/).", "/&gt;", "/”", "%20", "'", "…", "/_", "/__",
    "/’s", "/&quot;", "/&amp;", "/&rdquo;", "/</a>", "/](http", "/times/.", "/visit.ics.", "/%0A%0A.", "_", "__",
    "’s", "'s", "&quot;", "</a>", "](https://example.org/", "/times/_", "/cancel/”", "/**", "/Thanks!",
]  # fmt: skip


@pytest.mark.once
@pytest.mark.django_db
def test_a_private_link_with_the_end_of_its_sentence_opens(client, clinic):
    link = f"/visit/{links.secret(clinic.appointment_request())}"
    for tail in TAILS:
        response = client.get(f"{link}{tail}", follow=True)
        assert response.status_code == 200, tail
        assert response.request["PATH_INFO"] == f"{link}/", tail


@pytest.mark.once
@pytest.mark.django_db
def test_a_link_that_opens_nothing_leads_to_the_page_for_a_lost_link(client, clinic):
    wrong = "x.", "x/).", "K7M4QX9PTR.1~abc.", ").", "x/>", "x/_", "x/’s", "x/</a>", "x/times/.", "x/visit.ics."
    for end in wrong:
        response = client.get(f"/visit/{end}", follow=True)
        assert response.status_code == 404, end
        assert 'href="/visit/"' in response.content.decode(), end


@pytest.mark.django_db
def test_an_address_of_the_patients_page_without_its_slash_gets_the_slash(client, clinic):
    link = f"/visit/{links.secret(clinic.appointment_request())}/withdraw"
    assert client.get(link)["Location"] == f"{link}/"


@pytest.mark.django_db
def test_nothing_is_done_through_a_link_with_the_end_of_its_sentence(client, clinic):
    secret = links.secret(clinic.appointment_request())
    assert client.post(f"/visit/{secret}./withdraw/").status_code == 404
    assert client.post(f"/visit/{secret}/./").status_code == 404
