"""Texts that no form expects, and what would show that one of them became part of a page."""

from html.parser import HTMLParser

MARK = "xss"
HOSTILE = [
    "", " ", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "\u2028", "\u202eenuJ", "\u200f\u200b", "a" + "\u0301" * 500,
    "\U0001f480", "٣", "ﬀ", "İ", "a\r\nX-Probe: 1", "\t=1+1", "=HYPERLINK(1)", "@x", "-", "--", "\\", "%", "%00",
    "%s", "_",
    "' OR 1=1 --", "';DROP TABLE x;--", "1;SELECT pg_sleep(9)", '"', "'", "[", "(", "*", "(?P<", "{{7*7}}", "{%",
    "${7}",
    "-1", "0", "1", "00", "1.5", "1e309", "NaN", "inf", "0x10", "1_0", "9" * 20, "-" + "9" * 20, "9" * 300,
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648", "32768", "4294967296",
    "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "99999-01-01", "2026-13-01T25:61", "2026-12-03T09:00",
    "24:00",
    "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "25:61", "12", "February",
    "//example.org", "https://example.org/", "/\\example.org", "javascript:xss()", "/admin/logout/", "../../x",
    "a/b", ".",
    "{}", "[]", "null", "true", '{"id": 1}', "[" * 2000, "on", "x", "None", "__all__", "id", "pk",
    "<xss-probe>", '"><xss-probe onxss=1>', "'><svg onload=xss()>", '" onxss="1', "' onxss='1", "</title><xss-probe>",
    "</script><xss-probe>", "</textarea><xss-probe>", "<!--", "-->", "<a href=javascript:xss()>x</a>",
    "&lt;xss-probe&gt;",
    "[x](javascript:xss())", "<![CDATA[<xss-probe>]]>", "x" * 5000, "x" * 70_000, "x" * 200_000, "x" * 1_000_000,
]  # fmt: skip
NAMES = [
    "e", "p", "q", "o", "all", "_popup", "_to_field", "_changelist_filters", "x__regex", "id__in", "status__exact",
    "password__startswith", "created__year", "next", "from", "day", "since", "version", "key", "slot", "pk", "_save",
    "action", "_selected_action", "form-TOTAL_FORMS", "csrfmiddlewaretoken", "is_superuser", "a\x00b", "", "[]",
    "__proto__",
]  # fmt: skip
QUERIES = [  # that admins of Django stumble over
    "x__regex=[", "pk__regex=[", "id__iregex=(", "created__year=99999999999", "at__year=99999999999", "id__in=1,x",
    "id__range=1", "id__isnull=maybe", "password__startswith=a", "id__id__id=1", "e=1", "_to_field=x", "_to_field=",
    "_to_field=id",
    "_popup=1&_to_field=id", "p=99999999999999", "p=x", "p=-1", "o=1.1.-1.x", "all=1", "_facets=1", "=", "&&&",
    "%5B%5D=1",
    "q=%00", "status__exact=%00", "q=%FF%FE", "id=" + "9" * 30, "_changelist_filters=%00",
    "_changelist_filters=a%3D%5B",
]  # fmt: skip
LEADS = {"href", "src", "action", "formaction", "data", "poster"}


class Live(HTMLParser):
    """What a hostile value would have made: an element or attribute of its own, a handler, an address that is code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [tag] if MARK in tag else []
        for name, value in attrs:
            is_code = name in LEADS and (value or "").strip().lower().startswith(
                ("javascript:", "data:text", "vbscript:")
            )
            if is_code or MARK in name or name.startswith("on"):
                self.found.append(f"{name}={value}")
