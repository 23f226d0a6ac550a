"""In place of Django's own command, which offers to skip the check of the password."""

import getpass
import os

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Create an administrator, who may do everything. Asks for the password, or takes DJANGO_SUPERUSER_PASSWORD."

    def add_arguments(self, parser):
        parser.add_argument("--username", required=True)
        parser.add_argument("--email", default="")

    def handle(self, *, username, email, **options):
        user = User(username=username, email=email, is_staff=True, is_superuser=True)
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD") or getpass.getpass()
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from None
        user.set_password(password)
        user.save()
        self.stdout.write("The administrator was created.")
