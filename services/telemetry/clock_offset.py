"""How far a headset's clock is off.

Pings tell best, as in NTP: of all exchanges, the one with the shortest round trip. A headset that sends none still says
when it sent each batch; of all batches, the one that came fastest bounds the offset from one side. What has passed
since its session began, by a clock that is never set, shows whether its clock was set meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

FARTHEST_US = 100 * 366 * 86_400_000_000
"""An offset of more than a century is no clock; one of 50 years is a headset that begins at 1970."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Server's clock minus headset's clock, off by no more than `error_us`."""

    offset_us: int
    error_us: int


def of_exchange(*, sent_us: int, server_received_us: int, server_sent_us: int, received_us: int) -> Offset | None:
    """Estimate from one exchange; None when its times cannot be of one exchange.

    Args:
        sent_us: By the headset's clock.
        server_received_us: By the server's clock.
        server_sent_us: By the server's clock.
        received_us: By the headset's clock.
    """
    round_trip = (received_us - sent_us) - (server_sent_us - server_received_us)
    if 0 in (sent_us, server_received_us, server_sent_us, received_us) or round_trip < 0:
        return None
    if received_us < sent_us or server_sent_us < server_received_us:
        return None
    if max(abs(server_received_us - sent_us), abs(server_sent_us - received_us)) > FARTHEST_US:
        return None
    offset = ((server_received_us - sent_us) + (server_sent_us - received_us)) // 2
    return Offset(offset, (round_trip + 1) // 2)


def better(known: Offset | None, found: Offset | None) -> Offset | None:
    """The estimate with the smaller error."""
    if known is None or found is None:
        return found or known
    return found if found.error_us < known.error_us else known


class Reading(NamedTuple):
    """What a batch tells of its headset's clock."""

    lag_us: int | None = None
    """Server's clock at its receipt minus headset's clock when it was sent: the offset and the way together."""
    epoch_us: int | None = None
    """When the session began by the headset's clock as it runs now; moves when that clock is set."""


UNKNOWN = Reading()


def of_batch(*, sent_us: int, uptime_us: int, received_us: int) -> Reading:
    """Read the clock of a batch.

    Args:
        sent_us: By the headset's clock, microseconds since 1970; 0 when unknown.
        uptime_us: Since the session began; 0 when unknown.
        received_us: By the server's clock, microseconds since 1970.
    """
    lag = received_us - sent_us
    if sent_us <= 0 or abs(lag) > FARTHEST_US:
        return UNKNOWN
    return Reading(lag, sent_us - uptime_us if 0 < uptime_us <= FARTHEST_US else None)


def span_of(readings: Iterable[Reading]) -> tuple[int | None, int | None, int | None]:
    """The smallest lag, and the first and the last epoch."""
    lags, epochs = [], []
    for reading in readings:
        if reading.lag_us is not None:
            lags.append(reading.lag_us)
        if reading.epoch_us is not None:
            epochs.append(reading.epoch_us)
    return min(lags, default=None), min(epochs, default=None), max(epochs, default=None)
