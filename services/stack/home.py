"""The data folder of a suite: whose it is at the moment, its secrets, its ports, where everything else lies.

lock            held by the running suite; its process id
state.json      what runs at the moment, for `doorstep rolling-restart` and for tests
secrets.json    made once, 0600; what is in the environment goes before it
settings.json   the settings of the workers while they run, for commands of operators (`doorstep dead-letters`), 0600
ports.json      the ports of this suite, kept as long as they are free
demo.json       passwords of the demo people and the key of the demo headset, 0600
keys/           private keys that sign access tokens
postgres/ logs/ metrics/ run/ gateway/
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services.chassis.operating import SETTINGS_FILE
from services.chassis.tokens import make_key
from services.stack.errors import StackError
from services.stack.ports import free_port, is_free
from services.stack.process import recorded

_SECRETS = ("redis_password", "internal_secret", "page_token_secret")


class Home:
    """One data folder.

    Args:
        folder: made when missing, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.records = self.folder / "run"
        self.logs = self.folder / "logs"
        self.keys = self.folder / "keys"
        self.metrics = self.folder / "metrics"
        self.gateway = self.folder / "gateway"
        self.demo = self.folder / "demo.json"
        self._state = self.folder / "state.json"
        self._settings = self.folder / SETTINGS_FILE

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for the block.

        Raises:
            StackError: another suite runs on it, or it cannot be written.
        """
        lock_file = self.folder / "lock"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = lock_file.open("a+")
        except OSError as error:
            raise StackError(f"The data folder {self.folder} cannot be used: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise StackError(
                    f"The data folder {self.folder} is in use by a running suite (pid {lock.read().strip()}): "
                    "stop it, or choose another folder with --home"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)
                self._settings.unlink(missing_ok=True)
                lock.truncate(0)

    def secrets(self) -> dict[str, str]:
        """The secrets of this suite, made at the first call."""
        kept = self.folder / "secrets.json"
        values: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
        if not set(_SECRETS) <= set(values):
            values = {name: secrets.token_urlsafe(48) for name in _SECRETS} | values
            write_private(kept, json.dumps(values, indent=1))
        if not any(self.keys.glob("*.pem")):
            make_key(self.keys)
        return values

    def ports(self, names: list[str], avoid: int) -> dict[str, int]:
        """A port for each name: that of the last run if it is still free, else a new one."""
        kept_file = self.folder / "ports.json"
        kept: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError):  # none yet, or cut off by a crash: then new ones
            kept = json.loads(kept_file.read_text())
        ports: dict[str, int] = {}
        for name in names:
            port = kept.get(name, 0)
            taken = {avoid, *ports.values()}
            ports[name] = port if port and port not in taken and is_free(port) else free_port(taken)
        write_private(kept_file, json.dumps(ports, indent=1))
        return ports

    def write_state(self, state: Mapping[str, Any]) -> None:
        """Say what runs."""
        write_private(self._state, json.dumps(state, indent=1))

    def write_settings(self, environment: Mapping[str, str]) -> None:
        """Keep the settings of the workers for commands that are run beside them."""
        values = {name: value for name, value in environment.items() if name.startswith("DOORSTEP_")}
        write_private(self._settings, json.dumps(values, indent=1))

    def read_state(self) -> dict[str, Any]:
        """What runs on this folder.

        Raises:
            StackError: nothing does.
        """
        if recorded(self._state) is None:
            raise StackError(f"No suite runs on the data folder {self.folder}")
        found: dict[str, Any] = json.loads(self._state.read_text())
        return found


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner alone."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
