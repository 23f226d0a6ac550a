import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from clinic.database import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - loads every view now, and not while the first visitor waits
patience.limit()

# A page creates thousands of small objects. At Python's default threshold, 700, the collector scans them, and
# everything loaded above, several times per page: up to a fifth of its time.
gc.freeze()
gc.set_threshold(20_000, 10, 10)
