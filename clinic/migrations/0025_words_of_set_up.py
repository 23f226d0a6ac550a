from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0024_repeats_by_weekday'),
    ]

    operations = [
        migrations.AlterField(
            model_name='appointmenttype',
            name='notice',
            field=models.PositiveIntegerField(default=1440, help_text='How long before its start patients must ask. 1440 is a day.', verbose_name='minimum notice, minutes'),
        ),
        migrations.AlterField(
            model_name='appointmenttype',
            name='step',
            field=models.PositiveSmallIntegerField(default=20, help_text='20 offers 9:00, 9:20, 9:40 and so on.', verbose_name='minutes between start times'),
        ),
        migrations.AlterField(
            model_name='location',
            name='access',
            field=models.TextField(blank=True, verbose_name='step-free access'),
        ),
        migrations.AlterField(
            model_name='location',
            name='name',
            field=models.CharField(help_text='For example, Main Street office.', max_length=80, unique=True, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='practice',
            name='email',
            field=models.EmailField(help_text='Messages to patients come from it, and what they answer goes to it.', max_length=254, verbose_name='email address for patients'),
        ),
        migrations.AlterField(
            model_name='practitioner',
            name='name',
            field=models.CharField(help_text='For example, Dr. Anna Lee, MD.', max_length=80, verbose_name='name with profession'),
        ),
        migrations.AlterField(
            model_name='practitioner',
            name='short_name',
            field=models.CharField(blank=True, help_text='For the front desk’s lists. For example, Lee or Brown, NP. Patients see the full name.', max_length=14, verbose_name='short name'),
        ),
    ]
