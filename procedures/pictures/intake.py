"""From an uploaded file to a picture: what is not clearly harmless is refused with a sentence."""

import hashlib
from datetime import datetime
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.text import slugify
from django.utils.translation import gettext as _

from procedures.citations import DRAWINGS
from procedures.models import Picture
from procedures.pictures.png import read_png
from procedures.pictures.refusal import Refused
from procedures.pictures.svg import read_svg

PNG_BEGINS = b"\x89PNG\r\n\x1a\n"
OTHERS = {b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP", b"%PDF": "PDF", b"BM": "BMP", b"II*\0": "TIFF"}
BLANK_OR_MARK = b"\xef\xbb\xbf \t\r\n"


class Read(NamedTuple):
    """A picture that may be kept."""

    kind: str
    content: bytes
    width: int
    height: int


def read(data: bytes) -> Read:
    """The picture in a file, cleaned. Raises Refused."""
    if len(data) > Picture.MOST_BYTES:
        raise Refused(_("This picture is larger than 200 kB. Make it smaller and try again."))
    if data.startswith(PNG_BEGINS):
        picture = Read(Picture.Kind.PNG, *read_png(data))
    elif data.lstrip(BLANK_OR_MARK).startswith(b"<"):
        picture = Read(Picture.Kind.SVG, *read_svg(data))
    else:
        raise Refused(_("This is %s. Upload a PNG or an SVG.") % _kind_of(data))
    if len(picture.content) > Picture.MOST_BYTES:
        raise Refused(_("After processing, this picture is larger than 200 kB. Make it smaller and try again."))
    return picture


def keep(picture: Read, *, name: str, description: str, by: AbstractBaseUser, now: datetime) -> Picture:
    """The row of this picture. The same picture is kept once."""
    made = {
        "name": _free_name(name), "description": description, "uploaded_by": by, "uploaded_at": now,
        **picture._asdict(),
    }  # fmt: skip
    return Picture.objects.get_or_create(sha256=hashlib.sha256(picture.content).hexdigest(), defaults=made)[0]


def _kind_of(data: bytes) -> str:
    return next((name for begins, name in OTHERS.items() if data.startswith(begins)), _("no picture that we know"))


def _free_name(file: str) -> str:
    wanted = slugify(PurePath(file).stem)[:32] or "picture"
    taken = DRAWINGS.keys() | set(Picture.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    return next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if name not in taken)
