"""SECURITY.md has one row for each claim that we make, and each row names tests that are there."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[1]
CLAIMS = {
    f"{letter}{number}"
    for letter, numbers in {
        "I": "12345", "A": "12345", "S": "1234", "Z": "1234", "L": "12345", "H": "134", "R": "123456", "U": "123",
        "P": "123456", "D": "12345", "C": "1234567", "B": "12", "M": "12", "E": "123",
    }.items()
    for number in numbers
}  # fmt: skip
ROW = re.compile(r"^\| ([A-Z]\d) \| ([^|]+) \| ([^|]+) \| (both|any) \|$", re.MULTILINE)
EVERYWHERE_ONCE = re.compile(r"^pytestmark = [^=]*pytest\.mark\.once", re.MULTILINE)


@pytest.fixture(scope="module")
def rows():
    return ROW.findall((ROOT / "SECURITY.md").read_text())


def missing(test: str) -> str:
    """Why this test shows nothing, or an empty text."""
    file, _colons, function = test.partition("::")
    if not (ROOT / file).is_file():
        return f"there is no file {file}"
    is_there = not function or f"def {function}(" in (ROOT / file).read_text()
    return "" if is_there else f"{file} has no {function}"


def test_each_claim_has_one_row(rows):
    assert sorted(number for number, *_row in rows) == sorted(CLAIMS)


def test_each_row_names_tests_that_are_there(rows):
    named = {number: re.findall(r"`([^`]+)`", tests) for number, _claim, tests, _databases in rows}
    assert [number for number, tests in named.items() if not tests] == []
    assert [why for tests in named.values() for why in map(missing, tests) if why] == []


def test_a_claim_of_both_databases_is_shown_on_both(rows):
    for number, _claim, named, databases in rows:
        files = {ROOT / test.partition("::")[0] for test in re.findall(r"`([^`]+)`", named)}
        tests = [file for file in files if file.name.startswith("test_")]  # not the longer ones of `make faults`
        runs_on_both = [file for file in tests if not EVERYWHERE_ONCE.search(file.read_text())]
        assert databases == ("both" if any("browser" not in file.parts for file in runs_on_both) else "any"), number


def test_a_test_that_is_not_there_is_found():
    assert missing("tests/test_no_such_file.py")
    assert missing("tests/test_security_claims.py::test_no_such_test")
    assert not missing("tests/test_security_claims.py::test_a_test_that_is_not_there_is_found")


def test_a_row_that_is_written_otherwise_is_not_overlooked(rows):
    lines = re.findall(r"^\| [A-Z]\d+ ", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
    assert len(lines) == len(rows)
