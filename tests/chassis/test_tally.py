"""Counts that are kept in memory and handed over."""

import random

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from services.chassis.tally import Tally


def test_what_is_handed_over_is_what_was_counted() -> None:
    at_once, summed = CollectorRegistry(), CollectorRegistry()
    tally = Tally()
    summed.register(tally)
    values = [0.0, 0.001, 0.0011, 0.5, 1.0, 99.0, *(random.Random(1).expovariate(100) for _ in range(500))]
    for registry in (at_once, summed):
        counter = Counter("calls", "c", ["code"], registry=registry).labels("OK")
        gauge = Gauge("active", "g", ["method"], registry=registry).labels("Do")
        histogram = Histogram("seconds", "h", ["method"], buckets=(0.001, 0.01, 0.1, 1), registry=registry).labels("Do")
        for value in values:
            if registry is at_once:
                counter.inc()
                gauge.inc()
                histogram.observe(value)
                gauge.dec()
            else:
                tally.add(counter)
                tally.add(gauge)
                tally.observe(histogram, value)
                tally.add(gauge, -1)

    def shown(registry: CollectorRegistry) -> list[str]:
        return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]

    expected, found = shown(at_once), shown(summed)
    sums = [line for line in (*expected, *found) if line.startswith("seconds_sum")]
    assert len({round(float(line.rpartition(" ")[2]), 9) for line in sums}) == 1
    assert [x for x in found if x not in sums] == [x for x in expected if x not in sums]
    assert shown(summed) == found, "nothing is handed over twice"
