"""`make audit` finds a vulnerable pin, accepts good ones, and says when it could not check. Needs no network."""

import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests import audit

pytestmark = pytest.mark.once

# What the service answers for Django 5.0.7, cut to the fields that are read; the summary is in our own words.
ADVISORY = {
    "id": "PYSEC-2024-70",
    "aliases": ["CVE-2024-42005"],
    "modified": "2024-08-07T17:22:10.804411Z",
    "published": "2024-08-07T15:15:00Z",
    "summary": "SQL injection by the key of a JSON object in values()",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "django", "purl": "pkg:pypi/django"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "5.0"}, {"fixed": "5.0.8"}]}],
            "versions": ["5.0", "5.0.1", "5.0.2", "5.0.3", "5.0.4", "5.0.5", "5.0.6", "5.0.7"],
        }
    ],
}


class Service(BaseHTTPRequestHandler):
    """Answers as the advisory service does: which advisories apply to each package, then each of them in full."""

    asked: list[tuple[str, str]]
    instead: tuple[int, dict] | None

    def do_POST(self):
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        packages = [(query["package"]["name"], query["version"]) for query in queries]
        self.asked += packages
        self.answer(*self.instead or (200, {"results": [self.known(*package) for package in packages]}))

    def do_GET(self):
        self.answer(200, ADVISORY)

    def known(self, name, version):
        affected = ADVISORY["affected"][0]
        is_bad = name == affected["package"]["name"] and version in affected["versions"]
        return {"vulns": [{"id": ADVISORY["id"], "modified": ADVISORY["modified"]}]} if is_bad else {}

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def service():
    handler = type("Recorded", (Service,), {"asked": [], "instead": None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        handler.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield handler
        server.shutdown()


@pytest.fixture
def run(service, tmp_path, monkeypatch, capfd):
    """`run("django==5.0.7")` -> exit code, printed lines. The packages are empty ones, created here."""
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": tmp_path, "CACHE_DIR": tmp_path / "cache"}.items():
        monkeypatch.setenv(f"UV_{name}", str(value))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def audited(*pins):
        for pin in pins:
            make_package(tmp_path, *pin.split("=="))
        requirements = tmp_path / "requirements.txt"
        requirements.write_text("# made by the test\n" + "".join(f"{pin}\n    # via it\n" for pin in pins))
        code = audit.main(["--service-url", service.address], requirements)
        return code, capfd.readouterr().out.splitlines()

    return audited


def make_package(folder, name, version):
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", head)


def test_a_vulnerable_pin_is_named_and_fails(run):
    code, printed = run("django==5.0.7", "nh3==0.3.8")
    assert code == 1
    assert any(ADVISORY["id"] in line and ADVISORY["summary"] in line for line in printed)
    assert any("5.0.8" in line for line in printed), "the version that mends it"


def test_pins_without_known_vulnerabilities_pass(run, service):
    code, printed = run("django==5.0.8", "nh3==0.3.8")
    assert code == 0
    assert "NOT CHECKED" not in " ".join(printed)
    assert sorted(service.asked) == [("django", "5.0.8"), ("nh3", "0.3.8")]


def test_an_unreachable_service_does_not_fail_but_the_last_line_says_so(run, service):
    service.address = "http://127.0.0.1:9"
    code, printed = run("django==5.0.7")
    assert code == 0
    assert printed[-1].startswith("NOT CHECKED: ")


def test_a_service_that_answers_with_an_error_does_not_fail_either(run, service):
    service.instead = (503, {})
    code, printed = run("django==5.0.7")
    assert code == 0
    assert printed[-1].startswith("NOT CHECKED: ")


def test_an_answer_that_cannot_be_parsed_is_not_taken_for_a_clean_result(run, service):
    service.instead = (200, {"surprise": []})
    code, printed = run("django==5.0.7")
    assert code > 1
    assert "NOT CHECKED" not in " ".join(printed)


def test_every_production_pin_is_checked():
    pins = audit.pins(audit.REQUIREMENTS.read_text())
    assert len(pins) > 20
    assert all("==" in pin for pin in pins)
    assert all(json.dumps(pin) in audit.as_script(pins) for pin in pins)
