from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('procedures', '0005_emergency_number'),
    ]

    operations = [
        migrations.AlterField(
            model_name='procedure',
            name='reviewed_by',
            field=models.CharField(blank=True, help_text='Name and profession. For example, Dr. Anna Lee, MD.', max_length=120, verbose_name='reviewed by'),
        ),
    ]
