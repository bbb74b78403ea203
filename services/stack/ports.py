"""Ports on the loopback address."""

import random
import socket
from collections.abc import Container

LOOPBACK = "127.0.0.1"
# Below the range that the kernel takes outgoing connections from (32768 on Linux), so that a port which is free now
# does not become somebody's outgoing connection before its server binds it.
_RANGE = range(20_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(taken: Container[int] = ()) -> int:
    """Return a port that nobody listens on and that is not in `taken`.

    Raises:
        OSError: no free port was found.
    """
    for _ in range(1000):
        port = random.choice(_RANGE)  # noqa: S311 - not a secret
        if port not in taken and is_free(port):
            return port
    raise OSError("no free port between 20000 and 32000")
