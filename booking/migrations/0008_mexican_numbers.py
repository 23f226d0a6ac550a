from django.db import migrations, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from booking.models import search_keys

CHUNK = 2000
WITH_OLD_1 = r"^\+521[0-9]{10}$"  # Mexico dropped the 1 before mobile numbers in 2019


def drop_old_1(apps, schema_editor):
    """Store Mexican numbers as they are read today: the search drops the 1. It may stop and begin again."""
    patients, keys = apps.get_model("booking", "Patient").objects, apps.get_model("booking", "SearchKey").objects
    for chunk in _chunks(patients, "phone"):
        with transaction.atomic():
            _rewrite(patients.filter(pk__in=[pk for pk, _phone in chunk]), "phone")
            _rewrite_keys(keys, chunk)
    requests = apps.get_model("booking", "AppointmentRequest").objects
    for chunk in _chunks(requests, "helper_phone"):
        _rewrite(requests.filter(pk__in=[pk for pk, _phone in chunk]), "helper_phone")


def _chunks(objects, field):
    last = 0
    rows = objects.filter(**{f"{field}__regex": WITH_OLD_1}).order_by("pk").values_list("pk", field)
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1][0]


def _rewrite(rows, field):
    rows.update(**{field: Concat(Value("+52"), Substr(field, len("+521") + 1))})


def _rewrite_keys(keys, patients):
    old = {search_keys.phone_key(str(phone)) for _pk, phone in patients}
    keys.filter(patient__in=[pk for pk, _phone in patients], key__in=old).delete()
    new = ((pk, search_keys.phone_key(f"+52{str(phone)[4:]}")) for pk, phone in patients)
    keys.bulk_create(keys.model(patient_id=pk, key=key) for pk, key in new)


class Migration(migrations.Migration):
    atomic = False  # a transaction for each chunk: no row is locked for long

    dependencies = [("booking", "0007_papers_not_asked")]

    operations = [
        migrations.RunPython(drop_old_1, migrations.RunPython.noop, elidable=True),
    ]
