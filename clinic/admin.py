"""Setup tables that do not depend on appointments. Offices, people, hours: see booking/admin/hours.py."""

from itertools import count

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db import models, transaction
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext_lazy as _

from clinic import practice_info
from clinic.accounts import people, sessions, staff_mail, user_actions
from clinic.accounts.people_forms import NewPersonForm, PersonForm
from clinic.contact import EmailField, PhoneField
from clinic.country import by_country, funding
from clinic.formatting import HARD_SPACE, display_phone
from clinic.forms import MinutesField, cleaning
from clinic.models import AccountChange, AppointmentType, Location, Practice, StaffMessage
from clinic.models.practice import DeskEmail, every_desk_email

LONGEST_SLUG = 40
TIMES_OF_DAY = {"opens": False, "closes": True, "starts": False, "ends": True}  # field name: whether it is an end


class LookOnly:
    """Mixin for the admin of a read-only table."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class TimesOfDay:
    """Shows and reads minutes of the day as “9:00 am”."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name not in TIMES_OF_DAY:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return MinutesField(
            label=capfirst(db_field.verbose_name),
            is_end=TIMES_OF_DAY[db_field.name],
            initial=db_field.get_default() if db_field.has_default() else None,
            help_text=by_country(
                lambda here: (
                    _("For example, %s or 13:30. Enter 24:00 for the end of the day.")
                    % here.clock(9 * 60).replace(HARD_SPACE, " ")
                )
            ),
        )


class LeadsToSetUp:
    """Mixin: until patients can ask, the checklist says what comes after a new row."""

    def response_post_save_add(self, request, obj):
        if practice_info.practice_info().is_on or not request.user.has_perm("booking.set_up"):
            return super().response_post_save_add(request, obj)
        return HttpResponseRedirect(reverse("admin:index"))


class SetUpAdmin(LeadsToSetUp, TimesOfDay, admin.ModelAdmin):
    """Reloads the site's cached copy of these tables (clinic.practice_info) after each change."""

    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
        models.EmailField: {"form_class": EmailField},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in self.prepopulated_fields:  # by a script; without one it is made when it is saved
            field.required = False
        return field

    def save_model(self, request, obj, form, change):
        for name, (source,) in self.prepopulated_fields.items():
            if not getattr(obj, name):
                setattr(obj, name, free_slug(obj, name, getattr(obj, source)))
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        transaction.on_commit(practice_info.forget)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        transaction.on_commit(practice_info.forget)


def free_slug(obj, name, text):
    """A short name for addresses that no other row has."""
    short = slugify(text)[:LONGEST_SLUG].strip("-") or obj._meta.model_name
    taken = set(type(obj).objects.exclude(pk=obj.pk).values_list(name, flat=True))
    return next(each for n in count(1) if (each := short if n == 1 else f"{short}-{n}") not in taken)


class PracticeForm(forms.ModelForm):
    """The phone and its extension are typed in one box."""

    phone = PhoneField(
        label=_("Phone"),
        help_text=by_country(lambda here: _("With its extension, if it has one: %s ext. 7") % here.phones.example),
    )
    funding = cleaning(forms.CharField)(
        label=by_country(lambda here: here.funding_words.label), required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What patients can choose from, one per line. Leave blank for your country’s usual list."),
    )  # fmt: skip
    desk_emails = forms.MultipleChoiceField(
        label=_("Tell the front desk by email"), choices=DeskEmail, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("These emails give numbers and a link, never a name or a reason."),
    )  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("desk_emails", every_desk_email())
        self.initial["funding"] = "\n".join(str(words) for _code, words in funding.asked())
        if not self.instance.pk:
            self.initial.setdefault("default_location", Location.objects.first())
        else:
            shown = display_phone(str(self.instance.phone), self.instance.phone_extension)
            self.initial["phone"] = shown.replace(HARD_SPACE, " ")

    def clean_funding(self):
        lines = [" ".join(line.split()) for line in self.cleaned_data["funding"].splitlines() if line.strip()]
        if len(lines) > funding.MOST or any(len(line) > funding.LONGEST for line in lines):
            raise forms.ValidationError(
                _("Up to %(most)d lines, each of up to %(longest)d characters."),
                params={"most": funding.MOST, "longest": funding.LONGEST},
            )
        return funding.rows_of(lines, self.instance.funding)

    def clean_phone(self):
        phone = self.cleaned_data["phone"]
        if phone.remark:
            raise forms.ValidationError(_("Enter the phone number without other words: every page shows it."))
        self.instance.phone_extension = phone.extension
        return phone.number


@admin.register(Practice)
class PracticeAdmin(SetUpAdmin):
    """There is only one practice: the list redirects to it."""

    form = PracticeForm
    exclude = ["phone_extension"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not Practice.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.pk = 1
        super().save_model(request, obj, form, change)

    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, {"show_save_and_add_another": False})

    def changelist_view(self, request, extra_context=None):
        if not Practice.objects.exists() or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:clinic_practice_change", args=[1]))


@admin.register(AppointmentType)
class AppointmentTypeAdmin(SetUpAdmin):
    list_display = ["name", "minutes", "step", "is_public"]
    prepopulated_fields = {"slug": ["name"]}


# No tables of secrets; users have a page of our own.
for model in (User, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


@admin.register(User)
class PersonAdmin(LeadsToSetUp, UserAdmin):
    """One form makes a user with a role. “Active” is the one switch: nobody here ticks “staff” or “superuser”."""

    actions = [user_actions.invite, user_actions.reset_second_step]
    add_form, form = NewPersonForm, PersonForm
    add_form_template = None  # Django's own promises more options on a second page
    WHO = ("username", "first_name", "last_name", "email", "groups", "practitioner")
    add_fieldsets = ((None, {"fields": WHO}),)
    fieldsets = ((None, {"fields": (*WHO, "is_active", "password", "last_login")}),)
    readonly_fields = ("last_login",)
    filter_horizontal = ()
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    formfield_overrides = {
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
        models.EmailField: {"form_class": EmailField},
    }

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def roles(self, user):
        return ", ".join(group.name for group in user.groups.all())

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        people.link_provider(obj, form.cleaned_data["practitioner"])
        if not change:
            staff_mail.queue(obj, StaffMessage.Kind.INVITATION, now=timezone.now())
        if change and "is_active" in form.changed_data:
            sessions.end_all(obj)
        if change and "email" in form.changed_data:  # a forgotten password is sent there
            people.record(people.Kind.EMAIL, obj, by=request.user, now=timezone.now())

    def response_add(self, request, obj, post_url_continue=None):
        """Not to the page of the new user, as Django has it: nothing is missing there."""
        self.message_user(request, _("An email with a link to choose a password goes to %s.") % obj.email)
        return admin.ModelAdmin.response_add(self, request, obj, post_url_continue)

    @transaction.atomic
    def user_change_password(self, request, id, form_url=""):
        response = super().user_change_password(request, id, form_url)
        if response.status_code == 302:
            people.record(people.Kind.PASSWORD, self.get_object(request, id), by=request.user, now=timezone.now())
        return response

    def save_related(self, request, form, formsets, change):
        before = people.roles_of(form.instance)
        super().save_related(request, form, formsets, change)
        people.record_roles(form.instance, before, by=request.user, now=timezone.now())

    def has_change_permission(self, request, obj=None):
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def has_delete_permission(self, request, obj=None):
        return False  # the history refers to users: clear “active” instead


@admin.register(StaffMessage)
class StaffMessageAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["due_at", "kind", "user", "status", "failure"]
    list_filter = ["kind", "status"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    list_per_page = 50


@admin.register(AccountChange)
class AccountChangeAdmin(LookOnly, admin.ModelAdmin):
    list_display = ["__str__", "at"]
    list_filter = ["kind", "role"]
    list_select_related = ["user", "by"]
    fields = ["__str__", "at"]
    readonly_fields = ["__str__"]
