"""Invented patients. Their last name is always Demo, their phone numbers are reserved for fiction, their email goes
nowhere.
"""

from datetime import date
from random import Random

from django.utils.text import slugify

from booking.models import Patient
from clinic.formatting import display_phone

GIVEN_NAMES = {
    "English": "Ruth|Marion|Edward|Peter|Frances|Dolores|George|Joan|Alice|Henry|Rosalind|Walter|Agnes|Gloria|Harold|"
    "Oluwaseun Adebayo-Fitzgerald|Mary Catherine|Earl|Siobhán|D’Andre|Norma Jean|Bo|Renée|Thaddeus",
    "Spanish": "Carlos|Lucía|Beatriz|Ramón|María de los Ángeles|Íñigo|Begoña|José Luis",
    "Russian": "Ирина|Лев|Галина|Борис Аркадьевич|Nadia|Abram",
    "Cantonese": "偉明|Wei|美玲|Wing-Yee",
    "Mandarin": "王秀英|Mei|建国",
    "Polish": "Józef|Tadeusz|Małgorzata|Zbigniew",
    "Arabic": "يوسف|Samir|فاطمة",
    "Haitian Creole": "Jean-Baptiste|Mirlande|Édeline",
    "Vietnamese": "Anh|Nguyễn Thị Hạnh",
    "Yiddish": "רחל|Mendel",
    "Bengali": "রহিমা|Anwar",
    "Korean": "김영숙|Ji-ho",
    "Greek": "Ελένη|Nikolaos",
    "Hindi": "सरला|Ravi",
    "American Sign Language": "Bela|Gwen",
}
NEEDS = [[], [], [], [], ["walker"], ["walker"], ["wheelchair"], ["hearing"], ["vision"], ["wheelchair", "transfer"]]
OURS = 42  # (718) 555-0142 is the practice itself


def phone(n: int) -> str:
    """A phone number reserved for fiction."""
    return f"+171855501{n % 100 + (n % 100 == OURS):02}"


def email(name: str, n: int) -> str:
    return f"{slugify(name) or 'patient-demo'}.{n}@example.org"


def invent(rng: Random, n: int, today: date) -> Patient:
    """An unsaved patient: often over 65, half of them with English, one in six without email."""
    language = "English" if rng.random() < 0.5 else rng.choice(list(GIVEN_NAMES))
    name = f"{rng.choice(GIVEN_NAMES[language].split('|'))} Demo"
    birth_year = today.year - int(rng.triangular(24, 94, 72))
    number = phone(n)
    return Patient(
        name=name,
        birth_date=date(birth_year, rng.randint(1, 12), rng.randint(1, 28)),
        phone=number,
        phone_typed=as_typed(number),
        may_leave_message=rng.random() < 0.7,
        email=email(name, n) if rng.random() > 1 / 6 else "",
        language=language,
        needs_interpreter=language != "English" and rng.random() < 0.6,
        needs=rng.choice(NEEDS),
    )


def as_typed(number: str) -> str:
    return display_phone(number).replace("\u00a0", " ")
