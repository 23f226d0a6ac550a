"""The United Kingdom. The bank holidays are those of England and Wales."""

from django.utils.translation import gettext_lazy as _

from clinic.country.country import Advice, Country, Funding, FundingWords, Holidays, Phones, Relay

GB = Country(
    code="GB",
    name=_("United Kingdom"),
    language="en-gb",
    languages=(
        ("English", _("English")), ("Polish", "Polski"), ("Romanian", "Română"), ("Punjabi", "ਪੰਜਾਬੀ"),
        ("Urdu", "اردو"), ("Arabic", "العربية"), ("Welsh", "Cymraeg"),
    ),
    emergency="999",
    emergency_place=_("the nearest A&E (accident and emergency)"),
    advice=Advice(
        name=_("NHS 111"),
        number="111",
        says=_("for medical help that is urgent, but no emergency. It is free, day and night, and at 111.nhs.uk."),
    ),
    relay=Relay(
        dial=_("Dial 18001 before our number"),
        then=_("or use the Relay UK app."),
        number="18001",
        is_prefix=True,
        short=_("(Relay UK: dial 18001 first)"),
    ),
    phones=Phones(
        region="GB",
        code="44",
        trunk="0",
        exits=("00",),
        example="07700 900123",
    ),
    dates={
        "weekday": "l\u00a0j\u00a0F",
        "weekday_year": "l\u00a0j\u00a0F\u00a0Y",
        "day": "j\u00a0F",
        "full": "j\u00a0F\u00a0Y",
        "short": "D\u00a0j\u00a0M",
        "short_year": "D\u00a0j\u00a0M\u00a0Y",
        "short_date": "j\u00a0M\u00a0Y",
        "short_day": "j\u00a0M",
        "tab": "D\u00a0j",
        "figures": "d/m/Y",
        "hour": "H:i",
        "first_of_month": "j",  # of two days in one month: “3 – 9 December”
        "last_of_month": "j\u00a0F",
    },
    is_day_first=True,
    date_order=_("day/month/year"),
    is_24_hours=True,
    two_days=_("%(first)s and %(last)s, %(day)s and %(next)s\u00a0%(month)s"),
    day_span=_("%(first)s to %(last)s"),
    zone="Europe/London",
    address_help=_("Street, town, county and postcode."),
    holidays=Holidays(
        place=_("England and Wales"),
        region="ENG",
        language="en_GB",
        example=_("Boxing Day"),
        usual=frozenset({
            "New Year's Day", "Good Friday", "Easter Monday", "May Day", "Spring Bank Holiday",
            "Late Summer Bank Holiday", "Christmas Day", "Boxing Day",
        }),
    ),
    funding=(
        Funding("nhs", _("NHS")),
        Funding("private", _("Private medical insurance")),
        Funding("employer", _("Employer or another body")),
        Funding("self_pay", _("I pay myself")),
        Funding("unsure", _("Not sure")),
    ),
    funding_words=FundingWords(
        label=_("Who pays for the care?"),
        theirs=_("Who pays for their care?"),
        choose=_("Choose who pays for the care."),
        short=_("Funding"),
        heading=_("Help and funding"),
        cost=_("Cost and funding"),
        refused=_("Funding not accepted"),
        bring=_("A photo ID and, if an insurer pays, the authorization code"),
        name_help=_("As your GP or a photo ID has it."),
        decline=_(
            "We can’t take this kind of funding for this appointment. "
            "Next step: ask your GP or your insurer who can see you, or call us about paying yourself."
        ),
    ),
    own_words=("NHS",),
)  # fmt: skip
