"""Signed-in staff with the rights that a test names, and what their forms would post."""

from django.contrib.auth.models import Permission

WRITE = [
    f"{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in ("procedure", "section", "risk", "pair", "source")
]


def sign_in(client, django_user_model, *codenames, **named):
    user = django_user_model.objects.create(username="person", is_staff=True, **named)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="procedures", codename__in=codenames))
    client.force_login(user)
    return user


def typed(form, **fields) -> dict:
    """What this form would post if nothing but these fields were edited."""
    steps = getattr(form, "steps", None)
    forms = [form, *([steps.management_form, *steps.forms] if steps is not None else [])]
    values = {field.html_name: field.value() for each in forms for field in each} | fields
    return {name: value for name, value in values.items() if value not in (None, False)}
