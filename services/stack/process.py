"""One child process: started through the shim, recorded, stopped in stages, cleaned up after a crash of its parent."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from services.stack.errors import StackError
from services.stack.privileges import User

_SHIM = Path(__file__).with_name("shim.py")
_POLL_SECONDS = 0.02
_LOG_BYTES = 10 * 1024 * 1024
# A recorded process and a running one with the same pid are the same if they began at the same time. The clock that
# psutil derives it from may have been adjusted in between.
_SAME_START_SECONDS = 2.0


class Child:
    """A process that dies with us. Start it from a thread that lives as long as it should: the kernel watches that.

    `records` is the folder that remembers it for the next start (None: it is not remembered).
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        log: Path,
        records: Path | None = None,
        environment: Mapping[str, str] | None = None,
        user: User | None = None,
        data: Path | None = None,
        stdin: bytes | None = None,
        parent_death: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._records = records
        log.parent.mkdir(parents=True, exist_ok=True)
        rotate(log)
        with log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                [*through_shim(parent_death, user, data), *arguments],
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=dict(os.environ if environment is None else environment),
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops everything in order
            )
        if records is not None:
            try:
                remember(records, name, self.pid)
            except OSError:  # a full disk: nobody would find the process again, and it has begun nothing yet
                self._process.kill()
                self._process.wait()
                raise
        if stdin is not None:
            assert self._process.stdin is not None  # noqa: S101 - PIPE was asked for
            with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
                pipe.write(stdin)

    @property
    def pid(self) -> int:
        """Its process id; the shim becomes the program, so it is the program's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """Its exit code, minus the signal's number when killed, None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """What it wrote since this start."""
        with self.log.open("rb") as lines:
            lines.seek(self._log_start)
            return lines.read().decode(errors="replace")

    def reason(self) -> str:
        """The line of its output that says best why it ended."""
        lines = [line.strip() for line in self.output().splitlines() if line.strip()]
        for mark in ("FATAL", "PANIC", "ERROR", "error", "Error"):
            for line in reversed(lines):
                if mark in line:
                    return line.partition(f"{mark}:")[2].strip() or line
        return lines[-1] if lines else f"it ended with code {self.exit_code} and wrote nothing"

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.running:
            self._process.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, at most `seconds`; returns whether it has."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, stages: Sequence[tuple[signal.Signals, float]]) -> None:
        """Send each signal in turn, waiting the given seconds after it, until it has ended; at last SIGKILL."""
        for number, seconds in (*stages, (signal.SIGKILL, 10.0)):
            self.send(number)
            if self.wait(seconds):
                break
        else:
            raise StackError(f"{self.name} (pid {self.pid}) does not end")
        if self._records is not None:
            forget(self._records, self.name)


def rotate(log: Path) -> None:
    """Put a log that has grown too large aside, in place of the one put aside before."""
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".1.log"))


def until(seconds: float) -> Iterator[None]:
    """Yield every few milliseconds until `seconds` have passed: `for _ in until(5): if ready(): break`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(_POLL_SECONDS)


def through_shim(
    parent_death: signal.Signals = signal.SIGTERM, user: User | None = None, data: Path | None = None
) -> list[str]:
    """What goes before a command line, so that the process dies with us; see `shim.py`."""
    command = [sys.executable, "-I", "-S", str(_SHIM), "--parent", str(os.getpid())]
    command += ["--signal", str(int(parent_death))]
    if user is not None:
        command += ["--uid", str(user.uid), "--gid", str(user.gid)]
    if data is not None:
        command += ["--data", str(data)]
    return [*command, "--"]


def remember(records: Path, name: str, pid: int) -> None:
    """Record a process for the next start."""
    records.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(psutil.NoSuchProcess):  # it has ended already: nothing to remember
        started = psutil.Process(pid).create_time()
        draft = records / f".{name}.new"
        draft.write_text(json.dumps({"pid": pid, "started": started}))
        draft.replace(records / f"{name}.json")


def forget(records: Path, name: str) -> None:
    """Remove the record of a process that has ended."""
    (records / f"{name}.json").unlink(missing_ok=True)


def recorded(record: Path) -> psutil.Process | None:
    """The process of a record, if it is still that process and not another with its number."""
    try:
        kept = json.loads(record.read_text())
        process = psutil.Process(kept["pid"])
        same = abs(process.create_time() - kept["started"]) < _SAME_START_SECONDS
    except (OSError, ValueError, KeyError, psutil.NoSuchProcess):  # half-written record, or the process is gone
        return None
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None


def end_recorded(records: Path, seconds: float = 10.0) -> list[str]:
    """End what a killed supervisor left behind, and forget it; returns the names of what still ran.

    The parent-death signal has usually done it already; this waits for the slow ones, and kills what hangs.

    Raises:
        StackError: a process could not be ended.
    """
    left = {}
    for record in sorted(records.glob("*.json")) if records.is_dir() else ():
        process = recorded(record)
        if process is None:
            record.unlink(missing_ok=True)
        else:
            left[record] = process
    for record, process in left.items():
        _end(record.stem, process, seconds)
        record.unlink(missing_ok=True)
    return [record.stem for record in left]


def _end(name: str, process: psutil.Process, seconds: float) -> None:
    # SIGINT is PostgreSQL's fast shutdown; for the others SIGTERM is the polite one.
    polite = signal.SIGINT if name == "postgres" else signal.SIGTERM
    try:
        for number, patience in ((polite, seconds), (signal.SIGKILL, 10.0)):
            process.send_signal(number)
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(patience)
                return
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        raise StackError(f"{name} (pid {process.pid}) was left by another user's run and cannot be ended") from None
    raise StackError(f"{name} (pid {process.pid}) was left by an earlier run and does not end")


def die_with_parent() -> None:
    """Have the kernel send us SIGTERM when the process that started us dies (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(1, int(signal.SIGTERM))  # PR_SET_PDEATHSIG
