"""How far a headset's clock is off, estimated as NTP does: of all exchanges, the one with the shortest round trip."""

from dataclasses import dataclass


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
    offset = ((server_received_us - sent_us) + (server_sent_us - received_us)) // 2
    return Offset(offset, (round_trip + 1) // 2)


def better(known: Offset | None, found: Offset | None) -> Offset | None:
    """The estimate with the smaller error."""
    if known is None or found is None:
        return found or known
    return found if found.error_us < known.error_us else known
