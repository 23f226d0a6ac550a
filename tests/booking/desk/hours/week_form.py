"""The grid of a provider's week, as a browser sends it."""

from tests.html_forms import forms_of
from tests.pages import words


def address(provider):
    return f"/admin/desk/hours/{provider.slug}/"


def fields(client, at):
    """What the page at this address would send."""
    page = client.get(at)
    assert page.status_code == 200
    return fields_of(page, at)


def fields_of(page, at):
    form = next(form for form in forms_of(page.content.decode(), at) if form.action == at)
    return {name: values[0] for name, values in form.fields.items() if values[0] or not name.startswith("to-")}


def row(sent, day, nth=0):
    """The prefix of the nth row of a day."""
    rows = [name.rpartition("-")[0] for name, value in sent.items() if (name[-8:], value) == ("-weekday", str(day))]
    return rows[nth]


def typed(sent, day, nth=0, **values):
    return {f"{row(sent, day, nth)}-{name}": str(value) for name, value in values.items()}


def pressed(client, at, sent, **button):
    """The page after a button that saves nothing, and what it would send."""
    page = client.post(at, sent | {name: str(value) for name, value in button.items()})
    assert page.status_code == 200, words(page)
    return page, fields_of(page, at)


def said(client, at, sent):
    """The status and the text of the page after “Save”, also of the one it leads to."""
    page = client.post(at, sent, follow=True)
    return page.redirect_chain[0][1] if page.redirect_chain else page.status_code, words(page)
