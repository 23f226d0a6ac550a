"""docs/operations.md lists every variable that the settings read, in tables that a reader sees as tables."""

import math
import re
from pathlib import Path

import pytest

from clinic import settings

pytestmark = pytest.mark.once
ROOT = Path(settings.__file__).parent
READ = re.compile(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"')
DEFAULT = re.compile(r'env\.int\(\s*"([A-Z_]+)", default=([\d *]+)')
SOURCES = [ROOT / "settings.py", ROOT / "accounts" / "settings.py"]
OPERATIONS = (ROOT.parent / "docs" / "operations.md").read_text()
IN_README = {"DEBUG"}  # never in production


def blocks():
    """The runs of lines without an empty one between them."""
    return [block.splitlines() for block in re.split(r"\n\s*\n", OPERATIONS)]


def test_every_variable_is_listed_once():
    read = {name for source in SOURCES for name in READ.findall(source.read_text())} - IN_README
    assert len(read) > 40
    first_cells = [line.split(" | ")[0] for block in blocks() for line in block if line.startswith("| `")]
    listed = [name for cell in first_cells for name in re.findall(r"`([A-Z_]+)`", cell)]
    also = set(re.findall(r"`([A-Z_]+)`", OPERATIONS))
    assert read - also == set()
    assert {name for name in listed if listed.count(name) > 1} == set()


def test_the_documented_defaults_are_the_real_ones():
    lines = [line for line in OPERATIONS.splitlines() if line.startswith("| `")]
    rows = {name: line for line in lines for name in re.findall(r"`([A-Z_]+)`", line.split(" | ")[0])}
    read = {name: default for source in SOURCES for name, default in DEFAULT.findall(source.read_text())}
    numbers = {name: math.prod(map(int, default.split("*"))) for name, default in read.items() if name in rows}
    assert len(numbers) > 30
    assert [name for name, number in numbers.items() if not re.search(rf"\b{number}\b", rows[name])] == []


def test_every_row_belongs_to_a_table():
    rows = [block for block in blocks() if any(line.startswith("|") for line in block)]
    assert all(all(line.startswith("|") for line in block) and block[1].startswith("|---") for block in rows)
