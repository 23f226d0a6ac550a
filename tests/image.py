"""Carries out deploy/Dockerfile where Docker does not run: each step in a clean Debian, then the site starts in it.

    python -m tests.image     as root, with debootstrap and a way to Debian's and Python's packages; about two minutes

The base image, Python on Debian, is made here: debootstrap's smallest Debian of that name, and this machine's Python in
/usr/local. It is not the one of the registry, and there is no daemon, no network of containers and no Compose.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
STEP = re.compile(r"^([A-Z]+) (.+)$", re.MULTILINE)
# What Python's modules need, and its official image has.
INCLUDED = "ca-certificates,libbz2-1.0,libffi8,liblzma5,libreadline8t64,libsqlite3-0,libssl3t64,libuuid1,zlib1g"
OF_THIS_MACHINE = ("/etc/ssl/certs/ca-certificates.crt", "/etc/resolv.conf")  # how it reaches the packages
UNUSED = shutil.ignore_patterns("test", "tests", "site-packages", "__pycache__", "idlelib", "tkinter", "config-*")
MOUNTED = "mount -t proc proc {root}/proc; mount -t tmpfs tmpfs {root}/tmp; mount --rbind /dev {root}/dev; "
# As deploy/compose.yaml has it. Its database is elsewhere; ours is in a folder that can be written.
READ_ONLY = f"""
ip link set lo up; mount --bind {{root}} {{root}}; mount -o remount,bind,ro {{root}}; {MOUNTED}
mount -t tmpfs -o uid=10001,mode=700 tmpfs {{root}}/srv/clinic/var;
"""
SITE = {
    "SECRET_KEY": "image-only-" + "k" * 60,
    "ALLOWED_HOSTS": "clinic.example.org",
    "SITE_URL": "https://clinic.example.org",
    "DEFAULT_FROM_EMAIL": "desk@clinic.example.org",
}
SET_UP = "python manage.py collectstatic --no-input -v0"
STARTED = """
for path in /srv/clinic/manage.py /srv/clinic/static/x /opt/packages/x; do
  if touch $path 2>/dev/null; then echo "$path can be written"; exit 1; fi
done
for step in migrate sync_roles load_content; do
  python manage.py $step > /tmp/log 2>&1 || {{ cat /tmp/log; exit 1; }}
done
{command} > /tmp/log 2>&1 & web=$!
for n in $(seq 60); do {healthy} 2>/dev/null && break; sleep 1; done
{healthy} || {{ cat /tmp/log; exit 1; }}
python manage.py backup --help > /dev/null
pg_dump --version
id
kill $web
wait $web
"""


class Image:
    """A stage of the Dockerfile, in a folder."""

    def __init__(self, folder: Path, base: Path) -> None:
        self.root, self.user, self.place = folder, "0", "/"
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "PIP_CERT": OF_THIS_MACHINE[0]}
        subprocess.run(["cp", "-a", base, folder], check=True)

    def run(self, script: str, mounted: str = MOUNTED, *alone: str) -> str:
        """Its output. In namespaces of its own, so that what it mounts and starts ends with it."""
        words = [f"{name}={value}" for name, value in self.environment.items()]
        shell = ["env", "-i", *words, "sh", "-ec", f"cd {self.place}; {script}"]
        command = shlex.join(["exec", "chroot", f"--userspec={self.user}", str(self.root), *shell])
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *alone, "sh", "-ec"]
        done = subprocess.run(
            [*alone, mounted.format(root=self.root) + command], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"failed: {script}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def take(self, step: str, rest: str, stages: dict[str, "Image"]) -> None:
        if step == "RUN":
            self.run(rest)
        elif step == "COPY":
            self.copy(rest, stages)
        elif step == "WORKDIR":
            self.place = rest
            (self.root / rest[1:]).mkdir(parents=True, exist_ok=True)
        elif step == "ENV":
            for name, value in (pair.split("=", 1) for pair in rest.split()):
                self.environment[name] = value.replace("$PATH", self.environment["PATH"])
        elif step == "USER":
            self.user = rest

    def copy(self, rest: str, stages: dict[str, "Image"]) -> None:
        *_, source, target = rest.split()
        stage = re.match(r"--from=(\w+)", rest)
        origin = stages[stage[1]].root / source[1:] if stage else ROOT / source
        goal = self.root / (Path(self.place) / target).relative_to("/")
        goal = goal / origin.name if target in (".", "./") else goal
        goal.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", "--no-preserve=ownership", "-T", origin, goal], check=True)


def base_image(folder: Path, name: str) -> Path:
    """As of python:3.11-slim-trixie."""
    version, debian = re.fullmatch(r"python:([\d.]+)-slim-(\w+)", name).groups()
    if sys.version_info[:2] != tuple(map(int, version.split("."))):
        sys.exit(f"This has to run on Python {version}.")
    root = folder / "base"
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", debian, root],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for path in OF_THIS_MACHINE:
        shutil.copy(path, root / path[1:])
    ours, library = Path(sys.base_prefix), f"lib/python{version}"
    shutil.copytree(ours / library, root / "usr/local" / library, ignore=UNUSED, symlinks=True)
    for path in (ours / "lib").glob("libpython*"):
        shutil.copy(path, root / "usr/local/lib", follow_symlinks=False)
    shutil.copy(ours / "bin" / f"python{version}", root / "usr/local/bin/python")
    subprocess.run(["chroot", root, "ldconfig"], check=True)
    return root


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="clinic-image-") as folder:
        image = built(Path(folder))
        image.environment |= SITE
        image.run(SET_UP)
        healthy, command = _commands()
        print(image.run(STARTED.format(healthy=healthy, command=command), READ_ONLY, "--net"))  # noqa: T201


def built(folder: Path) -> Image:
    """The last stage."""
    stages: dict[str, Image] = {}
    image, base = None, None
    for step, rest in STEP.findall(DOCKERFILE):
        print(step, rest, flush=True)  # noqa: T201
        if step == "FROM":
            name, _as, stage = rest.partition(" AS ")
            base = base or base_image(folder, name)
            image = stages[stage] = Image(folder / (stage or "site"), base)
        else:
            image.take(step, rest, stages)
    return image


def _commands() -> tuple[str, str]:
    """Of the health check, and of the site."""
    found = re.findall(r"^(?:HEALTHCHECK .*)?CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    healthy, command = (shlex.join(json.loads(each)) for each in found)
    return healthy, command


if __name__ == "__main__":
    main()
