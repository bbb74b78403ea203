"""The commands of `doorstep vr`."""

import asyncio
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import UUID

import typer

from services.chassis.dialling import Target

if TYPE_CHECKING:
    import grpc

    from services.telemetry.recordings import Recording
    from services.telemetry.replay import Player, Tally

REACH_SECONDS = 10.0
"""A server that is not there at the beginning is a mistake; one that goes away later is waited for."""
SHOWN = 10
"""Failures that are told one by one."""

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
    target: Target
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
    address: Annotated[
        str, typer.Option(envvar="DOORSTEP_ADDRESS", help="The gateway: host:port or a URL.")
    ] = "127.0.0.1:8080",
    concurrency: Annotated[int, typer.Option(min=1, max=10_000, help="Headsets at the same time.")] = 20,
    speed: Annotated[Speed, typer.Option(help="1: as it was recorded; max: as fast as it goes.")] = Speed.MAX,
    limit: Annotated[int, typer.Option(min=0, help="Play no more than so many recordings; 0 plays all.")] = 0,
) -> None:
    """Stream recorded head movements as headsets would, and account for what was stored.

    Every recording is a headset of its own. A connection that breaks is made again, and what was not acknowledged is
    sent again.

    Exit code 0 when everything that was recorded is stored or rejected with a reason, 1 otherwise.
    """
    if bool(api_key) == bool(token):
        _fail("give --api-key or --token (DOORSTEP_API_KEY, DOORSTEP_TOKEN)")
    try:
        target = Target.of(address)
    except ValueError as error:
        _fail(str(error))
    credentials = [("x-api-key", api_key)] if api_key else [("authorization", f"Bearer {token}")]
    from services.telemetry import recordings

    found: list[recordings.Recording] = []
    try:
        for name, content in _told(recordings.find(path)):
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
    sys.exit(_play(found, Options(credentials, property_id, target, concurrency, speed is Speed.REAL)))


def _play(found: "list[Recording]", options: Options) -> int:
    """Play everything and report; returns the exit code."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from services.telemetry.replay import Player

    columns = (TextColumn("acknowledged"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.description}")) as bar:
        task = bar.add_task("", total=sum(2 * len(r.seconds) for r in found))
        player = Player(
            options.target.channel,
            options.credentials,
            options.property_id,
            real_time=options.real_time,
            progress=lambda number: bar.update(task, advance=number, description=""),
            trouble=lambda text: bar.update(task, description=f"waiting: {text[:60]}"),
        )
        try:
            asyncio.run(_connect_and_play(player, options.target.channel, found, options))
            if player.tally.adds_up:  # the events between the samples were not foreseen
                bar.update(task, completed=bar.tasks[0].total)
        except KeyboardInterrupt:
            bar.update(task, description="interrupted")
            player.tally.failed.append("interrupted: sessions under way were not ended")
        except ConnectionError as error:
            bar.stop()
            _fail(str(error))
    _report(player.tally)
    return 0 if player.tally.adds_up else 1


async def _connect_and_play(
    player: "Player", channel: "Callable[[], grpc.aio.Channel]", found: "list[Recording]", options: Options
) -> None:
    """Play, if anybody is there.

    Raises:
        ConnectionError: nobody answers at the address.
    """
    first = channel()
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await first.channel_ready()
    except TimeoutError:
        raise ConnectionError(f"nobody answers at {options.target.address}") from None
    finally:
        await first.close(None)
    await player.play_all(found, options.concurrency)


def _report(tally: "Tally") -> None:
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
    for text in tally.failed[:SHOWN]:
        typer.echo(f"failed: {text}", err=True)
    if len(tally.failed) > SHOWN:
        typer.echo(f"failed: {len(tally.failed) - SHOWN} more", err=True)
    typer.echo("everything is accounted for" if tally.adds_up else "NOT everything is accounted for")


def _told(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """The same files, with a word on the screen while they are unpacked."""
    from rich.console import Console

    with Console().status("reading recordings") as status:
        for number, file in enumerate(files, 1):
            status.update(f"reading recordings: {number}")
            yield file


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
