"""Goes through the request flow with Django's client, as a browser without scripts would."""

import re
from html import unescape

from django.urls import reverse

ANSWERS = {
    "reason": {"for_whom": "me", "returning": "no", "reason": "broken-bone", "note": "Fell in October."},
    "times": {},
    "you": {"name": "June Demo", "birth_date_month": "March", "birth_date_day": "9", "birth_date_year": "1951"},
    "contact": {
        "phone": "718 555 0167",
        "may_leave_message": "on",
        "email": "june@example.org",
    },
    "needs": {
        "wants_help": "yes",
        "language": "English",
        "needs_interpreter": "no",
        "needs": ["walker"],
        "insurance": "medicare",
    },
}
HELPED = {  # the pages on which a helper answers differently
    "reason": ANSWERS["reason"] | {"for_whom": "other"},
    "you": ANSWERS["you"]
    | {"helper_name": "Dana Helper", "helper_relation": "daughter", "may_speak_with_helper": "on"},
    "contact": ANSWERS["contact"] | {"helper_phone": "718 555 0199"},
}
ASK_FOR_A_CALL = {"call": "1", "best_time": "morning", "part_of_day": "any", "never_days": ["0"]}


class Walker:
    """One person's way through the flow: `key` is the flow id of the request."""

    def __init__(self, client):
        self.client, self.key = client, None

    def start(self, **data):
        response = self.client.post(reverse("request_flow:start"), data)
        self.key = response["Location"].split("/")[2]
        return response

    def url(self, step):
        return f"/request/{self.key}/{step}/"

    def get(self, step, **query):
        return self.client.get(self.url(step), query)

    def post(self, step, data=None):
        return self.client.post(self.url(step), ANSWERS[step] if data is None else data)

    def press(self, step, data=None):
        """Post, and return the page it leads to."""
        return self.client.post(self.url(step), ANSWERS[step] if data is None else data, follow=True)

    def again(self, step, data):
        """Post this after the session was lost at a step; on the page that says so, press its button."""
        self.client.cookies.clear()
        gone = self.post(step, data)
        assert gone.status_code == 410
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', gone.text)
        self.start(**{name: unescape(value) for name, value in hidden if name != "csrfmiddlewaretoken"})
        return self

    def until(self, last, **instead):
        """Start, and answer every step before `last`; ask for a call, not for times, unless told otherwise."""
        self.start()
        for step in ANSWERS:
            if step == last:
                break
            self.post(step, instead.get(step, ASK_FOR_A_CALL if step == "times" else None))
        return self

    def ready(self, *slots, **instead):
        """Answer everything, with these times or a request for a call; the next page is “Check your answers”."""
        self.until("times", **instead)
        for slot in slots:
            self.post("times", {"add": slot.code})
        self.post("times", {"go": "1"} if slots else instead.get("times", ASK_FOR_A_CALL))
        return self.finish(**instead)

    def finish(self, **instead):
        """Answer the steps after the times."""
        for step in ("you", "contact", "needs"):
            self.post(step, instead.get(step))
        return self

    def send(self):
        return self.post("check", {})
