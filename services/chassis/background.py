"""What a process does besides answering, on behalf of all its services: relaying, consuming, working off jobs."""

from collections.abc import Awaitable, Callable, Sequence

from redis.asyncio import Redis

from services.chassis.app import App, Resources
from services.chassis.events import Consumer, Relay
from services.chassis.jobs import Worker
from services.chassis.redis import connect_for_streams

Work = Callable[[], Awaitable[None]]


def background_of(resources: Resources, apps: Sequence[App]) -> list[Work]:
    """The coroutine functions to run while the process serves."""
    dsn = resources.settings.database_url.get_secret_value()
    relay = _with_streams(resources, lambda redis: Relay(dsn, redis, [app.name for app in apps]).run())
    return [
        relay,
        *(_consume(resources, dsn, app) for app in apps if app.subscribers),
        *_work_off(resources, dsn, apps),
    ]


def _work_off(resources: Resources, dsn: str, apps: Sequence[App]) -> list[Work]:
    services = {app.name: (resources.database(app.name), app.jobs) for app in apps if app.jobs}
    if not services:
        return []
    return [Worker(dsn, services, grace=resources.settings.grace_seconds, draining=resources.draining).run]


def _consume(resources: Resources, dsn: str, app: App) -> Work:
    database = resources.database(app.name)
    return _with_streams(resources, lambda redis: Consumer(dsn, redis, database, app.subscribers).run())


def _with_streams(resources: Resources, work: Callable[[Redis], Awaitable[None]]) -> Work:
    """Give each piece of work a client of its own, closed when the work ends."""

    async def run() -> None:
        redis = connect_for_streams(resources.settings.redis_url.get_secret_value(), block=1.0)
        try:
            await work(redis)
        finally:
            await redis.aclose()

    return run
