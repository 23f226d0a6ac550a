import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
application = get_wsgi_application()

# A page makes thousands of small objects. At Python's own threshold, 700, the collector looks through them, and through
# all that was loaded above, several times a page: up to a fifth of its time.
gc.freeze()
gc.set_threshold(20_000, 10, 10)
