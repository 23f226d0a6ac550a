"""Refuses hours that overlap: a provider in two places at one time, a front desk that opens twice."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms import BaseInlineFormSet, ModelForm
from django.utils.translation import gettext as _

from clinic.formatting import clock
from clinic.hours.recurrence import dates
from clinic.models import OfficeHours, Practitioner, Schedule, ScheduleException
from clinic.models.practice import MIDNIGHT
from clinic.templatetags.clinic_format import date_as

OPEN = ScheduleException.Kind.OPEN
ANY_DAY = date(2024, 1, 1)
SOME_YEARS = 12 * 366  # days


def refuse_overlaps(rows: Iterable[Schedule | OfficeHours]) -> None:
    """Rows of one provider, or of one office, saved or not. Raises ValidationError with the first two that overlap."""
    for one, other in combinations(rows, 2):
        if _share_a_day(one, other) and max(_starts(one), _starts(other)) < min(_ends(one), _ends(other)):
            values = {"day": one.get_weekday_display(), "one": _in_words(one), "other": _in_words(other)}
            raise ValidationError(_("%(day)s: %(one)s and %(other)s overlap.") % values)


def refuse_around_the_clock(starts: int, ends: int) -> None:
    """A day from midnight to midnight is what nobody entered on purpose."""
    if (starts, ends) == (0, MIDNIGHT):
        raise ValidationError(_("From midnight to midnight is around the clock. Enter when the day starts and ends."))


def refuse_own_overlap(form: ModelForm) -> None:
    """For the form of one row of desk hours: it must not overlap another stored row of the same office."""
    if form.errors:
        return
    row = OfficeHours(pk=form.instance.pk, **form.cleaned_data)
    refuse_around_the_clock(row.opens, row.closes)
    for other in OfficeHours.objects.filter(weekday=row.weekday, location=row.location).exclude(pk=row.pk):
        refuse_overlaps([row, other])


def refuse_two_places(extra: ScheduleException) -> None:
    """For extra hours of a provider at one office, saved or not: they must not fall into hours at another."""
    for row in _elsewhere(extra):
        raise ValidationError(
            _("The provider works at %(office)s then: nobody can be in two places at once.")
            % {"office": row.location.name}
        )


def refuse_extra_hours_elsewhere(provider: Practitioner, today: date) -> None:
    """For new weekly hours of a provider: extra hours to come at another office must not fall into them."""
    extra_hours = ScheduleException.objects.filter(kind=OPEN, practitioner=provider, last_day__gte=today)
    for extra in extra_hours.select_related("location"):
        if any(isinstance(row, Schedule) for row in _elsewhere(extra)):
            values = {"day": date_as(extra.first_day, "short_date"), "office": extra.location}
            raise ValidationError(
                _("Extra hours at %(office)s on %(day)s: nobody can be in two places at once.") % values
            )


def _elsewhere(extra):
    """The hours of that provider at other offices into which these extra hours fall."""
    first, last, provider = extra.first_day, extra.last_day, extra.practitioner
    then = Q(starts__lt=extra.ends, ends__gt=extra.starts)
    elsewhere = then & Q(practitioner=provider) & ~Q(location=extra.location)
    exceptions = ScheduleException.objects.filter(first_day__lte=last, last_day__gte=first)
    rows = [*exceptions.filter(elsewhere, kind=OPEN).exclude(pk=extra.pk)]
    closed = ScheduleException.near(first, last).filter(
        then, Q(practitioner=None) | Q(practitioner=provider), kind=ScheduleException.Kind.CLOSED
    )
    if not any(
        _touches(row, first, last) for row in closed
    ):  # closed at the one office, so that the provider can work at the other
        rows += [row for row in Schedule.objects.filter(elsewhere) if _falls_within(row, first, last)]
    return rows


class NoOverlapFormSet(BaseInlineFormSet):
    """The desk hours of one office, edited together."""

    def clean(self):
        super().clean()
        filled = [
            form for form in self.forms if form not in self.deleted_forms and (form.has_changed() or form.instance.pk)
        ]
        if not any(self.errors):
            for form in filled:
                refuse_around_the_clock(form.instance.opens, form.instance.closes)
            refuse_overlaps(form.instance for form in filled)


def _touches(closure, first, last):
    return any(begins <= last and ends >= first for begins, ends in closure.days_near(first, last))


def _falls_within(row, first, last):
    """Whether the weekly hours apply on a day from first to last."""
    first, last = max(first, row.valid_from or first), min(last, row.valid_until or last)
    return first <= last and _common([row], first, last)


def _share_a_day(one, other):
    first = max(filter(None, (getattr(row, "valid_from", None) for row in (one, other))), default=None)
    last = min(filter(None, (getattr(row, "valid_until", None) for row in (one, other))), default=None)
    holds = one.weekday == other.weekday and (first is None or last is None or first <= last)
    return holds and (isinstance(one, OfficeHours) or _meet(one, other, first, last))


def _meet(one, other, first, last):
    """Whether they ever fall on one date. If not within some years, hours that do not hold every week never do."""
    if not (one.repeats or other.repeats):
        return True
    begin = first.toordinal() if first else (last or ANY_DAY).toordinal() - SOME_YEARS
    end = min((last or date.max).toordinal(), begin + SOME_YEARS)
    return _common([one, other], date.fromordinal(max(1, begin)), date.fromordinal(end))


def _common(rows, first, last):
    """Whether hours of one weekday have a date in common from first to last."""
    weekly = range(first.toordinal() + (rows[0].weekday - first.weekday()) % 7, last.toordinal() + 1, 7)
    on = [dates(row.repeats, row.weekday, row.counted_from, first, last) for row in rows]
    return any(all(each is None or day in each for each in on) for day in weekly)


def _starts(row):
    return row.starts if isinstance(row, Schedule) else row.opens


def _ends(row):
    return row.ends if isinstance(row, Schedule) else row.closes


def _in_words(row):
    """“9:00 am to 5:00 pm (Pier Street office)”."""
    words = _("%(starts)s to %(ends)s") % {"starts": clock(_starts(row)), "ends": clock(_ends(row))}
    return f"{words} ({row.location.name})" if isinstance(row, Schedule) else words
