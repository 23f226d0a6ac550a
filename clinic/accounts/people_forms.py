"""The forms for a user, without the boxes of Django's own that make somebody staff, or more than a manager."""

from django import forms
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from clinic.forms import cleaned
from clinic.models import Practitioner


class Cleans:
    """Meta: what is typed into the text fields is cleaned."""

    model = User

    @staticmethod
    def formfield_callback(db_field, **kwargs):
        return cleaned(db_field.formfield, **kwargs)


class WithRoles(forms.ModelForm):
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=_("Provider"),
        required=False,
        help_text=_("If this person is a provider: signing in opens their own day."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:  # they are not on the page of somebody whom the user may only look at
            self.prepare()

    def prepare(self):
        self.fields["groups"].label = _("Roles")
        self.fields["groups"].help_text = _("What this person may do. Desk leads are notified of each change.")
        mine = getattr(self.instance, "practitioner", None)
        free = Practitioner.objects.filter(user=None, is_active=True)
        self.fields["practitioner"].queryset = free | Practitioner.objects.filter(pk=mine and mine.pk)
        self.initial.setdefault("practitioner", mine)
        self.fields["username"].help_text = _("What this person types to sign in, such as rosa. No spaces.")


class NewPersonForm(WithRoles):
    """No password: the person chooses one by the link of the invitation, and nobody else knows it."""

    class Meta(Cleans):
        fields = ["username", "first_name", "last_name", "email", "groups"]
        field_classes = {"username": UsernameField}

    def prepare(self):
        super().prepare()
        for name in ("first_name", "email", "groups"):
            self.fields[name].required = True
        self.fields["email"].help_text = _("An invitation goes there, with a link to choose a password.")

    def clean_username(self):
        if User.objects.filter(username__iexact=self.cleaned_data["username"]).exists():
            raise forms.ValidationError(_("This username is already taken."), code="unique")
        return self.cleaned_data["username"]

    def save(self, commit=True):
        self.instance.is_staff = True
        self.instance.set_unusable_password()
        return super().save(commit)


class PersonForm(WithRoles, UserChangeForm):
    """`is_active` stands for both of Django's switches, so that none of them can be forgotten."""

    class Meta(Cleans, UserChangeForm.Meta):
        pass

    def prepare(self):
        super().prepare()
        self.initial["is_active"] = self.instance.is_active and self.instance.is_staff
        self.fields["is_active"].help_text = _("Clear this when somebody leaves. They are signed out everywhere.")
        if not self.instance.has_usable_password():
            self.fields["password"].help_text = _(
                "They choose one with the link in the invitation. Set one here only if that email does not arrive."
            )

    def save(self, commit=True):
        self.instance.is_staff = self.instance.is_active
        return super().save(commit)
