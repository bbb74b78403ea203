"""The SQL of agents' rules."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from services.chassis.db.database import ReadTransaction
from services.chassis.db.turns import take_turns
from services.visit.models.availability import Availability
from services.visit.slots import Minutes, Rules


class AvailabilityRepository:
    """Rules of the organisation's agents."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def find(self, organization_id: UUID, agent_id: UUID) -> Availability | None:
        """An agent's rules; None where the agent has not said any."""
        statement = select(Availability).where(
            Availability.organization_id == organization_id, Availability.agent_id == agent_id
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def lock(self, organization_id: UUID, agent_id: UUID) -> None:
        """Let nobody else say this agent's rules until the transaction ends."""
        await take_turns(self.session, f"availability/{organization_id}/{agent_id}")


def to_rules(row: Availability) -> Rules:
    """The row's JSON as something that can be reckoned with."""
    weekly: dict[int, list[Minutes]] = {}
    for weekday, frm, to in row.weekly:
        weekly.setdefault(weekday, []).append((frm, to))
    return Rules(
        time_zone=row.time_zone,
        weekly=weekly,
        overrides={date.fromisoformat(day): [(frm, to) for frm, to in hours] for day, hours in row.overrides},
        blackouts=[(datetime.fromisoformat(frm), datetime.fromisoformat(to)) for frm, to in row.blackouts],
        buffer_before=timedelta(minutes=row.buffer_before_minutes),
        buffer_after=timedelta(minutes=row.buffer_after_minutes),
        minimum_notice=timedelta(minutes=row.minimum_notice_minutes),
        horizon=timedelta(days=row.horizon_days),
        daily_limit=row.daily_limit,
        interval=timedelta(minutes=row.slot_interval_minutes),
        duration=timedelta(minutes=row.slot_duration_minutes),
    )
