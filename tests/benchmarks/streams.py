"""Many headsets at 90 Hz: how long an acknowledgement takes from when its batch was due, and what a stream costs.

Open loop: a headset does not wait for the server to be ready. Batches are due at random phases, all in one process.
"""

from typing import Any

from tests.benchmarks.headsets import HZ, Shape
from tests.benchmarks.lab import laboratory
from tests.benchmarks.pipeline import Ingest, serving
from tests.benchmarks.report import Goal, Result

LEVELS: dict[int, tuple[int, float, float]] = {500: (1, 2.0, 5.0), 2_000: (1, 2.5, 20.0), 10_000: (5, 5.0, 50.0)}
"""Streams: seconds between batches, and the bounds of p50 and p99 in milliseconds."""
STREAMS_PER_CONNECTION = 500
SECONDS = 15.0
KIBIBYTES = 50.0

NOTES = (
    f"Each headset sends {HZ} samples a second (and an event) in a batch every second, or every 5 s from 10,000 on. "
    "The load and Postgres run on the same processors, and on a busy machine milliseconds mean little. KB per stream: "
    "resident memory of the server at the end of the run over what it had before, by streams; every level has a server "
    "of its own. After every run: rows stored = acknowledged = sum of the positions."
)


def measure() -> Result:
    """One level after the other."""
    goals: list[Goal] = []
    figures: dict[str, Any] = {}
    with laboratory() as lab:
        for streams, (period, p50, p99) in LEVELS.items():
            shape = Shape(gaze=HZ * period, events=period)
            with serving(lab) as server:
                ingest = Ingest(lab, server)
                ingest.run(shape, streams=16, seconds=1.0)  # warm
                seen = ingest.run(
                    shape,
                    streams=streams,
                    seconds=SECONDS,
                    channels=max(4, streams // STREAMS_PER_CONNECTION),
                    period=float(period),
                )
            kibibytes = (max(seen.rss_after, seen.rss_opened) - seen.rss_before) / streams / 1024
            figures[f"{streams}_streams"] = {**seen.figures(), "kibibytes_per_stream": kibibytes}
            name = f"{streams:,} streams"
            goals += [
                Goal(f"{name}: acknowledgement p50", seen.p50, p50, False, "fixed bound", "ms"),
                Goal(f"{name}: acknowledgement p99", seen.p99, p99, False, "fixed bound", "ms"),
                Goal(f"{name}: errors", seen.errors, 0, False, "fixed bound", "streams"),
                Goal(f"{name}: memory of the server", kibibytes, KIBIBYTES, False, "fixed bound", "KB a stream"),
            ]
    return Result("streams", goals, figures, NOTES)
