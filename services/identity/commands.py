"""`doorstep users`, for operators: taking accounts over.

Where the settings come from: `services/chassis/operating.py`.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from services.chassis import operating

if TYPE_CHECKING:
    from services.chassis.app import Resources
    from services.identity.operations.user_import import Account

__all__ = ["COMMANDS"]

EXIT_REFUSED = 2
COLUMNS = ("email", "password_hash", "given_name", "family_name", "phone_number", "language_code")
REQUIRED = COLUMNS[:3]

users = typer.Typer(help="Accounts.", no_args_is_help=True)
COMMANDS = {"users": users}


@users.callback()
def _users() -> None:
    """Accounts."""


@users.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help=f"CSV with the columns {', '.join(COLUMNS)}.", exists=True)],
    organization: Annotated[UUID | None, typer.Option(help="Organisation that they become members of.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="Role there; repeatable. `viewer` when left out.")] = None,
) -> None:
    """Take accounts over from another system, with bcrypt or argon2id hashes of their passwords.

    Their addresses count as proven. bcrypt hashes are replaced at the first sign-in. An address that has an account is
    left alone, so a run that was interrupted is simply repeated. Ends with 2 when rows were refused.
    """
    from rich.progress import Progress

    from services.chassis.actor import SYSTEM
    from services.chassis.errors import InvalidFields
    from services.identity.operations.user_import import import_user

    counts = {"imported": 0, "there already": 0, "refused": 0}

    async def run(resources: "Resources") -> None:
        database = resources.database("identity")
        with Progress(transient=True) as progress:
            for line, row in progress.track(list(_rows(file)), description="importing"):
                try:
                    account = _account(row)
                    async with database.transaction(SYSTEM) as tx:
                        made = await import_user(
                            tx,
                            account,
                            organization_id=organization,
                            roles=sorted(set(role or ["viewer"])) if organization is not None else (),
                            now=resources.clock.now(),
                        )
                except InvalidFields as error:
                    counts["refused"] += 1
                    for violation in error.violations:
                        print(f"line {line}: {violation.field} {violation.description}", file=sys.stderr)
                else:
                    counts["imported" if made is not None else "there already"] += 1

    operating.run(run)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    if counts["refused"]:
        raise typer.Exit(EXIT_REFUSED)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        names = reader.fieldnames or ()
        missing, unknown = set(REQUIRED) - set(names), set(names) - set(COLUMNS)
        if missing or unknown:
            what = "lacks" if missing else "has unknown columns"
            raise typer.BadParameter(f"{file} {what} {', '.join(sorted(missing or unknown))}")
        for row in reader:
            yield reader.line_num, row


def _account(row: dict[str, str]) -> "Account":
    """A row held against the rules of Register.

    Raises:
        InvalidFields
    """
    from doorstep.identity.v1.auth_service_pb2 import RegisterRequest
    from services.chassis.errors import invalid
    from services.chassis.interceptors.validate import check
    from services.identity.operations.user_import import Account

    if None in row or None in row.values():
        raise invalid("row", "has more or fewer fields than the first line", "FIELD_COUNT")
    account = Account(**{name: row.get(name, "").strip() for name in COLUMNS})
    check(
        RegisterRequest(
            email=account.email,
            password="-",  # noqa: S106 - there is only a hash of it
            given_name=account.given_name,
            family_name=account.family_name,
            phone_number=account.phone_number,
            language_code=account.language_code,
        )
    )
    return account
