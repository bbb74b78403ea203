"""Metrics: rate, errors and duration of every RPC (OpenTelemetry's names, Prometheus's form)."""

import time
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from services.chassis.interceptors.call import Call, Proceed
from services.chassis.tally import TALLY

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15)
"""Seconds; from a cached read to the deadline."""

CALLS = Counter("rpc_server_calls", "Calls by method and code.", ["method", "code"])
DURATION = Histogram("rpc_server_duration_seconds", "Time to answer a unary call.", ["method"], buckets=BUCKETS)
ACTIVE = Gauge("rpc_server_active_calls", "Calls being served.", ["method"], multiprocess_mode="livesum")


class Metrics:
    """Counts; label children are looked up once per method and code, which is most of what an observation costs."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, str], Any] = {}
        self._rest: dict[str, tuple[Any, Any]] = {}

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Count around the call."""
        path = call.method.path
        rest = self._rest.get(path)
        if rest is None:
            rest = self._rest[path] = (DURATION.labels(path), ACTIVE.labels(path))
        duration, active = rest
        TALLY.add(active)
        try:
            return await proceed(call)
        finally:
            TALLY.add(active, -1)
            key = (path, call.status)
            counter = self._calls.get(key)
            if counter is None:
                counter = self._calls[key] = CALLS.labels(*key)
            TALLY.add(counter)
            if not call.method.kind.response_streams:
                TALLY.observe(duration, time.perf_counter() - call.started)
