"""The style sheet with the practice's colors. All of it is in its address: it never changes and needs no row."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.brand import colors

FOREVER = "public, max-age=31536000, immutable"


@require_safe
def stylesheet(request, light, dark):
    try:
        colors.check(f"#{light}", dark=False)
        colors.check(f"#{dark}", dark=True)
    except colors.Unreadable:
        raise Http404(_("There is no such page.")) from None
    return HttpResponse(
        colors.sheet(f"#{light}", f"#{dark}"),
        content_type="text/css; charset=utf-8",
        headers={"Cache-Control": FOREVER},
    )
