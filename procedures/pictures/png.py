"""PNG pictures, made anew from their points: nothing else that was in the file stays."""

import io
import struct
import zlib

from django.utils.translation import gettext as _
from PIL import Image

from procedures.pictures.refusal import Refused

MOST_POINTS = 4_000_000
WIDEST = 4000
KEPT = ("transparency",)


def read_png(data: bytes) -> tuple[bytes, int, int]:
    """(the picture made anew, its width, its height)"""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:  # reads the first bytes only
            width, height = picture.size
            if width * height > MOST_POINTS or max(width, height) > WIDEST:
                raise Image.DecompressionBombError
            picture.load()
            picture.info = {name: value for name, value in picture.info.items() if name in KEPT}
            made = io.BytesIO()
            picture.save(made, "PNG", optimize=True)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(_("This picture has too many points: at most 4 million, and 4,000 on a side.")) from None
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error):
        raise Refused(_("This PNG is damaged. Save it again.")) from None
    return made.getvalue(), width, height
