import sys

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

import booking.models.constraints

ATTENDED = ("booked", "arrived", "fulfilled")
WHY = "Both were booked before the system checked for this."


def name_patients(apps, schema_editor):
    """Each appointment gets the patient of its request."""
    requests = apps.get_model("booking", "AppointmentRequest").objects.filter(pk=OuterRef("appointment_request"))
    apps.get_model("booking", "Appointment").objects.update(patient=Subquery(requests.values("patient")))


def flag_overlaps(apps, schema_editor):
    """Existing overlaps of one patient stay as they are, flagged: the constraint must not refuse the whole update."""
    appointments = apps.get_model("booking", "Appointment").objects
    found = list(_overlapping(appointments.exclude(patient=None).filter(status__in=ATTENDED)))
    appointments.filter(pk__in=found).update(in_two_places=True, in_two_places_reason=WHY)
    schema_editor.connection.check_constraints()  # PostgreSQL alters no table that still waits to be checked
    if found:
        sys.stdout.write(f"\n  {len(found)} appointments overlap another one of the same patient and were flagged.\n")


def _overlapping(appointments):
    busy = (None, None)
    rows = appointments.order_by("patient", "starts_at", "pk").values_list("pk", "patient", "starts_at", "ends_at")
    for pk, patient, starts_at, ends_at in rows.iterator():
        if patient == busy[0] and starts_at < busy[1]:
            yield pk
        else:
            busy = (patient, ends_at)


class Migration(migrations.Migration):
    dependencies = [("booking", "0005_renew_search_keys")]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="patient",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="The request’s, copied for the constraint.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appointments",
                to="booking.patient",
                verbose_name="patient",
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="in_two_places",
            field=models.BooleanField(default=False, verbose_name="overlaps another appointment of the patient"),
        ),
        migrations.AddField(
            model_name="appointment",
            name="in_two_places_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="why"),
        ),
        migrations.RunPython(name_patients, migrations.RunPython.noop),
        migrations.RunPython(flag_overlaps, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["patient", "starts_at", "ends_at"], name="booking_appointment_patient"),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=booking.models.constraints.NoDoubleBooking(
                ends="ends_at",
                name="booking_appointment_patient_in_one_place",
                starts="starts_at",
                statuses=ATTENDED,
                unless="in_two_places",
                who="patient",
            ),
        ),
        migrations.AddField(
            model_name="appointmentrequest",
            name="quiet_end",
            field=models.CharField(
                blank=True,
                choices=[("died", "The patient has died"), ("wrong", "Booked for the wrong person")],
                max_length=8,
                verbose_name="ended without a message",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="cancel_code",
            field=models.CharField(
                blank=True,
                choices=[
                    ("patient", "Patient canceled"),
                    ("ill", "Patient is sick"),
                    ("clinic", "We had to cancel"),
                    ("closed", "Office closed"),
                    ("out", "Provider out"),
                    ("mistake", "Booked by mistake"),
                    ("died", "The patient has died"),
                    ("wrong", "Booked for the wrong person"),
                ],
                max_length=8,
                verbose_name="cancellation reason",
            ),
        ),
    ]
