"""The commands of `doorstep vr`."""

import asyncio
import sys
import tarfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import UUID

import typer

if TYPE_CHECKING:
    from services.telemetry.recordings import Recording

vr = typer.Typer(help="Virtual reality: play recorded visits.", no_args_is_help=True)
COMMANDS: dict[str, typer.Typer] = {"vr": vr}


class Speed(StrEnum):
    """How fast recordings are played."""

    REAL = "1"
    MAX = "max"


@dataclass(frozen=True)
class Options:
    """How to play."""

    credentials: list[tuple[str, str]]
    property_id: UUID
    address: str
    concurrency: int
    real_time: bool


@vr.callback()
def _group() -> None:
    """Keep `replay` a command of its own, though it is the only one."""


@vr.command()
def replay(  # noqa: PLR0917 - typer's options
    path: Annotated[Path, typer.Argument(help="A folder, a .tar.xz archive or a .csv file of recordings.")],
    property_id: Annotated[UUID, typer.Option("--property", help="The home to visit (id of a property).")],
    api_key: Annotated[str, typer.Option(envvar="DOORSTEP_API_KEY", help="A key that may write telemetry.")] = "",
    token: Annotated[str, typer.Option(envvar="DOORSTEP_TOKEN", help="Or an access token.")] = "",
    address: Annotated[str, typer.Option(envvar="DOORSTEP_ADDRESS", help="The gateway.")] = "127.0.0.1:8080",
    concurrency: Annotated[int, typer.Option(min=1, max=10_000, help="Headsets at the same time.")] = 20,
    speed: Annotated[Speed, typer.Option(help="1: as it was recorded; max: as fast as it goes.")] = Speed.MAX,
    limit: Annotated[int, typer.Option(min=0, help="Play no more than so many recordings; 0 plays all.")] = 0,
) -> None:
    """Stream recorded head movements as headsets would, and account for what was stored.

    Exit code 0 when everything that was recorded is stored or rejected with a reason, 1 otherwise.
    """
    if bool(api_key) == bool(token):
        _fail("give --api-key or --token (DOORSTEP_API_KEY, DOORSTEP_TOKEN)")
    credentials = [("x-api-key", api_key)] if api_key else [("authorization", f"Bearer {token}")]
    from services.telemetry import recordings

    found: list[recordings.Recording] = []
    try:
        for name, content in recordings.find(path):
            try:
                found.append(recordings.parse(name, content))
            except recordings.Unreadable as error:
                typer.echo(f"skipped {error}", err=True)
            if limit and len(found) >= limit:
                break
    except (OSError, tarfile.TarError) as error:
        _fail(f"{path}: {error}")
    if not found:
        _fail(f"{path} holds no recordings")
    about = recordings.describe(found)
    typer.echo(
        f"{about['recordings']} recordings ({about['copies']} of them copies, {about['skipped_rows']} rows skipped)"
    )
    options = Options(credentials, property_id, address, concurrency, speed is Speed.REAL)
    sys.exit(0 if asyncio.run(_play(found, options)) else 1)


async def _play(found: "list[Recording]", options: Options) -> bool:
    import grpc
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from services.telemetry.replay import Player

    whole = sum(2 * len(r.seconds) for r in found)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("samples acknowledged", total=whole)
        player = Player(
            lambda: grpc.aio.insecure_channel(options.address, options=[("grpc.use_local_subchannel_pool", 1)]),
            options.credentials,
            options.property_id,
            real_time=options.real_time,
            progress=lambda number: bar.advance(task, number),
        )
        tally = await player.play_all(found, options.concurrency)
        bar.update(task, completed=whole)
    rate = tally.acknowledged / tally.seconds if tally.seconds else 0
    for name, value in (
        ("sessions", tally.sessions),
        ("recorded", tally.recorded),
        ("acknowledged", tally.acknowledged),
        ("stored", tally.stored),
        ("duplicate", tally.duplicate),
        ("rejected", tally.rejected),
        ("refused", tally.refused),
        ("missing", tally.missing),
        ("reconnects", tally.reconnects),
    ):
        typer.echo(f"{name:>14} {value:>12,}")
    typer.echo(f"{'took':>14} {tally.seconds:>10.1f} s, {rate:,.0f} acknowledged a second")
    for text in tally.failed:
        typer.echo(f"failed: {text}", err=True)
    typer.echo("everything is accounted for" if tally.adds_up else "NOT everything is accounted for")
    return tally.adds_up


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
