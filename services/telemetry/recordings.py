"""Recorded head movements, read into tracks that a headset could have sent.

Reads folders, .tar(.xz|.gz|.bz2) archives and single .csv files whose rows are `t, qx, qy, qz, qw[, ...]`: seconds from
the start and a rotation in axes X right, Y down, Z ahead (the public 360-degree head traces have them). Rows that are
not numbers (a header, a cut line) are skipped and counted; times that do not ascend and quaternions that are not of
length 1 within 1 % likewise. Recordings may be uneven in time, repeated byte by byte under another name, and named in
any way.
"""

import hashlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_CSV_BYTES = 64 << 20
MAX_ROWS = 2_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording."""

    name: str
    participant: str
    digest: str
    """Equal for recordings that are copies of each other."""
    seconds: npt.NDArray[np.float64]
    """From the start, ascending."""
    rotations: npt.NDArray[np.float32]
    """Rows x, y, z, w in our axes (right-handed, Y up, -Z ahead)."""
    skipped_rows: int


class Unreadable(ValueError):
    """The file holds no recording."""


def find(path: Path) -> Iterator[tuple[str, bytes]]:
    """Find the CSV files below `path`: (name, content), in the order of names.

    Raises:
        OSError, tarfile.TarError: it cannot be read.
    """
    if path.is_dir():
        for file in sorted(path.rglob("*.csv")):
            if file.is_file() and file.stat().st_size <= MAX_CSV_BYTES:
                yield file.relative_to(path).as_posix(), file.read_bytes()
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            # One pass in the order of the archive: going back in a compressed file would unpack it anew.
            for member in archive:
                if member.isfile() and member.name.endswith(".csv") and member.size <= MAX_CSV_BYTES:
                    content = archive.extractfile(member)
                    if content is not None:
                        yield member.name, content.read()
    else:
        yield path.name, path.read_bytes()


def parse(name: str, content: bytes) -> Recording:
    """Read one CSV file.

    Raises:
        Unreadable: fewer than two usable rows.
    """
    table, skipped = _table(content)
    if len(table) < 2:
        raise Unreadable(f"{name}: fewer than two usable rows")
    seconds, rotations = table[:, 0], table[:, 1:5].T
    length = np.sqrt((rotations**2).sum(axis=0))
    latest = np.maximum.accumulate(np.where(np.isfinite(seconds), seconds, -np.inf))
    ascending = np.r_[True, seconds[1:] > latest[:-1]]
    good = np.isfinite(table).all(axis=1) & (np.abs(length - 1) <= 0.01) & ascending
    skipped += int((~good).sum())
    if good.sum() < 2:
        raise Unreadable(f"{name}: fewer than two usable rows")
    x, y, z, w = (rotations / np.where(length > 0, length, 1))[:, good]
    stem = PurePosixPath(name).name.removesuffix(".csv").strip()
    return Recording(
        name=stem,
        participant=stem.split("_")[0].strip()[:64],
        digest=hashlib.sha256(content).hexdigest(),
        seconds=seconds[good] - seconds[good][0],
        # Half a turn about X takes (X right, Y down, Z ahead) to (X right, Y up, -Z ahead).
        rotations=np.array([x, -y, -z, w], np.float32),
        skipped_rows=skipped,
    )


def _table(content: bytes) -> tuple[npt.NDArray[np.float64], int]:
    """The first five cells of every row that has five numbers, and how many rows have not."""
    lines = [line for line in content.decode("utf-8", "replace").splitlines()[:MAX_ROWS] if line.strip()]
    try:
        if lines:
            return np.loadtxt(lines, delimiter=",", usecols=range(5), comments=None, ndmin=2), 0
    except (ValueError, IndexError):
        pass  # something is wrong somewhere: row by row
    rows: list[list[float]] = []
    for line in lines:
        try:
            row = [float(cell) for cell in line.split(",")[:5]]
        except ValueError:
            continue
        if len(row) == 5:
            rows.append(row)
    return np.array(rows).reshape(-1, 5), len(lines) - len(rows)


def describe(recordings: list[Recording]) -> dict[str, Any]:
    """Count what is noteworthy, for the summary of a run."""
    return {
        "recordings": len(recordings),
        "copies": len(recordings) - len({r.digest for r in recordings}),
        "skipped_rows": sum(r.skipped_rows for r in recordings),
    }
