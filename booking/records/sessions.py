"""What the browsers of one person, and of the clerks who looked for them, have left in the table of sessions."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from booking.models import AppointmentRequest, Patient
from booking.models.search_keys import digits, words

LAST_DIGITS = 10


def forget(records: Sequence[Patient]) -> None:
    """Delete the sessions that sent or opened one of their requests, and drafts with their name and one of their phone,
    email or date of birth. From a clerk's session, only searches go. Call it before the records are erased.
    """
    keys = _keys(records)
    for session in list(_sessions()):
        data = SessionStore().decode(session.session_data)
        if SESSION_KEY in data:
            _forget_searches(session, data, records)
        elif any(key in json.dumps(data) for key in keys) or any(_is_draft_of(record, data) for record in records):
            session.delete()


def forget_searches(session: Any, records: Sequence[Patient]) -> None:
    """The same for the session of the clerk who erases, which is written back after this request."""
    if "searches" in session:
        session["searches"] = _other_searches(session["searches"], records)


def _sessions() -> Iterator[Session]:
    return Session.objects.order_by("pk").iterator()


def _keys(records: Sequence[Patient]) -> list[str]:
    """What names a request in a session: see Flow.close, ChangeOfTimes and links.remember."""
    rows = AppointmentRequest.objects.filter(patient__in=records)
    found = rows.values_list("pk", "flow_key", "reference")
    return [text for pk, flow_key, reference in found for text in (f'"sent": {pk}}}', str(flow_key), reference)]


def _is_draft_of(record: Patient, data: dict[str, Any]) -> bool:
    texts = list(_texts(data))
    typed = " ".join(texts)
    if "".join(words(record.name)) not in {"".join(words(text)) for text in texts}:
        return False
    number = digits(str(record.phone))[-LAST_DIGITS:]
    is_same = record.email and record.email.casefold() in typed.casefold()
    return bool(
        is_same or number and number in digits(typed) or str(record.birth_date.year) in re.findall(r"\d+", typed)
    )


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for each in data.values() if isinstance(data, dict) else data:
            yield from _texts(each)


def _forget_searches(session: Session, data: dict[str, Any], records: Sequence[Patient]) -> None:
    kept = _other_searches(data.get("searches", {}), records)
    if kept == data.get("searches", {}):
        return
    as_read = Session.objects.filter(pk=session.pk, session_data=session.session_data)
    is_written = as_read.update(session_data=SessionStore().encode(data | {"searches": kept}))
    if not is_written and (newer := Session.objects.filter(pk=session.pk).first()):
        _forget_searches(newer, SessionStore().decode(newer.session_data), records)


def _other_searches(searches: dict[str, str], records: Sequence[Patient]) -> dict[str, str]:
    return {key: text for key, text in searches.items() if not any(_looks_for(text, record) for record in records)}


def _looks_for(text: str, record: Patient) -> bool:
    """A word of the name, or four digits of the phone; rather one search too many."""
    names, typed = words(record.name), words(text)
    numbers = digits(str(record.phone)) + " " + digits(record.chart_number)
    return any(name.startswith(word) for word in typed for name in names if len(word) > 1) or any(
        part in numbers for part in re.findall(r"\d{4,}", re.sub(r"[\s().-]", "", text))
    )
