"""The danger signs: one list, in one wording, wherever people read when to call for help at once."""

from django.utils.translation import gettext_lazy as _

DANGER_SIGNS = (
    _("your chest hurts, or it is hard to breathe"),
    _("your legs suddenly turn weak or numb"),
    _("you go numb between your legs"),
    _("you lose control of your bladder or bowels"),
    _("you faint"),
    _("your face droops or your speech changes"),
)
