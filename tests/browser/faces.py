"""The two fonts in which the layout is measured, a wide one and a narrow one, without any font of the machine.

Packages in requirements-dev.txt bring them. The wide one has the letters of DejaVu Sans; the narrow one takes four
fifths of their width.
"""

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import escape

WIDE, NARROW = "Bitstream Vera Sans", "Source Sans Pro"
FACES = [WIDE, NARROW]
BROUGHT_BY = {"reportlab": "fonts/Vera*.ttf", "font_source_sans_pro": "files/*.otf"}
WORDS = "Name, phone, birth date"
CONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir>
<match target="pattern"><edit name="family" mode="append_last"><string>{face}</string></edit></match></fontconfig>"""

DRAW_WITH = """face => {
  for (const name of ['--p-sans', '--p-serif']) document.documentElement.style.setProperty(name, `'${face}'`);
}"""
AS_IT_CAME = "['--p-sans', '--p-serif'].forEach(name => document.documentElement.style.removeProperty(name))"
LONG = """words => { const pen = document.createElement('canvas').getContext('2d');
  pen.font = getComputedStyle(document.body).font; return pen.measureText(words).width; }"""

measured = {}  # font: what Chromium drew with when it was first asked for it, and how many px WORDS took


def only_these(folder):
    """Make Chromium see only these fonts, through FONTCONFIG_FILE."""
    for package, files in BROUGHT_BY.items():
        for file in Path(find_spec(package).origin).parent.glob(files):
            (folder / file.name).symlink_to(file)
    config = folder / "fonts.conf"
    config.write_text(CONFIG.format(folder=escape(str(folder)), face=WIDE))
    return str(config)


def in_each(page):
    """Show the page in one font after the other; at the end in its original one."""
    for face in FACES:
        page.evaluate(DRAW_WITH, face)
        if face not in measured:
            measured[face] = drawn_with(page, "body").most_common(1)[0][0], page.evaluate(LONG, WORDS)
        yield face
    page.evaluate(AS_IT_CAME)


def drawn_with(page, selector):
    """How many letters of an element each font drew, according to Chromium."""
    page.evaluate("document.body.offsetHeight")  # else Chromium may still answer for the layout before
    session = page.context.new_cdp_session(page)
    for part in ("DOM", "CSS"):
        session.send(f"{part}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
    fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    session.detach()
    letters = Counter()
    for font in fonts:
        name = font["familyName"]  # a semibold has a name of its own
        letters[next(filter(name.startswith, FACES), name)] += font["glyphCount"]
    return letters
