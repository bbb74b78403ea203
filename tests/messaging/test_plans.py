"""What reading costs under row-level security: what is asked for, however much there is beside it."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text

from services.chassis.actor import Actor, CallerKind
from services.chassis.db.database import ReadTransaction
from services.chassis.ids import new_id
from services.chassis.paging import Page
from services.messaging.operations import conversation, message
from tests.messaging.conftest import Room

OTHERS, MINE, LENGTH, UNREAD = 4000, 1000, 2000, 20
PAGE = Page(20, None, str)


class Busy(NamedTuple):
    """Somebody with many conversations among many of others."""

    user_id: UUID
    long: UUID
    """One in which much was said."""


@pytest.fixture(scope="module")
async def busy(room: Room) -> Busy:
    me, long = new_id(), new_id()
    await room.rows(
        "INSERT INTO messaging.conversations SELECT CASE n WHEN 1 THEN $2::uuid ELSE gen_random_uuid() END, "
        "ARRAY[CASE WHEN n <= $3::int THEN $1::uuid ELSE gen_random_uuid() END, gen_random_uuid()], "
        "'busy ' || n, NULL, '', $1::uuid, CASE n WHEN 1 THEN $5::int ELSE 1 END, now() - n * interval '1 s', now() "
        "FROM generate_series(1, $3::int + $4::int) n",
        me,
        long,
        MINE,
        OTHERS,
        LENGTH,
    )
    await room.rows(
        "INSERT INTO messaging.participants SELECT id, unnest(participant_ids), last_sequence, last_activity_time, "
        "last_sequence, last_sequence - (random() < 0.02)::int FROM messaging.conversations "
        "WHERE members_key LIKE 'busy %'"
    )
    await room.rows(
        "INSERT INTO messaging.messages SELECT id, n, gen_random_uuid(), $1::uuid, n::text, 'x', now() "
        "FROM messaging.conversations, generate_series(1, last_sequence) n WHERE members_key LIKE 'busy %'",
        me,
    )
    await room.rows("ANALYZE")
    return Busy(me, long)


def messages(tx: ReadTransaction, busy: Busy) -> Awaitable[Any]:
    return message.list_messages(tx, busy.long, PAGE, oldest_first=False, from_sequence=0)


def old_messages(tx: ReadTransaction, busy: Busy) -> Awaitable[Any]:
    return message.list_messages(tx, busy.long, Page(20, (LENGTH // 2,), str), oldest_first=True, from_sequence=0)


def conversations(tx: ReadTransaction, busy: Busy) -> Awaitable[Any]:
    return conversation.list_conversations(tx, PAGE, unread_only=False)


def unread(tx: ReadTransaction, busy: Busy) -> Awaitable[Any]:
    return conversation.get_unread_count(tx)


@pytest.mark.parametrize("operation", [messages, old_messages, conversations, unread])
async def test_nothing_is_read_but_what_is_asked_for(
    room: Room, busy: Busy, operation: Callable[[ReadTransaction, Busy], Awaitable[Any]]
):
    actor = Actor(kind=CallerKind.USER, user_id=busy.user_id)
    async with room.harness.resources.database("messaging").read(actor) as tx:
        await operation(tx, busy)
        read = await tx.session.execute(
            text(
                "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables "
                "WHERE schemaname = 'messaging'"
            )
        )
        # Participants and last messages of a page of conversations, each of which is looked up by its policy as well.
        assert {table: rows for table, rows in read.all() if rows > 10 * PAGE.size} == {}
