"""What a process that hangs was doing: on a signal, the stack of every thread goes to its log."""

import faulthandler
import signal

WHERE = signal.SIGUSR1
"""Sent by whoever is about to kill a process that answers nothing."""


def say_where_when_asked() -> None:
    """Obey the signal. It works while the event loop is blocked too, as no Python code of ours runs for it."""
    faulthandler.register(WHERE, all_threads=True)
