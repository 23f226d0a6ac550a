from importlib.metadata import distribution
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class BootstrapFinder(BaseFinder):
    """Bootstrap's compiled CSS out of its package, and nothing else of it. (Manifest storage wants the map too.)"""

    files = ("bootstrap.min.css", "bootstrap.min.css.map")

    def __init__(self, app_names=None, *args, **kwargs):
        self.storage = FileSystemStorage(location=distribution("bootstrap-wrapper").locate_file("bootstrap/css"))
        self.storage.prefix = "bootstrap"

    def find(self, path, find_all=False, **kwargs):
        folder, _, name = Path(path).as_posix().rpartition("/")
        if folder != self.storage.prefix or name not in self.files:
            return []
        found = self.storage.path(name)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        return ((name, self.storage) for name in self.files)
