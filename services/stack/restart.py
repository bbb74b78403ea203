"""Ask a running suite to restart its workers, and wait until it has."""

import os
import signal
import time

from services.stack.errors import StackError
from services.stack.home import Home


def restart_workers(home: Home, timeout: float) -> None:
    """Restart one worker after the other.

    Args:
        home: the data folder of the running suite.
        timeout: seconds to wait for the last worker.

    Raises:
        StackError: no suite runs there, or it has not finished in time.
    """
    before = home.read_state()
    os.kill(before["pid"], signal.SIGUSR2)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if home.read_state()["restarts"] > before["restarts"]:
            return
        time.sleep(0.1)
    raise StackError(f"The workers were not restarted within {timeout:g} s; see {home.logs}")
