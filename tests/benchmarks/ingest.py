"""The way in: samples committed per second against raw COPY, against what one would write instead, and through Envoy.

Two shapes of batch. `one track`: 450 samples of gaze (a time, a direction, the point that is hit, zone, object) and 5
events, which become one chunk, 5 rows and the sums of about 12 zones and objects. `both tracks`: 450 poses besides.
"""

import statistics
from collections.abc import Callable
from typing import Any

from tests.benchmarks.ceiling import raw_copy, rival
from tests.benchmarks.headsets import Shape
from tests.benchmarks.lab import laboratory
from tests.benchmarks.pipeline import Ingest, Seen, gateway_before, serving
from tests.benchmarks.report import Goal, Result

ONE = Shape(gaze=450, events=5)
BOTH = Shape(pose=450, gaze=450, events=5)
ROWS = Shape(events=500)
STREAMS = 256
ROWS_STREAMS = 32
"""Discrete events are rare; that many batches of nothing else are a burst already."""
SECONDS = 5.0
ROUNDS = 3

NOTES = (
    "One serving process under the full chain, the load and Postgres (fsync on) on the same processors. After every "
    "run: rows stored = acknowledged = sum of the positions. Raw COPY is of the ready-made chunks alone, without "
    "events, sums or positions. The product keeps no samples as rows: ordinary rows are discrete events, so `rows` "
    "sends nothing else and is held against COPY into telemetry.events. The rival stores every sample as a row."
)


def measure() -> Result:
    """Alternate all sides."""
    with laboratory() as lab, serving(lab) as server, gateway_before(lab, server.port) as (target, gateway):
        direct, behind = Ingest(lab, server), Ingest(lab, server, target, gateway)

        def play(one: Ingest, shape: Shape, streams: int = STREAMS) -> Callable[[], Seen]:
            return lambda: one.run(shape, streams=streams, seconds=SECONDS)

        sides: dict[str, Callable[[], Seen]] = {
            "copy_one": lambda: raw_copy(lab, ONE, seconds=SECONDS, events=False),
            "one": play(direct, ONE),
            "one_envoy": play(behind, ONE),
            "copy_both": lambda: raw_copy(lab, BOTH, seconds=SECONDS, events=False),
            "both": play(direct, BOTH),
            "copy_rows": lambda: raw_copy(lab, ROWS, seconds=SECONDS, events=True),
            "rows": play(direct, ROWS, ROWS_STREAMS),
            "fastapi": lambda: rival(lab, ONE, seconds=SECONDS),
        }
        direct.run(ONE, streams=STREAMS, seconds=1.0)  # warm
        rounds = [{name: side() for name, side in sides.items()} for _ in range(ROUNDS)]

    def ratio(of: Callable[[dict[str, Seen]], float]) -> float:
        return statistics.median(of(one) for one in rounds)

    goals = [
        Goal(
            "one track: samples/s with sums and rows of events",
            ratio(lambda r: r["one"].rate / r["copy_one"].rate), 0.70, True, "raw COPY of its chunks",
        ),
        Goal(
            "both tracks: samples/s with sums and rows of events",
            ratio(lambda r: r["both"].rate / r["copy_both"].rate), 0.70, True, "raw COPY of its chunks",
        ),
        Goal(
            "rows (events only): events/s with sums",
            ratio(lambda r: r["rows"].rate / r["copy_rows"].rate), 0.70, True, "raw COPY into telemetry.events",
        ),
        Goal(
            "CPU saved, one track",
            ratio(lambda r: r["fastapi"].cpu / r["one"].cpu), 25.0, True, "FastAPI + pydantic + asyncpg COPY", "times",
        ),
        Goal(
            "through Envoy, one track: samples/s",
            ratio(lambda r: r["one_envoy"].rate / r["one"].rate), 0.95, True, "direct",
        ),
    ]  # fmt: skip
    return Result("ingest", goals, figures_of(rounds), NOTES)


def figures_of(rounds: list[dict[str, Seen]]) -> dict[str, Any]:
    """The median of every figure of every side."""
    return {
        name: {
            figure: statistics.median(one[name].figures()[figure] for one in rounds)
            for figure in rounds[0][name].figures()
        }
        for name in rounds[0]
    }
