from django.db import migrations, models

from procedures.models.procedure import new_public_id

ID = {"editable": False, "help_text": "In addresses, where a label would tell what hurts.", "max_length": 22}
PICTURES = [
    ("bone", "a broken bone of the spine"),
    ("back", "the back"),
    ("neck", "the neck"),
    ("leg", "a leg"),
    ("fall", "a fall"),
    ("after", "after a treatment"),
]


def give_ids(apps, schema_editor):
    reasons = list(apps.get_model("booking", "Reason").objects.all())
    for reason in reasons:
        reason.public_id = new_public_id()
    apps.get_model("booking", "Reason").objects.bulk_update(reasons, ["public_id"])


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0012_wanted_week"),
        ("procedures", "0002_pairs_and_folds"),
    ]

    operations = [
        migrations.AddField(
            model_name="reason",
            name="picture",
            field=models.CharField(
                blank=True,
                choices=PICTURES,
                help_text="A lamp, if you choose none.",
                max_length=5,
                verbose_name="drawing on the home page",
            ),
        ),
        migrations.AddField(model_name="reason", name="public_id", field=models.CharField(null=True, **ID)),
        migrations.RunPython(give_ids, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="reason", name="public_id", field=models.CharField(unique=True, default=new_public_id, **ID)
        ),
    ]
