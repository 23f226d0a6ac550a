"""The rows of the desk's lists. In Python: it looks at them all day, and a template takes several times as long."""

from collections.abc import Iterable, Set

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from booking.desk import found
from booking.desk.diary import Open
from booking.desk.queue_rows import Row
from booking.slots import Slot
from booking.templatetags.desk_format import desk_when

register = template.Library()
ROW = """<tr>
<td data-label="{answer_by}"><span class="due due--{level}">{due}</span>\
<span class="second">{moment}</span></td>
<th scope="row">{who}<span class="second">{been_here} · \
<a class="on-top nowrap" href="{url}"><span class="visually-hidden">{look_at} </span>{reference}</a></span></th>
<td>{asked_for}<span class="second">{time}</span></td>
<td><span class="nowrap">{phone}</span><span class="second">{call_now}{when_to_call}</span></td>
<td><ul class="ready ready--inline"><li>{scan_is} <span class="is-{scan}">{scan_words}</span></li>\
<li>{referral_is} <span class="is-{referral}">{referral_words}</span></li></ul>{needs}</td>
<td><span class="tag tag--{look}">{state}</span>{tried}{in_hand}</td>
</tr>
"""
TAKE = """<button class="row-link" data-row{} formaction="{}"><span class="visually-hidden">{} </span>\
<bdi>{}</bdi>, {}</button>"""
OPEN = '<a class="row-link" data-row{} href="{}"><bdi>{}</bdi>, {}</a>'
FOUND = """<tr>
<th scope="row"><a class="row-link" data-row href="{url}"><bdi>{name}</bdi>, {age}</a>\
<span class="second"><span class="nowrap">{reference}</span>{chart}</span></th>
<td class="nowrap num" data-label="{born_is}">{born}</td>
<td class="nowrap">{phone}</td>
<td data-label="{request_is}"><span class="tag tag--{look}">{state}</span> {reason}\
<span class="second">{sent}</span></td>
<td data-label="{visit_is}">{visits}</td>
</tr>
"""
VISIT = """<span class="nowrap">{}</span> <span class="tag tag--{}">{}</span>\
<span class="second">{} · {}</span>"""
HINT = '<span class="hint">{}</span>'
TIME = """<tr><th scope="row"><span class="when nowrap">{}</span></th><td>{}<span class="second">{}</span></td>\
<td class="act-cell">{}</td></tr>
"""
HOLD = """<button class="btn btn-outline btn-row" data-key-focus="t" name="hold" value="{}">{}\
<span class="visually-hidden"> {}</span></button>"""
CALL = '<a class="on-top" data-row-key="c" href="{}#calls">{}</a>'


@register.simple_tag
def queue_rows(rows: Iterable[Row], may: Set[str], is_back: bool) -> SafeString:
    """`is_back`: after an act the focus returns to the first row."""
    always = {
        "answer_by": _("Answer by"),
        "look_at": _("Look at"),
        "scan_is": _("Scan:"),
        "referral_is": _("Referral:"),
    }
    focus = [mark_safe(" data-focus")] if is_back else []
    return mark_safe("".join(_row(row, may, focus.pop() if focus else "", always) for row in rows))


def _row(row: Row, may: Set[str], focus: str, always: dict[str, str]) -> SafeString:
    return format_html(
        ROW,
        **always,
        level=row.due.level, due=row.due.words, moment=row.due.moment,
        who=_who(row, may, focus), been_here=_("Returning") if row.returning else _("New"),
        url=row.url, reference=row.reference,
        asked_for=_asked_for(row), time=row.time,
        phone=format_html(CALL, row.url, row.phone) if "log_call" in may else row.phone,
        call_now=format_html('<span class="hot">{}</span>, ', _("Call now")) if row.call_now else "",
        when_to_call=row.when_to_call,
        scan=row.scan, scan_words=row.scan_words, referral=row.referral, referral_words=row.referral_words,
        needs=format_html('<span class="need"><bdi>{}</bdi></span>', row.needs) if row.needs else "",
        look=row.state.look, state=row.state.words,
        tried=format_html('<span class="second">{}</span>', row.tried) if row.tried else "",
        in_hand=_in_hand(row),
    )  # fmt: skip


def _who(row: Row, may: Set[str], focus: str) -> SafeString:
    """A button where a press takes the request in hand, else a link that only opens it."""
    if row.take and "claim" in may:
        return format_html(TAKE, focus, row.take, _("Take and open:"), row.name, row.age)
    return format_html(OPEN, focus, row.url, row.name, row.age)


def _asked_for(row: Row) -> str | SafeString:
    if not row.another_time and not row.page:
        return row.reason
    tag = format_html(' <span class="tag tag--wait">{}</span>', _("Another time")) if row.another_time else ""
    page = format_html(' <span class="from-page">{} “{}”</span>', _("page"), row.page) if row.page else ""
    return format_html("{}{}{}", row.reason, tag, page)


def _in_hand(row: Row) -> str | SafeString:
    if not row.in_hand:
        return ""
    tag = '<span class="second"><span class="tag tag--{}">{}</span></span>'
    return format_html(tag, "mine" if row.is_mine else "wait", row.in_hand)


@register.simple_tag
def found_rows(rows: Iterable[found.Row]) -> SafeString:
    """Of a search."""
    always = {"born_is": _("Born"), "request_is": _("Request"), "visit_is": _("Visit")}
    return mark_safe("".join(_found(row, always) for row in rows))


def _found(row: found.Row, always: dict[str, str]) -> SafeString:
    given = ((v.when, v.state.look, v.state.words, v.practitioner, v.location) for v in row.visits)
    return format_html(
        FOUND,
        **always,
        url=row.url, name=row.name, age=row.age, reference=row.reference,
        chart=format_html(" · {}", _("chart %s") % row.chart_number) if row.chart_number else "",
        born=row.born, phone=row.phone,
        look=row.state.look, state=row.state.words, reason=row.reason, sent=_("sent %s") % row.sent,
        visits=format_html_join("", VISIT, given) or format_html(HINT, _("None yet") if row.is_open else _("None")),
    )  # fmt: skip


@register.simple_tag
def open_times(times: Iterable[Open], held: Slot | None) -> SafeString:
    """Of the slot finder: each with a button that holds it."""
    hold, tag = _("Hold"), format_html('<span class="tag tag--held">{}</span>', _("Held"))
    return mark_safe("".join(_time(found, hold, tag if found.slot == held else None) for found in times))


def _time(found: Open, hold: str, tag: SafeString | None) -> SafeString:
    roster = found.roster
    when = desk_when(found.slot.starts_at, roster.location.tz)
    button = tag or format_html(HOLD, found.slot.code, hold, when)
    return format_html(TIME, when, roster.practitioner.name, roster.location.name, button)


@register.simple_tag
def options(team: Iterable, chosen: str | None) -> SafeString:
    """Of a select, by slug and name."""
    rows = ((one.slug, mark_safe(" selected") if one.slug == chosen else "", one.name) for one in team)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)
