"""The registry of verbs is complete: a test names what a verb lacks, and the file where it is missing."""

import ast

import pytest
from django.conf import settings
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import select_template

from booking import lifecycle
from booking.desk.urls import urlpatterns
from booking.lifecycle.verbs import DAY_MARKS, NON_BLOCKING, PATIENT_HISTORY, UNDOABLE, VERBS, Verb
from booking.models import Event, Message
from booking.roles import RIGHTS
from tests.booking.lifecycle.stories import STORIES

pytestmark = pytest.mark.once

DESK = settings.BASE_DIR / "templates" / "booking" / "desk"
BUTTONS = "\n".join(page.read_text() for page in DESK.rglob("*.html"))
ADDRESSES = {pattern.name for pattern in urlpatterns}
ROWS_OF_DAY = (settings.BASE_DIR / "booking" / "desk" / "day" / "rows.py").read_text()
MESSAGES = (settings.BASE_DIR / "booking" / "notifications" / "messages.py").read_text()
AT_ANOTHER_ADDRESS = {"hold", "extend_hold", "mark_needs_rebooking"}  # of the slot finder and of a closure
NO_WAY_BACK = {
    "hold",
    "extend_hold",
    "extend_offer",
    "correct_patient",
    "undo",
    "revert_status",
}


def missing(verb: Verb) -> list[str]:
    """What this verb still lacks, each with its file."""
    return [place for place, is_there in needs(verb).items() if not is_there]


def needs(verb: Verb) -> dict[str, bool]:
    name, told = verb.name, verb.notifies_patient
    found = {f"booking/lifecycle/verbs.py: what the history says of “{name}”": bool(verb.history)}
    if not verb.is_effect:
        found[f"booking/lifecycle/__init__.py: the function {name}"] = callable(getattr(lifecycle, name, None))
        found[f"tests/booking/lifecycle/stories.py: a story of {name}"] = name in STORIES
    if verb.is_blocking and not verb.is_effect:
        found[f"booking/lifecycle/verbs.py: the sentence for who comes too late after “{name}”"] = bool(verb.sentence)
    if verb.right:
        found[f"booking/roles.py: the right {verb.right}"] = verb.right in RIGHTS
        found[f"booking/lifecycle/verbs.py: the title of “{name}”"] = bool(verb.title) or name in AT_ANOTHER_ADDRESS
        found[f"booking/lifecycle/verbs.py: the way back from “{name}”, or its name in NO_WAY_BACK"] = has_way_back(
            verb
        )
    if verb.is_undoable:
        found[f"booking/lifecycle/verbs.py: what the undo bar says of “{name}”"] = bool(verb.done)
    if verb.title:
        found[f"booking/desk/urls.py: the address desk:{name}"] = name in ADDRESSES
        found[f"templates/booking/desk: a button that leads to desk:{name}"] = (
            bool(verb.mark) or f"desk:{name}'" in BUTTONS
        )
    if verb.mark:
        found[f"booking/desk/day/rows.py: the rows of the day that show “{name}”"] = f'"{name}"' in ROWS_OF_DAY
    if told:
        found[f"booking/lifecycle/verbs.py: what the patient reads of “{name}”"] = bool(verb.patient_history)
    for kind in told:
        found[f"booking/models/message.py: the kind {kind}"] = kind in Message.Kind.values
        found[f"booking/notifications/messages.py: who writes the kind {kind}"] = f"Kind.{kind.upper()}" in MESSAGES
        for template in (f"email/{kind}.txt", f"letter/{kind}.html"):
            found[f"templates/booking/notifications/{template}"] = is_template(f"booking/notifications/{template}")
    return found


def has_way_back(verb: Verb) -> bool:
    """Whether the verb is undone by the bar, reverted on the day page, or too minor to need either."""
    return verb.is_undoable or not verb.is_blocking or verb.name in {*DAY_MARKS, *NO_WAY_BACK}


def is_template(name: str) -> bool:
    try:
        select_template([name])
    except TemplateDoesNotExist:
        return False
    return True


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_a_verb_has_all_that_it_needs(verb):
    assert missing(verb) == []


def test_each_missing_place_of_a_new_verb_is_named():
    wave = Verb("wave", "wave", notifies_patient=("waved",), is_undoable=True)
    assert missing(wave) == [
        "booking/lifecycle/verbs.py: what the history says of “wave”",
        "booking/lifecycle/__init__.py: the function wave",
        "tests/booking/lifecycle/stories.py: a story of wave",
        "booking/lifecycle/verbs.py: the sentence for who comes too late after “wave”",
        "booking/roles.py: the right wave",
        "booking/lifecycle/verbs.py: the title of “wave”",
        "booking/lifecycle/verbs.py: what the undo bar says of “wave”",
        "booking/lifecycle/verbs.py: what the patient reads of “wave”",
        "booking/models/message.py: the kind waved",
        "booking/notifications/messages.py: who writes the kind waved",
        "templates/booking/notifications/email/waved.txt",
        "templates/booking/notifications/letter/waved.html",
    ]


def test_each_missing_place_of_a_new_status_button_is_named():
    words = {"title": "Mark as in a room", "mark": "In a room", "history": "In a room", "sentence": "%(who)s %(when)s"}
    assert missing(Verb("room", "check_in", **words)) == [
        "booking/lifecycle/__init__.py: the function room",
        "tests/booking/lifecycle/stories.py: a story of room",
        "booking/lifecycle/verbs.py: the way back from “room”, or its name in NO_WAY_BACK",
        "booking/desk/urls.py: the address desk:room",
        "booking/desk/day/rows.py: the rows of the day that show “room”",
    ]


def test_the_missing_url_and_place_of_a_new_request_button_are_named():
    assert missing(Verb("park", "confirm", title="Park it", is_blocking=False))[-2:] == [
        "booking/desk/urls.py: the address desk:park",
        "templates/booking/desk: a button that leads to desk:park",
    ]


def test_a_verb_sends_the_message_that_its_story_names():
    """The stories do each verb and look at its message: tests/booking/lifecycle/test_notifies_patient.py."""
    said = {name: kind for name, (kind, _prepare) in STORIES.items() if name in VERBS}
    assert {name for name, kind in said.items() if kind} - {"resend_link"} == {
        name for name, verb in VERBS.items() if verb.notifies_patient and not verb.is_effect
    }
    assert [name for name, kind in said.items() if kind not in (None, "link", *VERBS[name].notifies_patient)] == []


WRITES = {"event_of", 
    "transition", "set_status", "update", "log_event", "transition_all", "record", "insert", "create", "_mark", "_end",
    "_give", "_back",
}  # fmt: skip


def written(source: str) -> set[str]:
    """The verbs named in calls that write an event: `verb="..."`, or a plain string as an argument."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    writing = [call for call in calls if isinstance(call.func, ast.Name | ast.Attribute) and called(call) in WRITES]
    values = [value for call in writing for value in (*call.args, *(k.value for k in call.keywords if k.arg == "verb"))]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)} - {""}


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id


def test_the_registry_contains_exactly_the_verbs_that_the_lifecycle_writes():
    folder = settings.BASE_DIR / "booking" / "lifecycle"
    names = set().union(*(written(file.read_text()) for file in folder.rglob("*.py")))
    assert len(names) > 30
    assert names == set(VERBS)


def test_a_verb_outside_the_registry_is_found():
    assert written('transition(row, to, verb="wave", by=by)\n_mark(row, to, "nod", by, now)') == {"wave", "nod"}


def test_the_derived_tables_have_these_values():
    assert set(NON_BLOCKING) == {
        "claim", "take_over", "release_claim", "log_call", "add_note", "resend_link", "not_the_same", "unflag", "flag",
        "flag_two_places", "unflag_two_places",
        "mark_notified", "prepare", "choose_reminders", "disown_email", "allow_email", "pin_note", "unpin_note",
        "running_late", "start_call", "triage", "mark_ready",
    }  # fmt: skip
    assert set(UNDOABLE) == {
        "confirm", "decline", "withdraw", "book", "cancel", "offer", "accept_offer", "refuse_offer", "waitlist",
        "close", "end_quietly", "merge", "reopen", "reschedule", "mark_needs_rebooking",
    }  # fmt: skip
    assert DAY_MARKS == ["check_in", "fulfil", "mark_left", "no_show"]
    assert set(PATIENT_HISTORY) == {
        "submit", "change_times", "prepare", "choose_reminders", "confirm", "offer", "accept_offer", "refuse_offer",
        "expire_offer", "expire", "waitlist", "decline", "withdraw", "close", "reopen", "book", "reschedule",
        "cancel", "running_late",
        "mark_needs_rebooking",
    }  # fmt: skip


def test_a_verbs_name_fits_its_column():
    assert max(map(len, VERBS)) <= Event._meta.get_field("verb").max_length
