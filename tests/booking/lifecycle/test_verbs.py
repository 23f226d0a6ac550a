"""The registry of verbs is complete: what a verb lacks is named, with the file that it is to be added to."""

import ast

import pytest
from django.conf import settings
from django.template.exceptions import TemplateDoesNotExist
from django.template.loader import select_template

from booking import lifecycle
from booking.desk.urls import urlpatterns
from booking.lifecycle.verbs import DAY_MARKS, NON_BLOCKING, UNDOABLE, VERBS, Verb
from booking.models import Event, Message
from booking.roles import RIGHTS
from tests.booking.lifecycle.stories import STORIES

DESK = settings.BASE_DIR / "templates" / "booking" / "desk"
BUTTONS = "\n".join(page.read_text() for page in DESK.rglob("*.html"))
ADDRESSES = {pattern.name for pattern in urlpatterns}


def missing(verb: Verb) -> list[str]:
    """What this verb still needs, each with its file."""
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
    if verb.is_undoable:
        found[f"booking/lifecycle/verbs.py: what the undo bar says of “{name}”"] = bool(verb.done)
    if verb.title:
        found[f"booking/desk/urls.py: the address desk:{name}"] = name in ADDRESSES
        found[f"templates/booking/desk: a button that leads to desk:{name}"] = (
            bool(verb.mark) or f"desk:{name}'" in BUTTONS
        )
    if told:
        found[f"booking/lifecycle/verbs.py: what the patient reads of “{name}”"] = bool(verb.patient_history)
    for kind in told:
        found[f"booking/models/message.py: the kind {kind}"] = kind in Message.Kind.values
        for template in (f"email/{kind}.txt", f"letter/{kind}.html"):
            found[f"templates/booking/notifications/{template}"] = is_template(f"booking/notifications/{template}")
    return found


def is_template(name: str) -> bool:
    try:
        select_template([name])
    except TemplateDoesNotExist:
        return False
    return True


@pytest.mark.parametrize("verb", VERBS.values(), ids=list(VERBS))
def test_a_verb_has_all_that_it_needs(verb):
    assert missing(verb) == []


def test_of_a_new_verb_each_missing_place_is_named():
    wave = Verb("wave", "wave", notifies_patient=("waved",), is_undoable=True, title="Wave to the patient")
    assert missing(wave) == [
        "booking/lifecycle/verbs.py: what the history says of “wave”",
        "booking/lifecycle/__init__.py: the function wave",
        "tests/booking/lifecycle/stories.py: a story of wave",
        "booking/lifecycle/verbs.py: the sentence for who comes too late after “wave”",
        "booking/roles.py: the right wave",
        "booking/lifecycle/verbs.py: what the undo bar says of “wave”",
        "booking/desk/urls.py: the address desk:wave",
        "templates/booking/desk: a button that leads to desk:wave",
        "booking/lifecycle/verbs.py: what the patient reads of “wave”",
        "booking/models/message.py: the kind waved",
        "templates/booking/notifications/email/waved.txt",
        "templates/booking/notifications/letter/waved.html",
    ]


def test_a_verb_tells_the_patient_what_its_story_says():
    """The stories act and look: tests/booking/lifecycle/test_notifies_patient.py."""
    said = {name: kind for name, (kind, _prepare) in STORIES.items() if name in VERBS}
    assert {name for name, kind in said.items() if kind} - {"resend_link"} == {
        name for name, verb in VERBS.items() if verb.notifies_patient and not verb.is_effect
    }
    assert [name for name, kind in said.items() if kind not in (None, "link", *VERBS[name].notifies_patient)] == []


WRITES = {
    "transition", "set_status", "update", "log_event", "transition_all", "record", "insert", "create", "is_written",
    "_mark", "_end", "_give", "_back",
}  # fmt: skip


def written(source: str) -> set[str]:
    """The names of verbs in the calls that write an event: `verb="..."`, or a plain word without a keyword."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    writing = [call for call in calls if isinstance(call.func, ast.Name | ast.Attribute) and called(call) in WRITES]
    values = [value for call in writing for value in (*call.args, *(k.value for k in call.keywords if k.arg == "verb"))]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)} - {""}


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id


def test_every_verb_that_the_lifecycle_writes_is_in_the_registry_and_the_other_way_round():
    folder = settings.BASE_DIR / "booking" / "lifecycle"
    names = set().union(*(written(file.read_text()) for file in folder.glob("*.py")))
    assert len(names) > 30
    assert names == set(VERBS)


def test_a_verb_outside_of_the_registry_is_seen():
    assert written('transition(row, to, verb="wave", by=by)\n_mark(row, to, "nod", by, now)') == {"wave", "nod"}


def test_the_tables_that_are_derived_say_what_they_said():
    assert set(NON_BLOCKING) == {
        "claim", "take_over", "release_claim", "log_call", "add_note", "resend_link", "not_the_same", "unflag", "flag",
        "mark_notified",
    }  # fmt: skip
    assert set(UNDOABLE) == {
        "confirm", "decline", "withdraw", "book", "cancel", "offer", "accept_offer", "refuse_offer", "waitlist",
        "close", "merge", "reopen", "reschedule",
    }  # fmt: skip
    assert DAY_MARKS == ["check_in", "fulfil", "mark_left", "no_show"]


def test_a_name_fits_its_column():
    assert max(map(len, VERBS)) <= Event._meta.get_field("verb").max_length
