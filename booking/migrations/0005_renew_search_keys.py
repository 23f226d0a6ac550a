from collections.abc import Iterator

from django.db import migrations, transaction

from booking.models import search_keys

CHUNK = 2000


def renew(apps, schema_editor):
    """Give every patient the keys of today. Only what differs is written, so it may stop and begin again."""
    known: set[str] = set()
    for patients in _chunks(apps.get_model("booking", "Patient")):
        with transaction.atomic():
            _renew_keys(apps.get_model("booking", "SearchKey"), patients)
            _add_words(apps.get_model("booking", "SearchWord"), patients, known)


def _chunks(model) -> Iterator[list[tuple[int, str, str]]]:
    last = 0
    while chunk := list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "name", "phone")[:CHUNK]):
        yield chunk
        last = chunk[-1][0]


def _renew_keys(model, patients):
    wanted = {(pk, key) for pk, name, phone in patients for key in search_keys.keys(name, str(phone))}
    rows = model.objects.filter(patient__gte=patients[0][0], patient__lte=patients[-1][0])
    there = {(patient, bytes(key)): pk for pk, patient, key in rows.values_list("pk", "patient", "key")}
    model.objects.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
    model.objects.bulk_create(model(patient_id=patient, key=key) for patient, key in sorted(wanted - there.keys()))


def _add_words(model, patients, known):
    new = {word for _pk, name, _phone in patients for word in search_keys.spelled_words(name)} - known
    known |= new
    rows = (model(ending=ending, word=word.encode()) for word in sorted(new) for ending in search_keys.endings(word))
    model.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    atomic = False  # a transaction for each chunk: no row is locked for long

    dependencies = [
        ("booking", "0004_search_words"),
    ]

    operations = [
        migrations.RunPython(renew, migrations.RunPython.noop, elidable=True),
    ]
