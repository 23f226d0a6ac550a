"""Uploaded pictures, at an address made from their bytes."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from procedures.models import Picture

TYPES = {Picture.Kind.PNG: "image/png", Picture.Kind.SVG: "image/svg+xml"}
FOREVER, NEVER = "public, max-age=31536000, immutable", "private, no-store"


@require_safe
def picture(request, file):
    """A picture of a published page is everybody's; that of a draft is for those who may see the draft."""
    sha256, _dot, kind = file.partition(".")
    found = Picture.objects.filter(sha256=sha256, kind=kind).first()
    if found is None or not (found.published_at or request.user.has_perm("procedures.view_procedure")):
        raise Http404(_("There is no such page."))
    response = HttpResponse(bytes(found.content), content_type=TYPES[found.kind])
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = FOREVER if found.published_at else NEVER
    return response
