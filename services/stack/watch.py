"""Which workers hang: they run, and answer nothing."""

import threading
import time
from collections.abc import Callable

PROBES = 6
"""How many in a row must stay unanswered."""
STARTING = 180.0
"""Seconds that a process may take before its first answer."""


class Watch:
    """Asks one worker again and again, and knows how often in a row it has not answered.

    Any answer will do, NOT_SERVING as well: a worker without its database is no better for being killed. The watch only
    says what it has seen; the supervisor, from whose thread workers must be started, decides and acts.

    What counts are probes that failed, not seconds that passed: on a machine that was suspended, or so busy that the
    supervisor does not run either, few probes fail.
    """

    def __init__(self, answers: Callable[[float], bool], patience: float) -> None:
        """Prepare a watch.

        Args:
            answers: asks the worker, waiting so many seconds at most.
            patience: seconds after which a worker that answers nothing hangs.
        """
        self._answers = answers
        self._step = patience / PROBES / 2
        self._missed = 0
        self._answered = False
        self._process = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Begin asking."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; does not wait for a probe that is on its way."""
        self._stopping.set()

    def renew(self) -> None:
        """Forget what has been: another process is asked from now on."""
        with self._lock:
            self._process += 1
            self._missed = 0
            self._answered = False
            self._began = time.monotonic()

    @property
    def hangs(self) -> bool:
        """Whether too many probes in a row have stayed unanswered."""
        with self._lock:
            starting = not self._answered and time.monotonic() - self._began < STARTING
            return self._missed >= PROBES and not starting

    def probe(self) -> None:
        """Ask once."""
        process = self._process
        answered = self._answers(self._step)
        with self._lock:
            if process != self._process:
                return  # it was the process before that answered, or did not
            self._missed = 0 if answered else self._missed + 1
            self._answered = self._answered or answered

    def _run(self) -> None:
        while not self._stopping.wait(self._step):
            self.probe()
