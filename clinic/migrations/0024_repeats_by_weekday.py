from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0023_busy_feed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="schedule",
            name="repeats",
            field=models.CharField(blank=True, choices=[('', 'every week'), ('FREQ=WEEKLY;INTERVAL=2', 'every 2nd week'), ('FREQ=WEEKLY;INTERVAL=3', 'every 3rd week'), ('FREQ=WEEKLY;INTERVAL=4', 'every 4th week'), ('FREQ=MONTHLY;BYSETPOS=1', 'only the 1st %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=2', 'only the 2nd %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=3', 'only the 3rd %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=4', 'only the 4th %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=-1', 'only the last %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=1,3', 'the 1st and 3rd %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=2,4', 'the 2nd and 4th %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=2,3,4,5', 'all but the 1st %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=1,3,4,5', 'all but the 2nd %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=1,2,4,5', 'all but the 3rd %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=1,2,3,5', 'all but the 4th %(day)s of the month'), ('FREQ=MONTHLY;BYSETPOS=-2,-3,-4,-5', 'all but the last %(day)s of the month')], default='', max_length=40, verbose_name='repeats'),
        ),
    ]
