from django.core.management.base import BaseCommand
from django.utils import timezone

from procedures.loading import CONTENT, load


class Command(BaseCommand):
    help = "Load the pages that come with the product, as drafts for your clinician. Existing pages are not changed."

    def add_arguments(self, parser):
        parser.add_argument("--demo", action="store_true", help="publish them, signed by an invented reviewer")

    def handle(self, **options):
        for path in sorted(CONTENT.glob("*.toml")):
            made = load(path, now=timezone.now(), demo=options["demo"])
            done = "published for the demo" if options["demo"] else "loaded as a draft"
            self.stdout.write(f"{path.stem}: {done if made else 'already exists, not changed'}")
