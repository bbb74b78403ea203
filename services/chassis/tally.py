"""Counts of the hot path, kept in memory and handed to Prometheus a few times a second.

An increment of a metric that several processes share is a write into a mapped file behind a lock and a look at the
process id: ten microseconds for the seven that every call makes, a sixth of what gRPC itself needs. Sums cost the same
once instead of once per call. A scrape of the own process sees everything, of its siblings what is `PERIOD` old.
"""

import asyncio
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

PERIOD = 0.25
"""Seconds between two hand-overs."""


class Tally(Collector):
    """Sums by metric child. As a collector it yields nothing: it hands over before its neighbours are read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # scrapes come from a thread of their own
        self._sums: defaultdict[Any, float] = defaultdict(float)
        self._seconds: defaultdict[Any, list[float]] = defaultdict(list)

    def add(self, child: Counter | Gauge, amount: float = 1) -> None:
        """Increment."""
        with self._lock:
            self._sums[child] += amount

    def observe(self, child: Histogram, value: float) -> None:
        """Observe."""
        with self._lock:
            self._seconds[child].append(value)

    def hand_over(self) -> None:
        """Bring Prometheus's metrics up to date."""
        with self._lock:
            sums, self._sums = self._sums, defaultdict(float)
            seconds, self._seconds = self._seconds, defaultdict(list)
        for child, amount in sums.items():
            if amount:
                child.inc(amount)
        for child, values in seconds.items():
            _observe_all(child, values)

    def collect(self) -> Iterable[Metric]:
        """Hand over; there is nothing of its own to show."""
        self.hand_over()
        return ()

    async def keep_handing_over(self) -> None:
        """Hand over until cancelled."""
        try:
            while True:
                await asyncio.sleep(PERIOD)
                self.hand_over()
        finally:
            self.hand_over()


def _observe_all(child: Any, values: list[float]) -> None:
    """What `Histogram.observe` does, for many values; the library has no such call."""
    bounds = child._upper_bounds
    counts: defaultdict[int, int] = defaultdict(int)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    child._sum.inc(sum(values))
    for index, count in counts.items():
        child._buckets[index].inc(count)


TALLY = Tally()
"""The process's; registered before the metrics that it feeds, so that it is asked before them."""
REGISTRY.register(TALLY)
