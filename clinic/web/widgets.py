"""Form widgets, drawn in Python: Django's own templates draw one option at a time, and a page has hundreds."""

from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

INPUTS = ("text", "email", "tel", "number", "date", "time", "hidden", "password", "checkbox")


class Renderer(TemplatesSetting):
    """The commonest widgets as their templates would; whatever else there is by its template."""

    def render(self, template_name, context, request=None):
        draw = DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def _input(widget: dict) -> SafeString:
    value = None if widget["value"] is None else str(widget["value"])
    start = flatatt({"type": widget["type"], "name": widget["name"]})
    return format_html("<input{}{}{}>", start, flatatt({"value": value}), flatatt(widget["attrs"]))


def _select(widget: dict) -> SafeString:
    groups = format_html_join("", "{}", ((_group(name, options),) for name, options, _n in widget["optgroups"]))
    return format_html('<select name="{}"{}>{}\n</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _group(name: str | None, options: list[dict]) -> SafeString:
    found = format_html_join(
        "",
        '\n<option value="{}"{}>{}</option>',
        ((one["value"], flatatt(one["attrs"]) if one["attrs"] else "", one["label"]) for one in options),
    )
    return format_html('\n<optgroup label="{}">{}\n</optgroup>', name, found) if name else found


def _textarea(widget: dict) -> SafeString:
    start = flatatt({"name": widget["name"]})
    return format_html("<textarea{}{}>\n{}</textarea>", start, flatatt(widget["attrs"]), widget["value"] or "")


DRAWN = {f"django/forms/widgets/{name}.html": _input for name in INPUTS} | {
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/textarea.html": _textarea,
}
