from django.db import migrations
from django.db.models import Q

from booking.search_keys import GAPS, keys


def find_each_part(apps, schema_editor):
    """O’Brien is found as “o brien” too."""
    patient, search_key = apps.get_model("booking", "Patient"), apps.get_model("booking", "SearchKey")
    has_one = Q(*(("name__contains", chr(sign)) for sign in GAPS), _connector=Q.OR)
    for row in patient.objects.filter(has_one).iterator():
        made = [search_key(patient=row, key=key) for key in sorted(keys(row.name, str(row.phone)))]
        search_key.objects.bulk_create(made, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("booking", "0001_initial")]

    operations = [migrations.RunPython(find_each_part, migrations.RunPython.noop)]
