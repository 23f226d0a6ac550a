"""Looks for known vulnerabilities in what runs in production: runs `uv audit` on the pins of requirements.txt.

python -m tests.audit [uv's own arguments]

Exits with 1 if there are any. If the service cannot be reached, the last line says NOT CHECKED and the exit code is 0.
Any other failure exits with an error, so that it does not pass for a clean result.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import uv

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
AUDIT = [uv.find_uv_bin(), "audit", "--preview-features", "audit-command"]
ENVIRONMENT = {"UV_HTTP_RETRIES": "1", "UV_PYTHON": sys.executable}
UNREACHABLE = re.compile(r"error sending request|timed out|HTTP status server error|429 Too Many Requests")


def main(arguments: list[str], requirements: Path = REQUIREMENTS) -> int:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "pinned.py"
        script.write_text(as_script(pins(requirements.read_text())))
        command = [*AUDIT, "--script", script, *arguments]
        asked = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT | os.environ)
    say(f"{asked.stdout}{asked.stderr}".strip())
    if asked.returncode > 1 and UNREACHABLE.search(asked.stderr):
        say("NOT CHECKED: the advisory service could not be reached, so nobody said whether our packages are safe.")
        return 0
    return asked.returncode


def pins(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def as_script(requirements: list[str]) -> str:
    """The head of a script with these dependencies: `uv audit` reads a project or a script, but no list of pins."""
    needed = "".join(f"#   {json.dumps(line)},\n" for line in requirements)
    return f'# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n{needed}# ]\n# ///\n'


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
