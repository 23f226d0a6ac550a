from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0005_practitioner_user"),
        ("booking", "0009_counters_belong_to_the_clinic"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="RateLimitCounter",
                    fields=[
                        ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                        ("n", models.PositiveIntegerField(default=1)),
                        ("until", models.DateTimeField(db_index=True)),
                    ],
                    options={"verbose_name_plural": "tallies"},
                ),
            ],
        ),
    ]
