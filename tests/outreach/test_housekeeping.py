"""What nobody looks back at is forgotten, and nothing else."""

from datetime import timedelta

import pytest

from services.outreach import housekeeping
from services.outreach.housekeeping import KEPT, Housekeeping
from tests.outreach.conftest import Post
from tests.outreach.test_inbox import one


async def test_what_is_old_goes_batch_by_batch_and_what_is_not_stays(post: Post, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    readers = [post.reader() for _ in range(6)]
    for reader in readers:
        await one(post, reader)
    database, clock = post.harness.resources.database("outreach"), post.harness.resources.clock
    young = [reader.user_id for reader in readers[:2]]
    for model, kept in KEPT.items():
        await post.rows(
            f"UPDATE outreach.{model.__tablename__} SET create_time = $1 WHERE NOT user_id = ANY($2::uuid[])",
            clock.now() - kept - timedelta(seconds=1),
            young,
        )
    await Housekeeping(database, clock).once()
    for table in (*(model.__tablename__ for model in KEPT), "delivery_attempts"):
        left = await post.rows(f"SELECT user_id FROM outreach.{table}")
        assert {str(row["user_id"]) for row in left} == set(young), table
