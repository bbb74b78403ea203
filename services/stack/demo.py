"""The story of README, played against a running suite, or one started for it: each call and its answer is printed.

Talks to the gateway as any web client does, and calls the commands that a reader would type.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from rich.console import Console

from services.chassis.demo import PEOPLE, SignIns
from services.stack.errors import StackError
from services.stack.home import Home

HOME_ID = "01900000-0000-7000-8000-000000001001"
"""The first of the demo homes."""
LISTINGS = Path("listings_king_county/kc_house_data.csv.gz")
TRACES = Path("vr_head_traces/traces_users_a.tar.xz")
RECORDINGS = 20
STARTING = 120.0
"""Seconds that a suite may take to start."""
SHOWN = 600
"""Characters of an answer that are printed."""
CELL = 12
"""Pixels of a cell of the heat map in the picture."""
_SHADES = " .:-=+*#%@"
_DOORSTEP = (sys.executable, "-m", "services.cli")


class Story:
    """Plays against one suite."""

    def __init__(self, client: httpx.Client, home: Path, data: Path, console: Console) -> None:
        self._client = client
        self._home = home
        self._data = data
        self._console = console
        sign_ins = SignIns.read(Home(home).demo)
        if sign_ins is None:
            raise StackError(f"{Home(home).demo} is missing; give the folder of the suite that runs with --home")
        self._sign_ins = sign_ins

    def play(self, picture: Path) -> None:
        """Sign in, import, search, replay, watch, read, draw."""
        email = PEOPLE[0].email
        signed_in = self._call(
            "POST",
            "/api/v1/auth/login",
            json={"email": email, "password": self._sign_ins.passwords[email]},
            quiet=True,
        )
        self._client.headers["authorization"] = f"Bearer {signed_in['accessToken']}"
        self._call("GET", "/api/v1/auth/me")
        url = str(self._client.base_url).rstrip("/")
        self._run(
            "import", "listings", str(self._data / LISTINGS), "--url", url, "--home", str(self._home), accept=(0, 2)
        )
        near = {"center.latitude": 47.61, "center.longitude": -122.33, "radiusMeters": 2000, "maxListPrice": 400000}
        self._call("GET", "/api/v1/properties/search", params={**near, "pageSize": 2})
        replay = ("vr", "replay", str(self._data / TRACES), "--property", HOME_ID, "--address", url.partition("://")[2])
        self._run(*replay, "--limit", str(RECORDINGS))
        self._call("GET", f"/api/v1/telemetry/properties/{HOME_ID}/engagement")
        session = self._watch(replay)
        self._call("GET", f"/api/v1/telemetry/sessions/{session}/accounting")
        heatmap = self._call("GET", f"/api/v1/telemetry/sessions/{session}/heatmap")["heatmap"]
        self._draw(heatmap, picture)

    def _call(self, method: str, path: str, *, quiet: bool = False, **given: Any) -> dict[str, Any]:
        self._console.rule(f"{method} {path}", align="left")
        response = self._client.request(method, path, **given)
        if response.is_error:
            raise StackError(f"{method} {path} was answered {response.status_code}: {response.text}")
        found: dict[str, Any] = response.json()
        text = f"{{{', '.join(found)}}}" if quiet else response.text
        self._console.print(text[:SHOWN] + (" ..." if len(text) > SHOWN else ""), highlight=False, markup=False)
        return found

    def _command(self, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        self._console.rule(f"doorstep {' '.join(arguments)}", align="left")
        return [*_DOORSTEP, *arguments], {**os.environ, "DOORSTEP_API_KEY": ""}

    def _run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> None:
        command, environment = self._command(arguments)
        if arguments[0] == "vr":
            environment["DOORSTEP_API_KEY"] = self._sign_ins.device_key
        done = subprocess.run(command, env=environment, check=False)
        if done.returncode not in accept:
            raise StackError(f"`doorstep {' '.join(arguments)}` ended with {done.returncode}")

    def _watch(self, replay: Sequence[str]) -> str:
        """Play one recording at its real speed, watch it, and wait for its end; returns the session."""
        before = self._newest()
        command, environment = self._command([*replay, "--limit", "1", "--speed", "1"])
        environment["DOORSTEP_API_KEY"] = self._sign_ins.device_key
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as headset:
            while (session := self._newest()) == before:
                if headset.poll() is not None:
                    raise StackError("the recording ended before its session began")
                time.sleep(0.2)
            path = f"/api/v1/telemetry/sessions/{session}/watch"
            self._console.rule(f"GET {path} (server-sent events)", align="left")
            with self._client.stream("GET", path, headers={"accept": "text/event-stream"}, timeout=90) as events:
                shown = 0
                for line in events.iter_lines():
                    if line.startswith("data:") and (shown < 3 or '"end"' in line):
                        self._console.print(line[:200], highlight=False, markup=False)
                        shown += 1
            if headset.wait(90) != 0:
                raise StackError("the recording was not stored in full")
        return session

    def _newest(self) -> str:
        found = self._client.get("/api/v1/telemetry/sessions", params={"propertyId": HOME_ID, "pageSize": 1}).json()
        sessions = found.get("sessions", [])
        return str(sessions[0]["sessionId"]) if sessions else ""

    def _draw(self, heatmap: dict[str, Any], picture: Path) -> None:
        """The heat map as a PNG and in the terminal; brightness is the square root of the samples in a cell."""
        width, height = int(heatmap["width"]), int(heatmap["height"])
        counts = [int(count) for count in heatmap["counts"]]
        most = max(counts) or 1
        heat = [(count / most) ** 0.5 for count in counts]
        image = Image.new("RGB", (width, height))
        image.putdata([(int(255 * h), int(180 * h * h), int(80 * (1 - h) * bool(h))) for h in heat])
        image.resize((width * CELL, height * CELL), Image.Resampling.NEAREST).save(picture)
        for row in range(height):
            cells = heat[row * width : (row + 1) * width]
            self._console.print("".join(_SHADES[round(h * (len(_SHADES) - 1))] for h in cells), markup=False)
        self._console.print(f"{heatmap['sampleCount']} samples; the picture is {picture}")


@contextlib.contextmanager
def running_suite(port: int, home: Path) -> Iterator[httpx.Client]:
    """A client of the suite on `port`; starts one for the block when none answers.

    Raises:
        StackError: something else answers there, or the suite does not start.
    """
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        if _ready(client):
            yield client
            return
        # Tied: should we be killed, it stops too.
        command = [*_DOORSTEP, "up", "--tied", "--port", str(port), "--home", str(home)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as suite:
            try:
                deadline = time.monotonic() + STARTING
                while not _started(home, suite.pid):
                    if suite.poll() is not None or time.monotonic() > deadline:
                        raise StackError(f"the suite did not start on port {port}")
                    time.sleep(0.5)
                yield client
            finally:
                suite.terminate()


def _started(home: Path, pid: int) -> bool:
    """Whether the suite of this process says that all is done; it answers calls before the demo data is there."""
    with contextlib.suppress(StackError, ValueError):
        return bool(Home(home).read_state()["pid"] == pid)
    return False


def _ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def play(port: int, home: Path, data: Path, picture: Path) -> None:
    """Play the story.

    Raises:
        StackError: a file is missing, or a step was not answered as it should be.
    """
    for needed in (LISTINGS, TRACES):
        if not (data / needed).exists():
            raise StackError(f"{data / needed} is missing; give the folder of the data sets with --data")
    with running_suite(port, home) as client:
        Story(client, home, data, Console()).play(picture)
