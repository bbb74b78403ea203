"""Processes that carry notices from an event to a mail, for tests that kill them; see `bakers`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from services.chassis import failpoints
from services.chassis.events import Consumer, Relay
from services.chassis.jobs import Worker
from services.chassis.redis import connect_for_streams
from services.chassis.run import opened
from services.chassis.settings import Settings
from services.chassis.testing.harness import make_settings
from services.outreach.app import build
from services.outreach.channels.smtp import SmtpProvider
from tests.faults.bakers import HEARTBEAT


class Place(NamedTuple):
    """Where everything is."""

    database_url: str
    redis_url: str
    keys_dir: str
    smtp_url: str
    identity: str
    """Address of the identity service."""
    secret: str
    """By which it knows us."""

    def settings(self) -> Settings:
        """Of a process of outreach."""
        return make_settings(
            database_url=self.database_url,
            redis_url=self.redis_url,
            keys_dir=Path(self.keys_dir),
            smtp_url=SecretStr(self.smtp_url),
            mail_from="Doorstep <no-reply@test.example>",
            peers={"identity": self.identity},
            internal_secret=SecretStr(self.secret),
        )


@asynccontextmanager
async def office(place: Place) -> AsyncIterator[list[Callable[[], Awaitable[None]]]]:
    """What a process of visit and outreach does in the background, with jobs of the dead taken over early."""
    async with opened(place.settings()) as resources:
        app = build(resources)
        redis = connect_for_streams(place.redis_url, block=1.0)
        database = resources.database("outreach")
        try:
            yield [
                Relay(place.database_url, redis, ["visit", "outreach"]).run,
                Consumer(place.database_url, redis, database, app.subscribers).run,
                Worker(place.database_url, {"outreach": (database, app.jobs)}, heartbeat=HEARTBEAT).run,
            ]
        finally:
            await redis.aclose()
            for close in app.on_close:
                await close()


def carry(place: Place, spec: str, protected: bool) -> None:
    """Work until killed. Not `protected`: as if the mail server dropped repetitions, which it does not."""
    asyncio.run(_carry(place, spec, protected))


async def _carry(place: Place, spec: str, protected: bool) -> None:
    failpoints.activate(spec, production=False)
    SmtpProvider.repeatable = not protected
    async with office(place) as works:
        await asyncio.gather(*(work() for work in works))
