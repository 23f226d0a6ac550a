"""Everything we ask online: the question, why we ask, who uses the answer, how long we keep it.

A test checks every form against this table. Never ask online: member ID, SSN, medicines, blood thinners, history,
documents, sex, race, "how did you hear of us".
"""

from typing import NamedTuple


class Question(NamedTuple):
    """A question of the form. `column` of the request or patient stores the answer; empty: it has the field's name."""

    field: str
    why: str
    used_by: str
    kept: str
    column: str = ""


NOT_STORED, WITH_REQUEST, WITH_PATIENT = "not stored", "with the request", "with the patient's record"
AFTER_SENDING = (  # optional, on the patient's page
    Question("scan", "ask for the pictures in time", "front desk, clinician", WITH_REQUEST),
    Question("referral", "ask for the letter in time", "front desk", WITH_REQUEST),
    Question("best_time", "call when someone answers", "front desk", WITH_REQUEST),
)
QUESTIONS = (
    Question("for_whom", "know whether a helper asks", "front desk", WITH_REQUEST, "helper_name"),
    Question("helper_name", "know whom we speak with", "front desk", WITH_REQUEST),
    Question("helper_phone", "reach the helper", "front desk", WITH_REQUEST),
    Question("helper_relation", "know whom we speak with", "front desk", WITH_REQUEST),
    Question("may_speak_with_helper", "speak only with whom the patient allows", "front desk", WITH_REQUEST),
    Question("returning", "length of the appointment; look for the chart", "front desk", WITH_REQUEST),
    Question("reason", "length and kind of the appointment", "front desk, clinician", WITH_REQUEST),
    Question("note", "what a receptionist must know first", "front desk", WITH_REQUEST),
    Question("name", "match the chart, the insurance and the person", "front desk, clinician", WITH_PATIENT),
    Question("birth_date", "second identifier; opens the patient's page", "front desk", WITH_PATIENT),
    Question(
        "reach_by",
        "answer in the way that works: some patients have no phone, or do not hear",
        "front desk",
        WITH_PATIENT,
    ),
    Question("phone", "answer the request", "front desk", WITH_PATIENT),
    Question("may_leave_message", "keep messages to those who allow them", "front desk", WITH_PATIENT),
    Question("email", "send the answer", "the worker that sends messages", WITH_PATIENT),
    Question("best_time", "call when someone answers", "front desk", WITH_REQUEST),
    Question("wants_help", "ask the next questions of those who need help", "nobody", NOT_STORED),
    Question("language", "speak the patient's language", "front desk, clinician", WITH_PATIENT),
    Question("other_language", "speak the patient's language", "front desk, clinician", WITH_PATIENT, "language"),
    Question("needs_interpreter", "book an interpreter", "front desk", WITH_PATIENT),
    Question("needs", "right room and enough time", "front desk, clinician", WITH_PATIENT),
    Question("doctor", "offer times with whom the patient wants", "front desk", WITH_REQUEST, "practitioner"),
    Question("office", "offer times where the patient wants", "front desk", WITH_REQUEST, "location"),
    Question("times", "offer what suits", "front desk", WITH_REQUEST, "requested_times"),
    Question("part_of_day", "offer what suits", "front desk", WITH_REQUEST),
    Question("never_days", "offer what suits", "front desk", WITH_REQUEST),
    Question("wanted_week", "offer what suits", "front desk", WITH_REQUEST),
    Question("insurance", "self-pay needs a written estimate in 1 to 3 days", "front desk", WITH_REQUEST),
)
