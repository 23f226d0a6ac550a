"""Setup tables of the demo practice: offices, hours, team, appointment types, reasons, closures."""

from datetime import date, timedelta

from booking.models import Reason
from clinic.models import AppointmentType, Location, OfficeHours, Practice, Practitioner, Schedule, ScheduleException
from procedures.models import Procedure

NAME = "Lantern Pier Pain & Spine (demo)"
MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
LOCATIONS = [
    {
        "slug": "pier-street",
        "name": "Pier Street office",
        "address": "100 Example Street, Brooklyn, NY",
        "zone": "America/New_York",
        "directions": "Two blocks from the Example Street subway stop, beside the pharmacy.",
        "access": "Step-free from the street. Elevator to the second floor.",
        "parking": "Two accessible parking places at the door. Other cars: the garage on Example Street, one block on.",
    },
    {
        "slug": "harbor-avenue",
        "name": "Harbor Avenue office",
        "address": "200 Example Avenue, Brooklyn, NY",
        "zone": "America/New_York",
        "directions": "On the corner of Example Avenue and Dock Lane. The bus stops in front of the door.",
        "access": "Ground floor. Ramp at the side entrance on Dock Lane; ring and we open.",
        "parking": "One accessible parking place on Dock Lane. Street parking with a meter.",
    },
]
DESK_DAYS = {"pier-street": [MON, TUE, WED, THU, FRI], "harbor-avenue": [MON, THU, FRI]}
TEAM = [
    {
        "slug": "dr-ellison",
        "name": "Dr. Mara Ellison, MD",
        "short_name": "Ellison",
        "profession": "Physician",
        "specialty": "pain medicine",
        "languages": "English, Spanish",
        "bio": "Sees people with broken bones in the spine and with back pain that lasts. Does kyphoplasty and "
        "injections. Checks our pages on treatments before you read them.",
    },
    {
        "slug": "dr-okafor-lind",
        "name": "Dr. Tomas Okafor-Lind, MD",
        "short_name": "Okafor-Lind",
        "profession": "Physician",
        "specialty": "pain medicine",
        "languages": "English, Igbo, Swedish",
        "bio": "Sees people with pain that runs down a leg or an arm. Does kyphoplasty and injections near the spine.",
    },
    {
        "slug": "dr-haddad-quist",
        "name": "Dr. Noor Haddad-Quist, DO",
        "short_name": "Haddad-Quist",
        "profession": "Physician (osteopathic medicine)",
        "specialty": "physical medicine and rehabilitation",
        "languages": "English, Arabic, French",
        "bio": "Helps people move again after a fall or a broken bone. Plans exercise, braces and physical therapy. "
        "Does no operations.",
    },
    {
        "slug": "priya-nadar",
        "name": "Priya Nadar, NP",
        "short_name": "Nadar, NP",
        "profession": "Nurse practitioner",
        "specialty": "pain medicine",
        "languages": "English, Hindi, Tamil",
        "bio": "Sees you after a treatment and between appointments. Goes through your medicines with you.",
    },
]
DOCTORS = ["dr-ellison", "dr-okafor-lind", "dr-haddad-quist"]
DAY, EARLY, LATE = [(9, 12), (13, 17)], [(8, 12), (12.75, 15.75)], [(10, 13), (13.75, 18)]
HOURS = {
    ("dr-ellison", "pier-street"): {MON: DAY, TUE: DAY, THU: DAY},
    ("dr-ellison", "harbor-avenue"): {FRI: [(9, 13)]},
    ("dr-okafor-lind", "harbor-avenue"): {MON: [(13, 17)], THU: DAY},
    ("dr-okafor-lind", "pier-street"): {TUE: DAY, WED: [(8.5, 12.5)]},
    ("dr-haddad-quist", "pier-street"): {WED: DAY, FRI: EARLY},
    ("dr-haddad-quist", "harbor-avenue"): {MON: [(9, 12)]},
    ("priya-nadar", "pier-street"): {MON: [(13, 17)], TUE: LATE, WED: LATE, FRI: [(9, 13)]},
    ("priya-nadar", "harbor-avenue"): {THU: EARLY},
}
APPOINTMENT_TYPES = [
    (
        {
            "slug": "new-patient", "name": "New-patient consultation", "minutes": 40, "step": 40,
            "preparation": "The family doctor’s name and phone number\nThe pharmacy’s name and phone number",
        },
        DOCTORS,
    ),
    ({"slug": "follow-up", "name": "Follow-up", "minutes": 20, "step": 20}, [person["slug"] for person in TEAM]),
    (
        {
            "slug": "procedure", "name": "Procedure appointment", "minutes": 60, "step": 30,
            "buffer_before": 15, "buffer_after": 15, "is_public": False,
            "preparation": "Someone to take you home afterward",
        },
        ["dr-ellison", "dr-okafor-lind"],
    ),
]  # fmt: skip
REASONS = [  # reasons for the treatment page first: the first one is preset for patients who come from that page
    ("broken-bone", "Broken bone in the spine", "kyphoplasty", "bone"),
    ("kyphoplasty-question", "A question about kyphoplasty", "kyphoplasty", ""),
    ("low-back-pain", "Low back pain", "", "back"),
    ("back-pain-after-a-fall", "Back pain after a fall", "", "fall"),
    ("leg-pain", "Leg pain or numbness", "", "leg"),
    ("neck-pain", "Neck pain", "", "neck"),
    ("injection-wore-off", "An injection wore off", "", "after"),
]


def set_up(today: date) -> None:
    """Create all rows that the admin edits. The database must not have any yet."""
    _offices()
    _appointment_types(_team())
    _reasons()
    for first, last, note in holidays(today - timedelta(days=30), today + timedelta(days=366)):
        ScheduleException.objects.create(first_day=first, last_day=last, note=note)
    open_on(today)
    _absences(today)


def open_on(today: date) -> None:
    """Whoever tries the demo on a weekend or a holiday sees a working day, too. It may be called again."""
    if today.weekday() in (SAT, SUN) and not OfficeHours.objects.filter(weekday=today.weekday()).exists():
        _weekend(today.weekday())
    for first, last, note in holidays(today, today):
        ScheduleException.objects.filter(first_day=first, last_day=last, note=note, practitioner=None).delete()


def _offices() -> None:
    locations = {fields["slug"]: Location.objects.create(**fields) for fields in LOCATIONS}
    OfficeHours.objects.bulk_create(
        OfficeHours(location=locations[slug], weekday=day, opens=9 * 60, closes=17 * 60)
        for slug, days in DESK_DAYS.items()
        for day in days
    )
    Practice.objects.create(
        pk=1,
        name=NAME,
        neutral_name="Lantern Pier",
        phone="+17185550142",
        email="desk@example.org",
        language_help="We have free help in other languages, also on the phone.",
        default_location=locations["pier-street"],
        is_demo=True,
        is_on=True,
    )


def _team() -> dict[str, Practitioner]:
    locations = {location.slug: location for location in Location.objects.all()}
    team = {person["slug"]: Practitioner.objects.create(order=order, **person) for order, person in enumerate(TEAM)}
    for (who, where), week in HOURS.items():
        add_hours(team[who], locations[where], week)
    return team


def add_hours(practitioner: Practitioner, location: Location, week: dict[int, list[tuple[float, float]]]) -> None:
    """Weekly hours, in hours of the day; a break is a gap between two spans."""
    Schedule.objects.bulk_create(
        Schedule(
            practitioner=practitioner, location=location, weekday=day, starts=int(starts * 60), ends=int(ends * 60)
        )
        for day, spans in week.items()
        for starts, ends in spans
    )


def _appointment_types(team: dict[str, Practitioner]) -> None:
    for fields, slugs in APPOINTMENT_TYPES:
        AppointmentType.objects.create(**fields).practitioners.set(team[slug] for slug in slugs)


def _reasons() -> None:
    new, follow_up = (AppointmentType.objects.get(slug=slug) for slug in ("new-patient", "follow-up"))
    pages = {procedure.slug: procedure for procedure in Procedure.objects.all()}
    Reason.objects.bulk_create(
        Reason(
            slug=slug, label=label, procedure=pages.get(page), order=order, appointment_type_new=new,
            appointment_type_returning=follow_up, picture=picture,
        )
        for order, (slug, label, page, picture) in enumerate(REASONS)
    )  # fmt: skip


def _weekend(day: int) -> None:
    office = Location.objects.get(slug="pier-street")
    OfficeHours.objects.create(location=office, weekday=day, opens=9 * 60, closes=17 * 60)
    for practitioner in Practitioner.objects.filter(slug__in=("dr-ellison", "priya-nadar")):
        add_hours(practitioner, office, {day: DAY})


def _absences(today: date) -> None:
    """Some weeks from now: two days off for one practitioner, an extra Saturday morning for another."""
    away, extra = (Practitioner.objects.get(slug=slug) for slug in ("dr-okafor-lind", "priya-nadar"))
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=3)
    ScheduleException.objects.create(
        first_day=monday + timedelta(days=TUE), last_day=monday + timedelta(days=WED), practitioner=away
    )
    saturday = monday + timedelta(days=SAT)
    ScheduleException.objects.create(
        kind=ScheduleException.Kind.OPEN, first_day=saturday, last_day=saturday, starts=9 * 60, ends=12 * 60,
        practitioner=extra, location=Location.objects.get(slug="pier-street"),
    )  # fmt: skip


def holidays(first: date, last: date) -> list[tuple[date, date, str]]:
    """The days in this range on which a US practice is closed: (first day, last day, note), in order."""
    found = []
    for year in range(first.year, last.year + 1):
        thanksgiving = nth_weekday(year, 11, THU, 4)
        memorial_day = nth_weekday(year, 6, MON, 1) - timedelta(weeks=1)
        found += [
            (date(year, 1, 1), date(year, 1, 1), "for New Year’s Day"),
            (memorial_day, memorial_day, "for Memorial Day"),
            (date(year, 7, 4), date(year, 7, 4), "for Independence Day"),
            (nth_weekday(year, 9, MON, 1), nth_weekday(year, 9, MON, 1), "for Labor Day"),
            (thanksgiving, thanksgiving + timedelta(days=1), "for Thanksgiving"),
            (date(year, 12, 25), date(year, 12, 25), "for Christmas"),
        ]
    return [holiday for holiday in found if first <= holiday[1] and holiday[0] <= last]


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=n - 1)
