"""The nginx that we ship, on a port of its own, without certificates."""

import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from tests.bench.client import connect
from tests.bench.servers import free_port, tail
from tests.faults.processes import ROOT, STARTED_WITHIN, Process

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Proxy(Process):
    def __init__(self, folder: Path, *nodes: int) -> None:
        self.folder, self.port, self.access_log = folder, free_port(), folder / "access.log"
        config = folder / "nginx.conf"
        config.write_text(adapted(folder, self.port, nodes))
        as_ourselves = "user root; " if os.geteuid() == 0 else ""  # the temporary folder is not for others
        super().__init__(folder, "nginx", NGINX, "-p", folder, "-c", config, "-g", f"daemon off; {as_ourselves}")

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + STARTED_WITHIN
        while True:
            try:
                return connect(self.port).close()
            except OSError:
                if self.running.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(tail(str(self.log))) from None
                time.sleep(0.05)


def adapted(folder: Path, port: int, nodes: Iterable[int]) -> str:
    """The file as shipped, but for its ports, folders and TLS."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"\n *(ssl_|listen \[::\]).*", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    servers = " ".join(f"server 127.0.0.1:{node} fail_timeout=2s;" for node in nodes)
    text = text.replace("server 127.0.0.1:8000 fail_timeout=2s;", servers).replace("/srv/clinic", str(folder))
    text = text.replace("/var/log/nginx", str(folder)).replace("/run/nginx.pid", str(folder / "nginx.pid"))
    paths = "".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    return text.replace("http {", "http { " + paths, 1)
