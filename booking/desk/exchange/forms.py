"""The forms of the import page: a file, and from when patients are reminded."""

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.desk.provider_out.forms import DayInput
from booking.exchange.raw import Unreadable, text_of
from clinic.models import AppointmentType, Location, Practitioner


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("CSV with a heading. Up to 1 MB."),
        widget=forms.FileInput(attrs={"class": "form-control"}),
        error_messages={
            "required": _("Choose a file of up to 1 MB. Whoever runs the site can import larger ones."),
        },
    )  # fmt: skip

    def clean_file(self):
        try:
            return text_of(self.cleaned_data["file"].read())
        except Unreadable as refused:
            raise forms.ValidationError(refused.sentence) from None


class UploadForm(FileForm):
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(is_active=True),
        label=_("Provider, for rows without one"),
        required=False,
        empty_label=_("None"),
    )
    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True),
        label=_("Office, for rows without one"),
        required=False,
        empty_label=_("None"),
    )
    appointment_type = forms.ModelChoiceField(
        AppointmentType.objects.all(),
        label=_("Appointment type, for rows without one"),
        required=False,
        empty_label=_("None"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("practitioner", "location", "appointment_type"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["file"].label = _("File from your old calendar")
        self.fields["file"].help_text = _("CSV with a heading, or iCalendar (.ics). Up to 1 MB.")

    @property
    def is_calendar(self):
        return self.files["file"].name.lower().endswith(".ics")


class RemindForm(forms.Form):
    send = forms.BooleanField(label=_("Send reminders for imported appointments"), required=False)
    day = forms.DateField(label=_("Starting on"), widget=DayInput(), required=False)

    def clean(self):
        data = super().clean()
        if data.get("send") and not data.get("day") and not self.errors:
            self.add_error("day", _("Choose the first day."))
        return data
