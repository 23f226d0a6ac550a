from django.db import migrations, models

import clinic.models.practice
from clinic.models.practice import new_public_id


def give_ids(apps, schema_editor):
    for name in ("Location", "Practitioner"):
        for row in apps.get_model("clinic", name).objects.filter(public_id=""):
            row.public_id = new_public_id()
            row.save(update_fields=["public_id"])


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0021_closures_each_year"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="link_names",
            field=models.JSONField(
                default=clinic.models.practice.usual_link_names, editable=False, verbose_name="where links to the site stand"
            ),
        ),
        *(
            migrations.AddField(
                model_name=name,
                name="public_id",
                field=models.CharField(default="", editable=False, max_length=12),
                preserve_default=False,
            )
            for name in ("location", "practitioner")
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
        *(
            migrations.AlterField(
                model_name=name,
                name="public_id",
                field=models.CharField(default=new_public_id, editable=False, max_length=12, unique=True),
            )
            for name in ("location", "practitioner")
        ),
    ]
