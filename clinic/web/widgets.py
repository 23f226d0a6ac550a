"""Renders long selects in Python: Django's template renders one option at a time, and the slot finder has a hundred."""

from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from clinic.web.language_names import language_of

SELECT = "django/forms/widgets/select.html"


class Renderer(TemplatesSetting):
    """Renders every widget by its template, except selects."""

    def render(self, template_name, context, request=None):
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict) -> SafeString:
    groups = format_html_join("", "{}", ((_group(name, options),) for name, options, _n in widget["optgroups"]))
    return format_html('<select name="{}"{}>{}\n</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _group(name: str | None, options: list[dict]) -> SafeString:
    found = mark_safe("".join(map(_option, options)))  # noqa: S308 - escaped just below
    return format_html('\n<optgroup label="{}">{}\n</optgroup>', name, found) if name else found


def _option(option: dict) -> str:
    value, label = map(conditional_escape, (option["value"], option["label"]))
    return f'\n<option value="{value}"{_attributes(option)}>{label}</option>'


def _attributes(option: dict) -> str:
    code = language_of(str(option["label"]))
    attributes = option["attrs"] | ({"lang": code} if code else {})
    return flatatt(attributes) if attributes else ""
