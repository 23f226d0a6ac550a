"""From the answers of the forms to the columns of the patient and the request."""

from typing import Any

from booking.models import AppointmentRequest, Patient
from booking.request_flow.forms import YouForm
from clinic.models import Location, Practitioner


def of_patient(data: dict[str, Any]) -> dict[str, Any]:
    """The columns of the patient. Without a phone of their own, it is the helper's that is called."""
    is_called = data["reach_by"] == Patient.ReachBy.PHONE
    phone = data["phone"] or (data["helper_phone"] if is_called else data["phone"])
    return {
        "name": data["name"],
        "birth_date": data["birth_date"],
        "reach_by": data["reach_by"],
        "phone": phone.number,
        "phone_extension": phone.extension,
        "phone_typed": phone.typed,
        "may_leave_message": data["may_leave_message"],
        "email": data["email"],
        "language": data["other_language"] or data["language"] or "English",
        "needs_interpreter": data["needs_interpreter"] == "yes",
        "needs": data["needs"] or [],
    }


def of_request(data: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """The columns of the request. `kept`: what the session keeps of the flow. At most two queries."""
    times, returning = kept["times"], data["returning"] == "yes"
    return {
        **kept.get("before", {}),
        **(_of_helper(data) if "helper_name" in data else {}),
        **{name: data[name] for name in ("reason", "note", "insurance")},
        **({"best_time": data["best_time"]} if "best_time" in data else {}),
        "appointment_type": data["reason"].appointment_type(returning=returning),
        "returning": returning,
        "from_version_id": kept["from"],
        "came_from": kept.get("link", ""),
        "wants_call": times["call"],
        "part_of_day": data.get("part_of_day", AppointmentRequest.PartOfDay.ANY),
        "never_days": data.get("never_days", []),
        "wanted_week": data.get("wanted_week"),
        "location": Location.objects.filter(slug=times["office"]).first() if times["office"] else None,
        "practitioner": Practitioner.objects.filter(slug=times["doctor"]).first() if times["doctor"] else None,
    }


def _of_helper(data: dict[str, Any]) -> dict[str, Any]:
    phone = data["helper_phone"]
    return {
        **{name: data[name] for name in YouForm.of_helper},
        "helper_phone": phone.number,
        "helper_phone_extension": phone.extension,
        "helper_phone_typed": phone.typed,
    }
