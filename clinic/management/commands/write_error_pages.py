"""The pages that the proxy shows when it answers itself: above all while the site is away."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand
from django.http import HttpRequest

from clinic.web import errors

CODES = (400, 404, 413, 429, 503)


class Command(BaseCommand):
    help = "Write the proxy's error pages, with the practice's phone number, into errors/ of the static files."

    def handle(self, **options):
        folder = Path(settings.STATIC_ROOT) / "errors"
        folder.mkdir(parents=True, exist_ok=True)
        for code in CODES:
            (folder / f"{code}.html").write_bytes(errors.page(code, f"{code}.html", HttpRequest()).content)
        self.stdout.write(f"{len(CODES)} pages are in {folder}.")
