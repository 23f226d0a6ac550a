import uuid

from django.db import migrations, models

from booking.models import search_keys

EACH_ITS_OWN = {
    "postgresql": "UPDATE booking_patient SET random_id = gen_random_uuid()",
    "sqlite": "UPDATE booking_patient SET random_id = lower(hex(randomblob(16)))",
}


def give_random_ids(apps, schema_editor):
    schema_editor.execute(EACH_ITS_OWN[schema_editor.connection.vendor])


def find_by_chart_number(apps, schema_editor):
    patients = apps.get_model("booking", "Patient").objects.exclude(chart_number="")
    model = apps.get_model("booking", "SearchKey")
    for pk, *known in patients.values_list("pk", "name", "phone", "chart_number").iterator():
        rows = (model(patient_id=pk, key=key) for key in search_keys.keys(*map(str, known)))
        model.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0016_right_to_block_time"),
    ]

    operations = [
        migrations.AddField("event", "pinned", models.BooleanField(default=False, help_text="A note that every page about this person shows.")),
        migrations.AddField("patient", "random_id", models.UUIDField(default=None, editable=False, null=True)),
        migrations.RunPython(give_random_ids, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(find_by_chart_number, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "patient", "random_id",
            models.UUIDField(default=uuid.uuid4, editable=False, help_text="Names the patient in addresses.", unique=True),
        ),
    ]
