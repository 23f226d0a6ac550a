"""The United States."""

from django.utils.translation import gettext_lazy as _

from clinic.country.country import Country, Funding, FundingWords, Holidays, Phones, Relay

US = Country(
    code="US",
    name=_("United States"),
    language="en-us",
    languages=(
        ("English", _("English")), ("Spanish", "Español"), ("Chinese", "中文"), ("Vietnamese", "Tiếng Việt"),
        ("Arabic", "العربية"), ("Russian", "Русский"),
    ),
    emergency="911",
    emergency_place=_("the nearest emergency room"),
    advice=None,
    relay=Relay(
        dial=_("Dial 711"),
        then=_("and ask for our number."),
        number="711",
        is_prefix=False,
        short=_("(relay: dial 711)"),
    ),
    phones=Phones(
        region="US",
        code="1",
        trunk="",
        exits=("011", "00"),
        example="718 555 0167",
    ),
    dates={
        "weekday": "l, F\u00a0j",
        "weekday_year": "l, F\u00a0j, Y",
        "day": "F\u00a0j",
        "full": "F\u00a0j, Y",
        "short": "D, M\u00a0j",
        "short_year": "D, M\u00a0j,\u00a0Y",
        "short_date": "M\u00a0j,\u00a0Y",
        "short_day": "M\u00a0j",
        "tab": "D\u00a0j",
        "figures": "m/d/Y",
        "hour": "g\u00a0A",
        "first_of_month": "F\u00a0j",  # of two days in one month: “December 3 – 9”
        "last_of_month": "j",
    },
    is_day_first=False,
    date_order=_("month/day/year"),
    is_24_hours=False,
    two_days=_("%(first)s and %(last)s, %(month)s\u00a0%(day)s and %(next)s"),
    day_span=_("%(first)s, to %(last)s"),
    zone="America/New_York",
    address_help=_("Street, city, state and ZIP code."),
    holidays=Holidays(
        place=_("United States and New York"),
        region="NY",
        language="en_US",
        example=_("Thanksgiving"),
        usual=frozenset({
            "New Year's Day", "Memorial Day", "Independence Day", "Labor Day", "Thanksgiving Day", "Christmas Day",
        }),
    ),
    funding=(
        Funding("medicare", _("Medicare")),
        Funding("advantage", _("Medicare Advantage")),
        Funding("medicaid", _("Medicaid")),
        Funding("private", _("Private insurance")),
        Funding("workers_comp", _("Workers’ compensation")),
        Funding("no_fault", _("Car accident (no-fault)")),
        Funding("self_pay", _("I pay myself")),
        Funding("unsure", _("Not sure")),
    ),
    funding_words=FundingWords(
        label=_("Type of insurance"),
        theirs=_("Their type of insurance"),
        choose=_("Choose the type of insurance."),
        short=_("Insurance"),
        heading=_("Help and insurance"),
        cost=_("Cost and insurance"),
        refused=_("Insurance not accepted"),
        bring=_("The insurance card and a photo ID"),
        name_help=_("As on the insurance card or a photo ID."),
        decline=_(
            "We can’t take your insurance for this appointment. "
            "Next step: ask your plan for a practice in your network, or call us about paying yourself."
        ),
    ),
    own_words=("Medicare", "Medicaid", "insurance card", "type of insurance"),
)  # fmt: skip
