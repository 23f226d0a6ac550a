from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0008_mexican_numbers"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("RateLimitCounter", "clinic_ratelimitcounter")],
            state_operations=[migrations.DeleteModel("RateLimitCounter")],
        ),
    ]
