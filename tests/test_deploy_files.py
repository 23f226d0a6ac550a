"""The files for Docker and systemd, as far as they can be tried where neither runs."""

import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml

from booking.management.commands import run_worker
from tests.bench.servers import free_port
from tests.faults.proxy import NGINX

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
STEPS = re.findall(r"^([A-Z]+) (.+)$", DOCKERFILE, re.MULTILINE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: the units are not verified")
def test_systemd_reads_the_units(tmp_path):
    """Where its programs are is ours to promise: here they are files that can be run."""
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "gunicorn"):
        (programs / name).symlink_to("/bin/true")
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/srv/clinic", str(tmp_path)))
    units = [str(path) for path in tmp_path.iterdir() if path.is_file()]
    assert len(units) == 4
    verified = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.skipif(not (NGINX and shutil.which("openssl")), reason="no nginx or openssl: its TLS is not read")
def test_nginx_reads_its_file_with_tls(tmp_path):
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=clinic.example.org", "-days", "1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = re.sub(r"\n *listen \[::\].*", "", (DEPLOY / "nginx.conf").read_text())
    for shipped in ("/etc/ssl/clinic", "/var/log/nginx", "/run"):
        text = text.replace(f"{shipped}/", f"{tmp_path}/")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};").replace("443", f"127.0.0.1:{free_port()}")
    (tmp_path / "nginx.conf").write_text(text)
    command = [NGINX, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    read = subprocess.run(command, capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stderr


def test_what_the_units_and_the_containers_run_is_there():
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {"migrate", "collectstatic"}
    shipped = [DEPLOY / "compose.yaml", *(DEPLOY / "systemd").iterdir()]
    named = re.findall(r"manage\.py\"?,? \"?(\w+)", "".join(path.read_text() for path in shipped))
    assert len(named) > 8
    assert set(named) <= commands
    assert "deploy/gunicorn.conf.py" in DOCKERFILE


def test_the_image_runs_as_nobody_special_and_holds_what_it_needs_and_no_more():
    users = [what for step, what in STEPS if step == "USER"]
    assert users == ["10001"]
    assert [step for step, _what in STEPS][-1] == "CMD"
    copied = [what.split()[0] for step, what in STEPS if step == "COPY" and not what.startswith("--from")]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert sent == set(copied)
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} - {"tests"}
    assert packages < sent


def test_the_image_has_the_programs_of_the_version_of_its_database():
    compose = (DEPLOY / "compose.yaml").read_text()
    [server] = re.findall(r"image: postgres:(\d+)", compose)
    assert f"postgresql-client-{server} " in DOCKERFILE


def test_the_database_that_we_ship_logs_no_values_of_a_failed_statement():
    """As docs/operations.md has it; the other lines there are PostgreSQL's own defaults."""
    compose = (DEPLOY / "compose.yaml").read_text()
    for name, value in re.findall(
        r"^ALTER ROLE clinic SET (log_\w*err\w*(?:statement|verbosity)) = (\w+);", OPERATIONS, re.M
    ):
        assert f"{name}={value}" in compose, name


def test_each_container_writes_to_nothing_of_its_own_gains_no_rights_and_tells_whether_it_is_well():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name, service in services.items():
        assert (service["read_only"], service["security_opt"]) == (True, ["no-new-privileges:true"]), name
        assert "privileged" not in service, name
        assert service.get("cap_drop") == ["ALL"] or name == "database", name  # PostgreSQL's own start gives up root
    assert "healthcheck" not in services["web"], "it has that of the image"
    assert "HEALTHCHECK" in [step for step, _what in STEPS]
    asked = {name for name, service in services.items() if "test" in service.get("healthcheck", {})}
    assert asked == {"database", "proxy"}  # and /healthz tells of the worker
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}


def test_the_proxy_of_compose_finds_the_site_again_however_often_its_container_starts():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    web, proxy = compose["services"]["web"], compose["services"]["proxy"]
    assert not [name for name, service in compose["services"].items() if "network_mode" in service]
    [address], port = web["networks"]["default"].values(), web["environment"]["BIND"].partition(":")[2]
    [network] = compose["networks"]["default"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])
    assert ip_address(address) not in ip_network(network["ip_range"]), "nobody else gets it"
    [shipped] = re.findall(r"server (127\.0\.0\.1:\d+)", (DEPLOY / "nginx.conf").read_text())
    assert f"sed s/{shipped}/{address}:{port}/ /etc/nginx/shipped.conf" in proxy["command"][-1]
    assert "./nginx.conf:/etc/nginx/shipped.conf:ro" in proxy["volumes"]


def test_hsts_starts_short_and_the_proxy_says_the_same_as_the_site():
    [of_the_site] = re.findall(r"^HSTS_SECONDS=(\d+)$", (DEPLOY / "clinic.env.example").read_text(), re.MULTILINE)
    of_the_proxy = re.findall(r"Strict-Transport-Security \"max-age=(\d+);", (DEPLOY / "nginx.conf").read_text())
    assert of_the_proxy == [of_the_site]
    assert int(of_the_site) <= 3600
    assert "### HSTS" in OPERATIONS


def test_a_container_knows_no_key_that_it_does_not_need():
    database = (DEPLOY / "compose.yaml").read_text().partition("  database:")[2].partition("\n\n")[0]
    assert re.findall(r"env_file: (\S+)", database) == ["database.env"]
    assert (DEPLOY / "database.env.example").read_text().count("=") == 1


def test_each_variable_of_the_examples_is_explained():
    examples = "".join(path.read_text() for path in sorted(DEPLOY.glob("*.env.example")))
    names = re.findall(r"^([A-Z_]+)=", examples, re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if f"`{name}`" not in OPERATIONS] == []


def test_what_starts_again_after_a_fault_compiles_and_checks_nothing():
    compiled = next(step for name, step in STEPS if name == "RUN" and "compileall" in step).split()
    copied = {step.split()[0] for name, step in STEPS if name == "COPY"}
    assert {app for app in ("booking", "clinic", "procedures") if app in copied} <= set(compiled)
    assert list(run_worker.Command.requires_system_checks) == []
