"""Two machines behind one proxy, as far as one machine can be two: one of them goes, and the other one answers."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.claims import Claim, Size
from tests.faults.mailbox import mailbox
from tests.faults.patients import PHONE, Load
from tests.faults.processes import Process, Web, running, seconds_until_back
from tests.faults.proxy import NGINX, Proxy
from tests.faults.site import Site

FORGOTTEN = 2  # seconds after which the proxy tries a node again: fail_timeout in deploy/nginx.conf
ALONE = 2  # requests that the node that is left acknowledges before the other one is back


def node_killed(site: Site, size: Size) -> Iterator[Claim]:
    """kill -9 of a node and of a worker, in turns, while patients send requests through the proxy."""
    if not NGINX:
        yield Claim("two nodes", "not tried: no nginx on this machine", True)
        return
    kills = size.kills // 2  # each takes long: the other node is not killed before this one is back
    with mailbox() as box:
        nodes, workers = [node(site, name) for name in ("one", "two")], [site.worker(box.url) for _n in range(2)]
        proxy = Proxy(site.folder, *(each.port for each in nodes))
        with running(proxy, *nodes, *workers):
            error_page(site.folder)
            proxy.wait_until_it_listens()
            for each in nodes:
                seconds_until_back(each.port, each.log)
            load = Load(proxy.port, site.codes, size.clients)
            with load.going_on():
                for n in range(kills):
                    load.wait_for(size.requests * n / kills)
                    kill_in_turn(n, load, nodes, workers)
                load.wait_for(size.requests)
            yield Claim(f"kill -9 of a node and a worker, times {kills}: what patients saw", load.outcomes, True)
            served = [each.log.read_text().count('"POST /request') for each in nodes]
            yield Claim("forms that each node took", f"{served[0]} and {served[1]}", min(served) > 0)
            yield from site.kept(load)
            yield from site.mailed(load, box)


def node(site: Site, name: str) -> Web:
    folder = site.folder / name
    folder.mkdir(exist_ok=True)
    return Web(folder, **site.environment)


def kill_in_turn(n: int, load: Load, nodes: list[Web], workers: list[Process]) -> None:
    killed = nodes[n % 2], workers[n % 2]
    for each in killed:
        each.kill()
    load.wait_for(len(load.acknowledged) + ALONE)
    for each in killed:
        each.start()
    seconds_until_back(nodes[n % 2].port, nodes[n % 2].log)
    time.sleep(FORGOTTEN)


def error_page(folder: Path) -> None:
    """What manage.py write_error_pages writes, as far as a patient of ours reads it."""
    page = folder / "static" / "errors" / "503.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(PHONE)
