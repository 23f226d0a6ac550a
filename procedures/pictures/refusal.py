from django.utils.translation import gettext as _


class Refused(Exception):
    """Says why a picture is not taken, as a sentence for the editor."""

    @classmethod
    def part(cls, name: str) -> "Refused":
        said = _("This drawing has “%s” in it, which no picture here may have. Take it out, or save it as a PNG.")
        return cls(said % name)
