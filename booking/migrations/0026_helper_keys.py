from django.db import migrations
from django.db.models import Q

from booking.models import search_keys

CHUNK = 2000


def find_by_helper(apps, schema_editor):
    requests = apps.get_model("booking", "AppointmentRequest").objects.exclude(Q(helper_name="") & Q(helper_phone=""))
    model, rows = apps.get_model("booking", "SearchKey"), []
    for patient, *helper in requests.values_list("patient", "helper_name", "helper_phone").iterator():
        rows += [model(patient_id=patient, key=key) for key in search_keys.helper_keys(*helper)]
        if len(rows) > CHUNK:
            model.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    model.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0025_see_by"),
    ]

    operations = [
        migrations.RunPython(find_by_helper, migrations.RunPython.noop, elidable=True),
    ]
