"""The page on which a manager gives the site the practice's color, mark and picture."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.desk.decorators import desk_view, page
from booking.desk.look.forms import LookForm
from clinic import practice_info
from clinic.brand import colors
from clinic.models import Practice
from procedures.editing.upload import is_huge
from procedures.pictures import intake


@desk_view("set_up", LookForm)
def look(request):
    practice = get_object_or_404(Practice)
    if request.method != "POST":
        form = LookForm(initial=_shown(practice))
        return page(request, "look/look", {"form": form, "own": practice}, shows=())
    form = LookForm(request.POST, request.FILES)
    if is_huge(request):
        form.add_error(None, _("A picture is larger than 200 kB. Make it smaller and try again."))
    if not form.is_valid():
        return page(request, "look/look", {"form": form, "own": practice}, shows=(), status=400)
    _save(practice, form.cleaned_data, request)
    messages.success(request, _("Saved. Every page shows it within ten seconds."))
    return HttpResponseRedirect(reverse("desk:look"))


def _shown(practice):
    return {"accent": practice.accent, "accent_dark": practice.accent_dark, "words": practice.picture.get("words", "")}


def _save(practice, data, request):
    practice.accent, practice.accent_dark = data["accent"], _dark(practice, data)
    practice.mark = _image(practice.mark, data, "mark", request)
    practice.picture = _image(practice.picture, data, "picture", request)
    if practice.picture and data["words"]:
        practice.picture["words"] = data["words"]
    practice.save(update_fields=["accent", "accent_dark", "mark", "picture"])
    practice_info.forget()


def _dark(practice, data):
    """What was worked out for another color is worked out anew."""
    is_of_another = data["accent"] != practice.accent and data["accent_dark"] == practice.accent_dark
    if data["accent"] and (is_of_another or not data["accent_dark"]):
        return colors.for_dark(data["accent"])
    return data["accent_dark"]


def _image(before, data, name, request):
    if not data[name]:
        return {} if data[f"no_{name}"] else before
    now = timezone.now()
    row = intake.keep(
        data[name], name=request.FILES[name].name, description=data["words"] or name, by=request.user, now=now
    )
    if row.published_at is None:  # everybody may see it from now on
        row.published_at = now
        row.save(update_fields=["published_at"])
    return {"file": row.file, "width": row.width, "height": row.height}
