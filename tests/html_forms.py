"""The forms of a page, as a browser would send them, and its links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

NOT_SENT = {"submit", "button", "image", "reset", "file"}
TOKEN = "csrfmiddlewaretoken"


@dataclass
class Form:
    """What it sends with each of its buttons. `fields` holds one value of each radio group, and no button."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # action, name, value
    files: list[str] = field(default_factory=list)

    def sent(self) -> list[tuple[str, dict[str, list[str]]]]:
        """The address and the data, by each button."""
        buttons = self.buttons or [(self.action, "", "")]
        return [(to, self.fields | ({name: [value]} if name else {})) for to, name, value in buttons]


class Page(HTMLParser):
    def __init__(self, html: str, address: str) -> None:
        super().__init__()
        self.address, self.forms, self.links = address, [], []
        self.by_id: dict[str, Form] = {}
        self.inside: Form | None = None
        self.select: tuple[Form, str] | None = None
        self.text_of: tuple[Form, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(urljoin(self.address, values.get("href", "")))
        elif tag == "form":
            self.begin(values)
        elif form := self.by_id.get(values.get("form", "")) or self.inside:
            self.control(form, tag, values)
        elif values.get("form") and tag in ("input", "button", "select", "textarea"):
            self.control(self.later(values["form"]), tag, values)
        if tag == "option" and self.select:
            self.option(values)

    def later(self, name: str) -> Form:
        """A form that is named before it begins."""
        return self.by_id.setdefault(name, Form("", "get"))

    def begin(self, values):
        form = self.later(values["id"]) if "id" in values else Form("", "get")
        form.action, form.method = urljoin(self.address, values.get("action", "")), values.get("method", "get").lower()
        self.inside = form
        self.forms.append(form)

    def control(self, form, tag, values):
        name, kind = values.get("name", ""), values.get("type", "text" if tag == "input" else "submit")
        if tag == "button" or (tag == "input" and kind in ("submit", "image")):
            to = urljoin(self.address, values.get("formaction") or form.action)
            form.buttons += [(to, name, values.get("value", ""))] if kind in ("submit", "image") else []
        elif kind == "file" and name:
            form.files.append(name)
        elif tag == "input" and name and kind not in NOT_SENT:
            self.input(form, name, kind, values)
        elif tag in ("select", "textarea") and name:
            form.fields.setdefault(name, [""])
            self.select = (form, name) if tag == "select" else None
            self.text_of = (form, name) if tag == "textarea" else None

    def input(self, form, name, kind, values):
        if kind not in ("radio", "checkbox"):
            form.fields.setdefault(name, []).append(values.get("value", ""))
        elif "checked" in values or name not in form.fields:
            form.fields[name] = [values.get("value", "on")]

    def option(self, values):
        form, name = self.select
        if "selected" in values or not form.fields[name][0]:
            form.fields[name] = [values.get("value", "")]
        if "selected" in values:
            self.select = None

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.text_of = None

    def handle_data(self, text):
        if self.text_of:
            form, name = self.text_of
            form.fields[name] = [form.fields[name][0] + text]


def forms_of(html: str, address: str) -> list[Form]:
    """Those that lead to our own site."""
    return [form for form in Page(html, address).forms if _is_ours(form.action)]


def links_of(html: str, address: str) -> list[str]:
    """Our own addresses, without the part after #."""
    found = (urlsplit(link)._replace(fragment="").geturl() for link in Page(html, address).links)
    return [link for link in dict.fromkeys(found) if _is_ours(link)]


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith(("//", "/static/"))
