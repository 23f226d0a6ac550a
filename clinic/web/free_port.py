"""Says in one sentence why `make run` cannot listen there, before anything begins. Needs nothing installed."""

import errno
import socket
import sys

EXAMPLE = "for example: make run PORT=8123"


def why_not(host: str, port: str) -> str:
    """The sentence; empty if the port is free."""
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        return f"PORT must be a number from 1 to 65535, {EXAMPLE}"
    try:
        socket.create_server((host, int(port))).close()
    except socket.gaierror:
        return f"HOST={host} is not an address: leave it out, or use 127.0.0.1."
    except PermissionError:
        return f"Port {port} is reserved for the administrator: choose one above 1023, {EXAMPLE}"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} is already in use: stop what uses it, or choose another one, {EXAMPLE}"
        return f"HOST={host} is not an address of this machine: leave it out, or use 127.0.0.1."
    return ""


if __name__ == "__main__":
    sys.exit(why_not(*sys.argv[1:3]) or None)
