"""The house rules that can be checked in the source: who imports whom, who writes what, who reads the clock."""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
APPS = ("clinic", "procedures", "booking")
# From left to right: a room imports only from itself and from rooms before it. The rooms in one set do not import
# each other. What no longer name matches belongs to its app: `booking.apps` to `booking`.
ORDER = [
    {"clinic"},
    {"procedures"},
    {"booking"},
    {"booking.roles"},
    {"booking.models"},
    {"booking.form_fields"},
    {"booking.scheduling"},
    {"booking.notifications"},
    {"booking.lifecycle"},
    {"booking.records"},
    {"booking.exchange"},
    {"booking.set_up"},
    {"booking.templatetags"},
    {"booking.request_flow"},
    {"booking.patient_page"},
    {"booking.desk", "booking.admin", "booking.maintenance", "booking.demo"},
    {"booking.management"},
    {"booking.urls"},  # assembles the public entry points
    {"clinic.urls"},  # assembles everything
]
PURE = {"booking.scheduling.availability", "booking.scheduling.business_hours", "booking.models.reference"}
MOST_MODULES, IN_LIFECYCLE = 15, 20
LONGEST_LINE = 120  # of a template; ruff sees to the code
WRITTEN_BY_LIFECYCLE = {"status", "starts_at", "ends_at", "blocked_from", "blocked_until"}
OTHER_WRITERS = {
    "booking.notifications.messages": {"status"},  # status of a Message
    "booking.notifications.outbox": {"status"},  # status of a Message
    "booking.demo": WRITTEN_BY_LIFECYCLE,  # weeks of past appointments, in bulk
}
WRITING_CALLS = {"update", "create", "get_or_create", "update_or_create", "Appointment", "AppointmentRequest"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
TREES = {name_of(path): ast.parse(path.read_text()) for path in FILES}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(name: str, tree: ast.AST) -> set[str]:
    """The full names that a module imports: `from booking import roles` gives booking.roles."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports by a relative path"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room_of(name: str) -> tuple[int, str] | None:
    """The number and name of a module's room; None for modules that are not ours."""
    rooms = [(floor, room) for floor, names in enumerate(ORDER) for room in names if within(name, room)]
    return max(rooms, key=lambda found: len(found[1]), default=None)


def may_import(importer: str, found: str) -> bool:
    here, there = room_of(importer), room_of(found)
    if here is None or there is None or here == there:
        return True
    return there[0] < here[0]


def breaches(name: str, tree: ast.AST) -> set[str]:
    """The module's imports that break the order."""
    names = imported(name, tree)
    wrong = {found for found in names if not may_import(name, found)}
    return wrong | {found for found in names if name in PURE and not is_pure(found)}


def is_pure(found: str) -> bool:
    return found.split(".")[0] in sys.stdlib_module_names or any(within(found, module) for module in PURE)


def lifecycle_writes(name: str, tree: ast.AST) -> set[str]:
    """The lifecycle's columns that the module writes although it may not."""
    if within(name, "booking.lifecycle"):
        return set()
    written = {column for node in ast.walk(tree) for column in columns_written(node)}
    allowed = {column for writer, columns in OTHER_WRITERS.items() if within(name, writer) for column in columns}
    return (written & WRITTEN_BY_LIFECYCLE) - allowed


def columns_written(node: ast.AST) -> list[str | None]:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return [node.attr]
    if not isinstance(node, ast.Call):
        return []
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called == "setattr":
        return [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    return [keyword.arg for keyword in node.keywords] if called in WRITING_CALLS else []


def inline_imports(tree: ast.AST) -> list[int]:
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    return [
        node.lineno for each in functions for node in ast.walk(each) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def careless_clocks(tree: ast.AST) -> list[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    bare = [ast.unparse(call) for call in calls if not call.args and not call.keywords]
    return [
        call
        for call in bare
        if call.endswith(("date.today()", "datetime.today()", "datetime.now()", "datetime.utcnow()"))
    ]


def utc_dates(tree: ast.AST) -> list[str]:
    """Dates of the server or of UTC, which in the evening are not the practice's."""
    calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if call.endswith(("now.date()", "now().date()", "localdate()"))]


def graph(trees: dict[str, ast.AST]) -> dict[str, set[str]]:
    return {name: {module_of(found, trees) for found in imported(name, tree)} - {None} for name, tree in trees.items()}


def module_of(found: str, trees: dict[str, ast.AST]) -> str | None:
    """The module of ours behind an import: the name itself, or the module that contains it."""
    return next((name for name in (found, found.rpartition(".")[0]) if name in trees), None)


def offenders(rule) -> dict[str, object]:
    found = {name: rule(name, tree) for name, tree in TREES.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_the_product_has_modules_to_check():
    assert len(TREES) > 50


def test_imports_follow_the_order():
    assert offenders(breaches) == {}


def test_every_room_of_the_order_exists():
    rooms = {room for names in ORDER for room in names}
    assert {room for room in rooms if not any(within(name, room) for name in TREES)} == set()


def test_no_folder_has_too_many_modules():
    folders: dict[Path, int] = {}
    for path in FILES:
        if path.name != "__init__.py":
            folders[path.parent] = folders.get(path.parent, 0) + 1
    most = {folder: IN_LIFECYCLE if folder.name == "lifecycle" else MOST_MODULES for folder in folders}
    assert {str(folder): number for folder, number in folders.items() if number > most[folder]} == {}


def test_only_the_lifecycle_writes_status_start_and_end():
    assert offenders(lifecycle_writes) == {}


def test_imports_are_at_the_top():
    assert offenders(lambda _, tree: inline_imports(tree)) == {}


def test_the_clock_is_read_with_its_zone():
    assert offenders(lambda _, tree: careless_clocks(tree)) == {}


def test_a_date_is_the_practices():
    assert offenders(lambda _, tree: utc_dates(tree)) == {}


def test_there_is_no_import_cycle():
    order = TopologicalSorter(graph(TREES)).static_order()  # raises CycleError, which names the modules
    assert set(order) == TREES.keys()


# -- each rule can fail


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("clinic.models.practice", "from booking.models import Appointment"),
        ("clinic.admin", "import procedures.models"),
        ("procedures.views", "from booking.request_flow import flow"),
        ("booking.models.patient", "from booking import form_fields"),
        ("booking.roles", "from booking.models import Event"),
        ("booking.scheduling.availability", "from django.utils import timezone"),
        ("booking.scheduling.business_hours", "from booking.scheduling import slots"),
        ("booking.scheduling.slots", "from booking.lifecycle import submit"),
        ("booking.notifications.messages", "from booking.lifecycle import submit"),
        ("booking.lifecycle.appointment_request", "from booking.desk.queue import views"),
        ("booking.lifecycle.appointment_request", "def submit():\n    from booking.request_flow import flow"),
        ("booking.templatetags.desk_format", "from booking.desk import labels"),
        ("booking.request_flow.views", "from booking.patient_page import forms"),
        ("booking.request_flow.views", "from booking.desk import expired_form"),
        ("booking.desk.queue.views", "from booking.admin import hours"),
        ("booking.admin.hours", "from booking.desk.day import appointments"),
        ("booking.demo.desk", "from booking.desk import labels"),
        ("booking.desk.decorators", "from booking.urls import urlpatterns"),
        ("clinic.views", "from clinic.urls import urlpatterns"),
        ("clinic.views", "from booking import roles"),
    ],
)
def test_a_wrong_import_is_found(name, source):
    assert breaches(name, ast.parse(source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("booking.patient_page.change_times", "from booking.request_flow.flow import Flow"),
        ("booking.desk.day.views", "from booking.desk.slot_finder import select_options"),
        ("booking.management.commands.load_demo", "from booking.demo import practice"),
        ("booking.models.appointment_request", "from booking import roles"),
        ("clinic.urls", "from booking.desk import expired_form"),
        ("booking.scheduling.business_hours", "from booking.scheduling.availability import DAY"),
    ],
)
def test_a_correct_import_is_not_reported(name, source):
    assert not breaches(name, ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "appointment.status = 'booked'",
        "appointment.starts_at += delta",
        "a, appointment.ends_at = times",
        "appointments.filter(pk=1).update(status='booked')",
        "Appointment(starts_at=now)",
        "AppointmentRequest.objects.create(status='new')",
        "setattr(appointment, 'blocked_from', now)",
    ],
)
def test_a_write_outside_the_lifecycle_is_found(source):
    assert lifecycle_writes("booking.desk.queue.views", ast.parse(source))
    assert not lifecycle_writes("booking.lifecycle.appointment_request", ast.parse(source))


def test_reading_a_column_is_not_reported():
    assert not lifecycle_writes(
        "booking.desk.queue.views", ast.parse("appointments.filter(status=asked.status); render(page, status=409)")
    )


@pytest.mark.parametrize("source", ["date.today()", "datetime.datetime.now()", "datetime.utcnow()", "datetime.today()"])
def test_a_clock_without_a_zone_is_found(source):
    assert careless_clocks(ast.parse(source))
    assert not careless_clocks(ast.parse("datetime.now(UTC); timezone.now(); frame.today(zone)"))


@pytest.mark.parametrize("source", ["now.date()", "timezone.now().date()", "self.now.date()", "timezone.localdate()"])
def test_a_date_of_another_zone_is_found(source):
    assert utc_dates(ast.parse(source))
    assert not utc_dates(ast.parse("now.astimezone(zone).date(); timezone.localdate(timezone=zone); local_date(now)"))


def test_an_import_inside_a_function_and_a_cycle_are_found():
    assert inline_imports(ast.parse("def f():\n    import json")) == [2]
    cycle = {"booking.a": ast.parse("from booking import b"), "booking.b": ast.parse("from booking.a import name")}
    with pytest.raises(CycleError):
        TopologicalSorter(graph(cycle)).prepare()


def test_no_test_module_imports_from_another():
    for path in (ROOT / "tests").rglob("*.py"):
        others = {name for name in imported(path.name, ast.parse(path.read_text())) if ".test_" in name}
        assert not others, f"{path.name}: what several tests share stands in a module beside them, not in {others}"


def test_no_line_of_a_template_is_too_long_to_read():
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert len(templates) > 100
    long = {
        f"{path.relative_to(ROOT)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    }
    assert not long


def test_a_local_date_is_worked_out_in_one_place():
    by_hand = re.compile(r"\.astimezone\([^\n]*\)\.date\(\)|\blocaldate\(")
    found = [name_of(path) for path in FILES if by_hand.search(path.read_text())]
    assert found == ["clinic.practice_info"]
