"""What a clerk types to book by phone."""

import uuid

BOOK = "/admin/desk/book/"


def typed(clinic, **changes):
    return {
        "reason": clinic.reason.slug,
        "returning": "no",
        "flow_key": str(uuid.uuid4()),
        "slot": clinic.slot(day=1, month=12).code,
        "name": "Tomasina Demo",
        "birth_date": "3/9/1951",
        "phone": "718 555 0171",
        "email": "",
        "language": "English",
        "channel": "phone",
        "book": "1",
    } | changes
