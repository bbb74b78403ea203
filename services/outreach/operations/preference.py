"""What somebody wants to hear of, by which way."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.outreach.kinds import Channel, Choices, Kind, with_choice
from services.outreach.repository.notification import PreferenceRepository


class Choice(NamedTuple):
    """One pair of type and channel, as somebody wants it."""

    kind: Kind
    channel: Channel
    enabled: bool
    daily: bool | None = None
    """Whether mails come with the digest; None leaves it as it is."""


NEVER_CHANGED = '"0"'
"""The etag of preferences that are all defaults."""


async def get_notification_preferences(tx: ReadTransaction, user_id: UUID) -> tuple[Choices, str]:
    """The caller's choices, and their etag."""
    row = await PreferenceRepository(tx).find(user_id)
    return ({}, NEVER_CHANGED) if row is None else (row.choices, row.etag)


async def update_notification_preferences(
    tx: Transaction, user_id: UUID, wanted: Sequence[Choice], *, etag: str, now: datetime
) -> tuple[Choices, str]:
    """Set pairs of kind and channel; the others stay.

    Raises:
        NotificationMandatory: one of them would switch off what cannot be.
        EtagMismatch
    """
    row = await PreferenceRepository(tx).lock(user_id)
    match_etag(row.etag, etag)
    choices: Choices = row.choices
    for one in wanted:
        choices = with_choice(choices, one.kind, one.channel, enabled=one.enabled, daily=one.daily)
    row.choices = {name: dict(chosen) for name, chosen in choices.items()}
    row.update_time = now
    await tx.session.flush()
    return row.choices, row.etag
