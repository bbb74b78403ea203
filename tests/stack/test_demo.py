"""`make demo` where nothing runs: a suite of its own, the story, the picture, and nothing left.

The story is short here: a few homes, recordings of seconds. Nothing else differs from what README tells.
"""

import contextlib
import io
import math
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import psutil
import pytest
from PIL import Image

from services.stack.demo import CELL, LISTINGS, RECORDINGS, TRACES, play
from services.stack.errors import StackError
from services.stack.ports import free_port, is_free
from services.stack.worker import with_import_roots
from tests.fixtures.suite import Suite
from tests.property.data_files import county_file, county_row
from tests.stack.test_up import all_gone, eventually

pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
SAMPLES = 120
"""Of a recording."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data sets of the story, small."""
    folder = tmp_path_factory.mktemp("data")
    for name in (LISTINGS, TRACES):
        (folder / name).parent.mkdir()
    homes = [county_row(id=7129300520 + n, lat=47.61 + n / 1000, long=-122.33, price=300_000 + n) for n in range(3)]
    (folder / LISTINGS).write_bytes(county_file(*homes, packed=True))
    with tarfile.open(folder / TRACES, "w:xz") as archive:
        for visitor in range(RECORDINGS):
            rows = (
                f"{n / 60},0,{math.sin(n / 60 + visitor)},0,{math.cos(n / 60 + visitor)}" for n in range(SAMPLES)
            )  # looking around for two seconds
            content = "\n".join(rows).encode()
            entry = tarfile.TarInfo(f"visitor{visitor}_1.csv")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return folder


def demo(port: int, home: Path, data: Path, picture: Path) -> subprocess.Popen[str]:
    options = ("--port", str(port), "--home", str(home), "--data", str(data), "--picture", str(picture))
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "demo", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=with_import_roots({**os.environ, "COLUMNS": "400"}),  # lines stay whole
        start_new_session=True,
    )


def test_it_starts_a_suite_plays_the_story_draws_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    port, home, picture = free_port(), tmp_path / "home", tmp_path / "heatmap.png"
    telling = demo(port, home, data, picture)
    family: set[psutil.Process] = set()

    def ended() -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            family.update(psutil.Process(telling.pid).children(recursive=True))
        return telling.poll() is not None

    try:
        eventually(ended, "the story ends", seconds=240)
        output, _ = telling.communicate()
    finally:
        telling.kill()
    assert telling.returncode == 0, output
    told = [
        "POST /api/v1/auth/login",
        "GET /api/v1/auth/me",
        "doorstep import listings",
        "GET /api/v1/properties/search",
        "doorstep vr replay",
        "/engagement",
        "/watch (server-sent events)",
        "/accounting",
        "/heatmap",
    ]
    places = [output.find(step) for step in told]
    assert -1 not in places, output
    assert places == sorted(places), output
    assert f"{SAMPLES} samples; the picture is {picture}" in output, output
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width % CELL == drawn.height % CELL == 0
        assert len(drawn.getcolors(maxcolors=1 << 20) or ()) > 1, "nothing is hot"
    assert len(family) > 5, "the suite was not its own"
    assert all_gone(list(family))
    assert is_free(port)
    assert list((home / "run").iterdir()) == []
    assert not (home / "state.json").exists()


def test_killed_outright_its_suite_ends_too(data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    telling = demo(free_port(), home, data, tmp_path / "heatmap.png")
    eventually((home / "run" / "migrate.json").exists, "its suite has begun to start")
    family = psutil.Process(telling.pid).children(recursive=True)
    telling.send_signal(signal.SIGKILL)
    telling.communicate()
    eventually(lambda: all_gone(family), "its suite has ended")
    assert list((home / "run").iterdir()) == []


def test_missing_data_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="--data"):
        play(free_port(), tmp_path / "home", tmp_path, tmp_path / "heatmap.png")
    assert not (tmp_path / "home").exists()


def test_the_folder_of_another_suite_is_said_to_be_wrong(suite: Suite, data: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="--home"):
        play(suite.port, tmp_path / "home", data, tmp_path / "heatmap.png")
    assert suite.process.poll() is None


def test_make_says_which_suite_is_meant() -> None:
    """As `make up` is told, so is `make demo`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--just-print", "demo", "PORT=9000", "HOME_DIR=a folder"]
    shown = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert 'services.cli demo --port 9000 --home "a folder"' in shown
