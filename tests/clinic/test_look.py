"""What the style sheets promise: contrast, colors in one place, nothing inline, static files that can be hashed."""

import re
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import render_to_string

from clinic.practice_info import PracticeInfo
from procedures import citations
from tests.contrast import contrast

pytestmark = pytest.mark.once

STATIC = Path(settings.BASE_DIR) / "clinic" / "static" / "clinic"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
SHEET = re.sub(r"/\*.*?\*/", "", (STATIC / "tokens.css").read_text(), flags=re.DOTALL)
LIGHT, _, DARK = SHEET.partition("@media screen and (prefers-color-scheme: dark)")
DARK = DARK.partition("\n}\n")[0]


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--p-([a-z0-9-]+):\s*(#[0-9a-f]{6})", css))


SCHEMES = {"light": tokens(LIGHT), "dark": tokens(DARK)}

# foreground: backgrounds, minimum ratio, for every pair in use. 7 for body text, 4.5 for all other text, 3 for borders,
# marks and the focus outline.
PAIRS = [
    ("ink", "paper card sage sand lamp-tint amber-tint red-tint blue-tint green-tint", 7),
    ("on-lamp", "lamp", 7),
    ("on-deep", "deep", 7),
    ("ink-2", "paper card sage sand", 4.5),
    ("pine", "paper card sage sage-2 sand lamp-tint green-tint amber-tint blue-tint", 4.5),
    ("pine-2", "paper card sage sage-2 sand lamp-tint", 4.5),
    ("on-fill", "pine pine-2 red amber ink ink-2", 4.5),
    ("red", "card sage red-tint paper sand green-tint amber-tint", 4.5),
    ("amber", "card amber-tint paper sage green-tint", 4.5),
    ("green", "card green-tint paper sage amber-tint", 4.5),
    ("blue", "blue-tint", 4.5),
    ("field", "card paper sage sand", 3),
    ("pine", "card paper sage sand", 3),
    ("lamp", "deep", 3),
    ("clay", "card sage", 3),
    ("focus", "halo", 3),
]
CASES = [(scheme, front, ground, least) for scheme in SCHEMES for front, on, least in PAIRS for ground in on.split()]


@pytest.mark.parametrize(("scheme", "front", "ground", "least"), CASES)
def test_text_and_borders_contrast_with_their_background(scheme, front, ground, least):
    assert contrast(SCHEMES[scheme][front], SCHEMES[scheme][ground]) >= least


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_focus_outline_or_its_halo_contrasts_with_every_background(scheme):
    """The outline has the halo on both sides; one of the two must contrast with the background around it."""
    colors = SCHEMES[scheme]
    for ground in ("paper", "card", "sage", "sage-2", "sand", "lamp-tint", "deep", "pine", "pine-2", "lamp", "red"):
        seen = max(contrast(colors[ring], colors[ground]) for ring in ("focus", "halo"))
        assert seen >= 3, ground


def test_the_dark_scheme_defines_every_color_of_the_light_one():
    assert SCHEMES["light"].keys() == SCHEMES["dark"].keys()


def test_the_contrast_function_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_no_color_is_written_outside_the_tokens():
    sheets = [sheet for sheet in STATIC.rglob("*.css") if sheet.name != "tokens.css"]
    named = "white|black|gr[ae]y|silver|red|green|blue|yellow|orange|purple|teal|navy"
    raw = re.compile(rf"#[0-9a-f]{{3,8}}\b(?=[\s;,)])|\b(?:rgba?|hsla?)\(|[:\s,(](?:{named})(?=[\s;,)])", re.IGNORECASE)
    rules = {sheet.name: re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL) for sheet in sheets}
    assert {name: raw.findall(css) for name, css in rules.items() if raw.search(css)} == {}


BOOTSTRAPS = re.compile(r"([mp][tbsexy]?|g[xy]?|[dwh]|f[sw]|col|row|flex|align|justify|text|border|btn|form)-[\w-]+")


def test_a_class_with_a_bootstrap_name_has_a_rule_in_our_style_sheets():
    """We use no Bootstrap style sheet: a class such as mt-6 or d-none would silently do nothing."""
    rules = "".join(re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL) for sheet in STATIC.rglob("*.css"))
    known = set(re.findall(r"\.([a-z][\w-]*)", rules))
    used = {}
    for page in TEMPLATES.rglob("*.html"):
        html = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", page.read_text(), flags=re.DOTALL)
        for name in chain.from_iterable(map(str.split, re.findall(r'class="([^"]*)"', html))):
            used.setdefault(name, page.name)
    assert "visually-hidden" in used, "else no class was read"
    assert {name: page for name, page in used.items() if BOOTSTRAPS.fullmatch(name) and name not in known} == {}


def test_no_color_is_written_in_a_template():
    raw = re.compile(r"""\b(?:fill|stroke|color|bgcolor|stop-color)=["'](?!none|url|currentColor|\{)[^"']*""")
    pages = {page.name: raw.findall(page.read_text()) for page in TEMPLATES.rglob("*.html")}
    assert {name: found for name, found in pages.items() if found} == {}


def test_every_token_in_use_is_defined():
    defined = set(re.findall(r"(--p-[a-z0-9-]+)\s*:", (STATIC / "tokens.css").read_text()))
    used = set(
        chain.from_iterable(re.findall(r"var\((--p-[a-z0-9-]+)", sheet.read_text()) for sheet in STATIC.rglob("*.css"))
    )
    assert used <= defined


def test_no_list_of_typefaces_ends_where_a_times_like_face_could_come_in():
    faces = {
        name: [face.strip() for face in of.split(",")] for name, of in re.findall(r"--p-(sans|serif): ([^;]+);", SHEET)
    }
    assert faces["serif"][-1] == "var(--p-sans)"
    assert faces["sans"][-1] == "sans-serif"
    assert not {"serif", "ui-serif", "Times", '"Times New Roman"', "system-ui"} & {*faces["serif"], *faces["sans"]}


# Downloaded, and opened where there is no server to send a style sheet.
KEPT_AS_A_FILE = {"_sheet_file.html", "_export.html"}


def test_no_template_has_inline_styles_or_scripts():
    """The content security policy refuses inline styles and scripts, so they would not work."""
    inline = re.compile(r"\sstyle\s*=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
    found = {}
    for page in TEMPLATES.rglob("*.html"):
        html = re.sub(r"\{%.*?%\}|\{#.*?#\}", "", page.read_text(), flags=re.DOTALL)
        if "email" not in page.parts and page.name not in KEPT_AS_A_FILE and inline.search(html):
            found[page.name] = inline.findall(html)
    assert found == {}


DRAWINGS = sorted((STATIC / "svg").glob("*.svg"))
MOVING = "four-steps"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=DRAWINGS, ids=lambda file: file.stem)
def drawing(request) -> Path:
    return request.param


def test_a_drawing_is_well_formed_and_says_what_it_shows(drawing):
    root = ElementTree.fromstring(drawing.read_text())
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text.strip()
    assert root.find(f"{SVG}desc").text.strip()
    named = {part.get("id") for part in (root.find(f"{SVG}title"), root.find(f"{SVG}desc"))}
    assert set(root.get("aria-labelledby").split()) == named


def test_a_drawing_contains_no_text_photograph_script_or_external_resource(drawing):
    root = ElementTree.fromstring(drawing.read_text())
    tags = {part.tag.removeprefix(SVG) for part in root.iter()}
    assert tags.isdisjoint({"text", "tspan", "image", "script", "foreignObject", "a", "animate", "set"})
    references = [value for part in root.iter() for name, value in part.items() if name.endswith("href")]
    assert all(reference.startswith("#") for reference in references)
    assert not re.search(r"url\(|@import|style=|\son\w+=|data:", drawing.read_text())


def test_a_drawing_has_style_rules_only_for_the_dark_scheme(drawing):
    """Where the policy refuses its styles, the drawing is shown in the light scheme; the one that moves, at its end."""
    for rules in re.findall(r"<style>(.*?)</style>", drawing.read_text(), re.DOTALL):
        if drawing.stem == MOVING:
            rules, moves, rest = rules.partition("}}")
            rules += moves
            assert "@media (prefers-reduced-motion:reduce),print{*{animation:none!important}" in rest
        assert re.fullmatch(
            r"@media screen and \(prefers-color-scheme:dark\)\{(\.[a-z]\{[a-z]+:#[0-9a-f]+\})+\}", rules
        )


def test_a_drawing_is_small(drawing):
    assert drawing.stat().st_size <= 6 * 1024


def test_editors_may_place_drawings_that_exist_with_their_true_proportions():
    for name, (width, height) in citations.DRAWINGS.items():
        root = ElementTree.fromstring((STATIC / "svg" / f"{name}.svg").read_text())
        assert root.get("viewBox") == f"0 0 {width} {height}"


def test_static_files_can_be_collected_and_hashed(settings, tmp_path):
    """Hashing follows every url() in a style sheet: a missing file stops a release."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list(tmp_path.glob("clinic/tokens.*.css"))


ERROR_PAGES = ["400", "403", "404", "405", "413", "415", "429", "500", "503", "csrf"]
PRACTICE = PracticeInfo("Lantern Pier Pain & Spine", "Lantern Pier", "+17185550142", is_demo=True)


@pytest.mark.parametrize("page", ERROR_PAGES)
def test_an_error_page_needs_no_database_and_gives_the_phone_number(page):
    """There is no `db` fixture here, so a query would fail this test."""
    html = render_to_string(f"{page}.html", {"practice": PRACTICE})
    assert html.count('href="tel:+17185550142"') >= 2
    assert "Call 911." in html
    assert "<h1>" in html


@pytest.mark.parametrize("page", ["500", "503"])
def test_an_error_page_says_whether_a_request_may_have_arrived(page):
    html = render_to_string(f"{page}.html", {"practice": PRACTICE})
    assert "You saw a confirmation number" in html
    assert "we do not have it yet" in html


@pytest.mark.parametrize("page", ERROR_PAGES)
def test_an_error_page_can_be_rendered_before_the_practice_is_loaded(page):
    html = render_to_string(f"{page}.html", {"practice": PracticeInfo("Our practice", "Our practice", "")})
    assert 'href="tel:"' not in html
