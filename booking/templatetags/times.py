from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.weeks import Day, Time

register = template.Library()


@register.simple_tag
def slot_buttons(times: list[Time], day: Day) -> SafeString:
    """The times of one doctor as submit buttons. In Python: a page has hundreds, and a template takes far longer."""
    choose = format_html('<span class="visually-hidden">{} {}, </span>', _("Choose"), day.words)
    button = '<li><button class="slot" form="pick" name="add" value="{}">{}{}</button></li>\n'
    return format_html_join(
        "",
        "{}",
        ((_picked(time, day) if time.rank else format_html(button, time.code, choose, time.clock),) for time in times),
    )


def _picked(time: Time, day: Day) -> SafeString:
    return format_html(
        '<li><button class="slot is-pick{}" form="pick" name="remove" value="{}"><span class="visually-hidden">{} {}, '
        '</span>{}<span class="visually-hidden">,</span> <small>{}</small></button></li>\n',
        " first" if time.rank == 1 else "",
        time.rank,
        _("Take off"),
        day.words,
        time.clock,
        (_("1st choice"), _("2nd choice"), _("3rd choice"))[time.rank - 1],
    )
