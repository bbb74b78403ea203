"""`doorstep dead-letters`: what was given up, why, and how to have it done after all.

Where the settings come from: `operating.py`.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from services.chassis import operating

if TYPE_CHECKING:
    from services.chassis.app import Resources

__all__ = ["COMMANDS"]

dead_letters = typer.Typer(help="Jobs and events that were given up.", no_args_is_help=True)
COMMANDS = {"dead-letters": dead_letters}


@dead_letters.command("list")
def list_all(
    services: Annotated[
        list[str] | None, typer.Option("--service", help="A service whose events to list; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many of each kind.")] = 100,
) -> None:
    """Print what is held, one JSON object per line: jobs first, then the events of the services named."""
    from services.chassis import events, jobs

    async def run(resources: "Resources") -> None:
        for job in await jobs.list_dead_letters(resources.engine.pool, limit=limit):
            _print("job", asdict(job) | {"payload": f"{len(job.payload)} bytes"})
        for service in services or ():
            for letter in await events.list_dead_letters(resources.database(service), limit=limit):
                _print(
                    "event",
                    {"service": service, "subscriber": letter.subscriber, "attempts": letter.attempts}
                    | {"error": letter.error, "dead_time": letter.dead_time}
                    | {name: getattr(letter.event.meta, name) for name in ("event_id", "type", "key", "source")},
                )

    operating.run(run)


@dead_letters.command("replay-job")
def replay_job(job_id: Annotated[int, typer.Argument(help="As `list` prints it.")]) -> None:
    """Put a held job back into the queue. Effects that it had are not repeated."""
    from services.chassis import jobs

    operating.run(lambda resources: jobs.replay(resources.engine.pool, job_id))
    print(f"job {job_id} is in the queue again")


@dead_letters.command("replay-event")
def replay_event(
    service: Annotated[str, typer.Argument(help="The service that gave it up.")],
    event_id: Annotated[UUID, typer.Argument(help="As `list` prints it.")],
    subscriber: Annotated[str, typer.Argument(help="As `list` prints it.")],
) -> None:
    """Have a service handle an event again that it gave up; it does so within seconds while it runs."""
    from services.chassis import events

    operating.run(lambda resources: events.request_replay(resources.database(service), event_id, subscriber))
    print(f"event {event_id} is handed to {subscriber} again")


@dead_letters.command("settle")
def settle(
    key: Annotated[str, typer.Argument(help="The effect, as the error of the held job names it.")],
    happened: Annotated[bool, typer.Option("--happened/--did-not-happen", help="What the provider says.")],
) -> None:
    """Say what became of an effect whose outcome is unknown; replay its job afterwards."""
    from services.chassis import jobs

    operating.run(lambda resources: jobs.settle_effect(resources.engine.pool, key, happened=happened))
    print(f"{key}: {'happened, will not be repeated' if happened else 'did not happen, will be tried again'}")


def _print(kind: str, values: dict[str, Any]) -> None:
    print(json.dumps({"kind": kind, **values}, default=str))
