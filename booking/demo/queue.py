"""A queue of requests, one for every state and every edge case of the desk’s day."""

from datetime import date, datetime
from random import Random

from booking.demo import outcomes
from booking.demo.desk import Desk, Scene, mail
from booking.lifecycle import Actor

DAUGHTER = {
    "helper_name": "Anna Demo", "helper_phone": "+17185550108", "helper_relation": "daughter",
    "may_speak_with_helper": True,
}  # fmt: skip
RUSSIAN, SPANISH, CANTONESE = (
    {"language": language, "needs_interpreter": True} for language in ("Russian", "Spanish", "Cantonese")
)
MEDICARE, RETURNING, NO_MAIL = {"insurance": "medicare"}, {"returning": True}, {"email": ""}
FELL = {"note": "Fell in the kitchen two weeks ago. It hurts to stand."}
MORNINGS = {"best_time": "morning", "part_of_day": "morning"}
SCENES = [
    Scene("Ирина Demo", date(1948, 3, 3), 7, "broken-bone", 2, 10.1, 3, RUSSIAN | {"needs": ["walker"]},
          DAUGHTER | MEDICARE | FELL | {"scan": "yes", "referral": "no"} | MORNINGS, from_page=True,
          then=outcomes.called),
    Scene("Carlos Demo", date(1955, 7, 21), 19, "low-back-pain", 1, 10.5, 2, SPANISH, RETURNING | {"scan": "yes"}),
    Scene("Ruth Demo", date(1943, 1, 30), 33, "back-pain-after-a-fall", 1, 11.2, 0, {"needs": ["wheelchair"]},
          DAUGHTER | MEDICARE | {"never_days": [0, 4]} | MORNINGS),
    Scene("偉明 Demo", date(1960, 11, 5), 68, "neck-pain", 0, 2.5, 2, CANTONESE | NO_MAIL, {"insurance": "medicaid"}),
    Scene("Oluwaseun Adebayo-Fitzgerald Demo", date(1957, 2, 14), 44, "kyphoplasty-question", 0, 0.4, 3, {},
          MEDICARE | {"scan": "yes", "referral": "yes"}, from_page=True),
    Scene("Lucía Demo", date(1956, 5, 9), 52, "broken-bone", 0, 1.2, 1, SPANISH, office="harbor-avenue",
          from_page=True, then=outcomes.claimed),
    Scene("Gwen Demo", date(1953, 8, 17), 90, "injection-wore-off", 2, 9.3, 1, {"needs": ["hearing"]}, RETURNING,
          then=outcomes.taken),
    Scene("Marion Demo", date(1938, 12, 24), 2, "injection-wore-off", 1, 9.2, 1, {"needs": ["hearing"]},
          RETURNING | {"insurance": "advantage"}, then=outcomes.offered),
    Scene("Józef Demo", date(1952, 4, 11), 75, "leg-pain", 1, 9.5, 2, {"language": "Polish"}, then=outcomes.refused),
    Scene("Halina Demo", date(1954, 2, 1), 76, "neck-pain", 2, 10.2, 2, {"language": "Polish"},
          then=outcomes.offer_ran_out),
    Scene("Bertrand Demo", date(1949, 7, 8), 35, "leg-pain", 2, 9.4, 2, {}, MEDICARE, then=outcomes.offer_accepted),
    Scene("Agnes Demo", date(1944, 4, 4), 47, "low-back-pain", 2, 9.8, 1, NO_MAIL, then=outcomes.closed_with_letter),
    Scene("Theodora Demo", date(1958, 9, 30), 58, "neck-pain", 2, 12.2, 2, {}, RETURNING, then=outcomes.rescheduled),
    Scene("Samuel Demo", date(1951, 1, 16), 63, "leg-pain", 2, 13.2, 2, {"needs": ["walker"]}, MEDICARE,
          then=outcomes.asks_for_another_time),
    Scene("Nguyễn Thị Hạnh Demo", date(1964, 9, 8), 11, "low-back-pain", 2, 13, 1, {"language": "Vietnamese"},
          MORNINGS, then=outcomes.waitlisted),
    Scene("Frances Demo", date(1947, 10, 2), 26, "leg-pain", 2, 11, 1, {}, {"scan": "no"}, then=outcomes.declined),
    Scene("Dolores Demo", date(1945, 6, 19), 59, "neck-pain", 1, 9.1, 0, NO_MAIL, {"scan": "no"},
          then=outcomes.declined),
    Scene("Peter Demo", date(1969, 3, 27), 83, "neck-pain", 2, 14, 1, {}, {"insurance": "no_fault"},
          then=outcomes.withdrawn),
    Scene("Ирина Demo", date(1948, 3, 3), 7, "broken-bone", 1, 12, 1, RUSSIAN, then=outcomes.closed_as_duplicate),
    Scene("Abram Demo", date(1941, 2, 6), 4, "broken-bone", 2, 9.6, 2, {"needs": ["wheelchair", "transfer"]},
          MEDICARE | {"scan": "yes"}, then=outcomes.confirmed),
    Scene("Nadia Demo", date(1962, 1, 12), 37, "low-back-pain", 1, 9.9, 1, NO_MAIL, office="harbor-avenue",
          then=outcomes.confirmed),
    Scene("Edward Demo", date(1950, 12, 1), 21, "injection-wore-off", 1, 13.5, 1, {}, RETURNING,
          then=outcomes.confirmed_just_now),
    Scene("فاطمة Demo", date(1958, 8, 30), 64, "leg-pain", 2, 12.5, 1, {"language": "Arabic"} | NO_MAIL,
          then=outcomes.confirmed_then_cancelled),
]  # fmt: skip


def ask(*, now: datetime, rosa: Actor, dmitri: Actor, rng: Random) -> int:
    """Create the requests of all scenes, oldest first. Returns how many there are."""
    desk = Desk(now, rosa, dmitri, rng)
    in_order = sorted(SCENES, key=lambda scene: desk.ago(scene.days, scene.hour))
    for scene in in_order:
        desk.send(scene)
    mail(now)
    return len(in_order)
