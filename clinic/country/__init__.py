"""How people of a country write dates, times and phone numbers, whom they call in an emergency, and who pays.

The country is a setting of the site (COUNTRY), not a row: an error page must know whom to call without the database.
"""

from collections.abc import Callable

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from clinic.country.country import EXAMPLE, HARD_SPACE, Country, Funding
from clinic.country.gb import GB
from clinic.country.us import US

__all__ = ["COUNTRIES", "Country", "Funding", "birth_date_help", "by_country", "country"]

COUNTRIES = {each.code: each for each in (US, GB)}


def country() -> Country:
    return COUNTRIES[settings.COUNTRY]


def _chosen(words: Callable[[Country], object]) -> str:
    return str(words(country()))


by_country = lazy(_chosen, str)  # a text of a form, made when it is shown
birth_date_help = by_country(lambda here: _("For example: %(words)s, or %(figures)s.") % _written(here))


def _written(here: Country) -> dict[str, str]:
    return {"words": here.say(EXAMPLE, "full"), "figures": here.example_figures.replace("/", HARD_SPACE)}
