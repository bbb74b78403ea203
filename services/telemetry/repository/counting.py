"""Counting once although answers get lost: what is only added up shows by itself not whether it was.

Each group of counts has a token, which is written with it into the inbox, the memory of what was handled. The same
group is tried with the same token until an answer comes, and adds nothing where the token is there. The next group
takes the token before it away: one row is left by each who counts, and tidied with the rest of the inbox.
"""

from dataclasses import dataclass, field
from uuid import UUID

from services.chassis.ids import new_id

_ONCE = """
WITH gone AS (
  DELETE FROM telemetry.inbox WHERE event_id = :before AND subscriber = 'telemetry.counts'
), once AS (
  INSERT INTO telemetry.inbox (event_id, subscriber) VALUES (:now, 'telemetry.counts') ON CONFLICT DO NOTHING
  RETURNING event_id AS token
)
"""


@dataclass(slots=True)
class Tokens:
    """The tokens of one who counts."""

    now: UUID = field(default_factory=new_id)
    """Of the group that is being counted."""
    before: UUID = field(default_factory=new_id)

    def next(self) -> None:
        """Go on to another group."""
        self.before, self.now = self.now, new_id()


def once(now: str, before: str) -> str:
    """The beginning of a statement: its table `once` has one row the first time, and none after that.

    Args:
        now: `Tokens.now`, as the statement names its parameters.
        before: `Tokens.before`.
    """
    return _ONCE.replace(":now", now).replace(":before", before)
