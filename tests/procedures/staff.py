"""Signed-in staff with the rights that a test names."""

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
