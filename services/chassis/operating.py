"""How commands of operators get to the database and Redis of a suite, and how they end.

The settings are those of `doorstep serve`, out of the environment. Where it names no database, those of the suite that
`doorstep up` runs on this machine are taken out of its data folder.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from pydantic import ValidationError

from services.chassis.errors import DoorstepError
from services.chassis.settings import EXIT_CONFIG, Settings

if TYPE_CHECKING:
    from services.chassis.app import Resources

SETTINGS_FILE = "settings.json"
"""In the data folder of `doorstep up`, while it runs: the environment of its workers, `DOORSTEP_*` only."""


def settings() -> Settings:
    """Read the settings, those of a running `doorstep up` where the environment names no database.

    Raises:
        ValidationError: some are missing or wrong.
    """
    kept = Path(os.environ.get("DOORSTEP_HOME") or ".doorstep") / SETTINGS_FILE
    found: dict[str, str] = {}
    if "DOORSTEP_DATABASE_URL" not in os.environ and kept.exists():
        found = json.loads(kept.read_text())
    os.environ.update({name: value for name, value in found.items() if name not in os.environ})
    return Settings()  # type: ignore[call-arg]  # out of the environment


def run(work: Callable[["Resources"], Awaitable[Any]]) -> None:
    """Do some work with the resources of a suite; end the command with one line where it cannot be done."""
    import asyncpg  # noqa: PLC0415 - as in `commands.py`: only what a command needs, so that all start quickly
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from services.chassis import run as running  # noqa: PLC0415

    async def with_resources(given: Settings) -> None:
        async with running.opened(given) as resources:
            await work(resources)

    try:
        asyncio.run(with_resources(settings()))
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            print(f"error: DOORSTEP_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(EXIT_CONFIG) from None
    except (DoorstepError, OSError, asyncpg.PostgresError, SQLAlchemyError) as error:
        print(f"error: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(1) from None
