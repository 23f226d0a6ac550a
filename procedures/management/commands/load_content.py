from django.core.management.base import BaseCommand
from django.utils import timezone

from procedures.loading import CONTENT, load


class Command(BaseCommand):
    help = "Load and publish the treatment pages that came with the product. What is there already is left alone."

    def handle(self, **options):
        for path in sorted(CONTENT.glob("*.toml")):
            made = load(path, now=timezone.now())
            self.stdout.write(f"{path.stem}: {'loaded and published' if made else 'already there, left alone'}")
