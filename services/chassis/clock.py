"""The time of day, as something that can be handed in: rules take `now`, tests turn the clock."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the current time with microseconds, in UTC."""
        return datetime.now(UTC)


class TurnableClock(Clock):
    """A clock for tests: real time plus an offset."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the current time plus what was added by `turn`."""
        return datetime.now(UTC) + self.offset

    def turn(self, by: timedelta) -> None:
        """Move the clock; negative values move it back."""
        self.offset += by
