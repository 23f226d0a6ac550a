"""Answers of sessions that began when the pages stood in another order.

To be deleted after the next release: an answer is kept for 24 hours.
"""

from typing import Any

from booking.request_flow.forms import own_texts

# Where the questions of an old page are asked now, and of which old pages a page is made.
PAGES = {"emergency": (), "who": ("reason", "you", "contact"), "access": ("needs",), "cover": ("needs",)}
MADE_OF = {
    "reason": ("who", "reason"), "times": ("times",), "you": ("who", "you"), "contact": ("who", "contact"),
    "needs": ("access", "cover"),
}  # fmt: skip
NOT_ASKED_NOW = {"scan": "cover", "referral": "cover", "best_time": "contact"}
Texts = dict[str, list[str]]


def bring_up_to_date(data: dict[str, Any]) -> bool:
    """Give the answers to the pages that now ask for them. False if there is nothing to do."""
    answers, typed = data.get("answers", {}), data.get("typed", {})
    if not PAGES.keys() & {*answers, *typed}:
        return False
    data["before"] = {name: _last(answers, page, name) for name, page in NOT_ASKED_NOW.items() if page in answers}
    data["before"] = {name: said for name, said in data["before"].items() if said}
    data["answers"], data["typed"] = {}, {}
    for step, pages in MADE_OF.items():
        texts = _texts(step, [typed.get(page, answers.get(page, {})) for page in pages])
        is_whole = all(page in answers and page not in typed for page in pages)
        if texts:
            data["answers" if is_whole else "typed"][step] = texts
    return True


def _last(answers: dict[str, Texts], page: str, name: str) -> str:
    return (answers[page].get(name) or [""])[-1]


def _texts(step: str, said: list[Texts]) -> Texts:
    together = {name: values for texts in said for name, values in texts.items()}
    if step == "needs" and together:
        together["wants_help"] = [_wants_help(together)]
    return own_texts(step, together.items())


def _wants_help(said: Texts) -> str:
    is_usual = "English" in said.get("language", ["English"]) and "yes" not in said.get("needs_interpreter", [])
    return "no" if is_usual and not said.get("needs") else "yes"


def carry(flow, page: str, posted) -> None:
    """Keep what was posted from an old page that was still open, to be shown and sent again."""
    for step in PAGES[page]:
        texts = flow.data["typed"].get(step, flow.answers.get(step, {})) | own_texts(step, posted.lists())
        flow.keep_texts(step, texts)
