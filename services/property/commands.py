"""Commands of the service, which `doorstep` puts beside its own: they speak to a running suite as any client would."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from google.rpc import error_details_pb2, status_pb2
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from doorstep.identity.v1 import auth_service_pb2, auth_service_pb2_grpc
from doorstep.property.v1 import import_service_pb2 as pb
from doorstep.property.v1 import import_service_pb2_grpc, property_import_pb2
from services.chassis.demo import PEOPLE, SignIns
from services.chassis.dialling import Target

PIECE = 256 * 1024
POLL_SECONDS = 0.25
SHOWN_ERRORS = 20
TIMEOUT = 60.0
DEMO_HOME = Path(".doorstep")
_RUNNING = (property_import_pb2.IMPORT_STATE_PENDING, property_import_pb2.IMPORT_STATE_RUNNING)

import_commands = typer.Typer(help="Bring data into a running suite.", no_args_is_help=True)
COMMANDS = {"import": import_commands}


@import_commands.callback()
def _group() -> None:
    """Bring data into a running suite."""


@import_commands.command("listings")
def import_listings(
    *,
    file: Annotated[Path, typer.Argument(help="CSV, plain or packed with gzip.", exists=True, dir_okay=False)],
    mapping: Annotated[str, typer.Option(help="Which columns are which fields.")] = "king_county",
    validate_only: Annotated[bool, typer.Option("--validate-only", help="Check all rows and store nothing.")] = False,
    url: Annotated[str, typer.Option(envvar="DOORSTEP_URL", help="Where the suite is.")] = "http://127.0.0.1:8080",
    api_key: Annotated[str, typer.Option(envvar="DOORSTEP_API_KEY", help="A server key with property.import.")] = "",
    email: Annotated[str, typer.Option(envvar="DOORSTEP_EMAIL", help="Who to sign in as, if not the demo agent.")] = "",
    password: Annotated[str, typer.Option(envvar="DOORSTEP_PASSWORD", help="The password of --email.")] = "",
    home: Annotated[Path, typer.Option(envvar="DOORSTEP_HOME", help="Data folder, for the demo agent.")] = DEMO_HOME,
) -> None:
    """Import a file of listings and watch until its last row is done.

    Ends with 0 when every row was taken, 1 when the import failed, 2 when rows were refused.
    """
    with _refusals(), _target(url).blocking_channel() as channel:
        caller = _Caller(channel, api_key=api_key, email=email, password=password, home=home)
        done = _run(caller, file, mapping, validate_only)
        console = Console()
        console.print(
            f"{property_import_pb2.ImportState.Name(done.state).removeprefix('IMPORT_STATE_').lower()}: "
            f"{done.rows_done} of {done.rows_total} rows; created {done.rows_created}, updated {done.rows_updated}, "
            f"unchanged {done.rows_unchanged}, refused {done.rows_failed}, with remarks {done.rows_warned}",
            soft_wrap=True,
        )
        if done.rows_failed or done.rows_warned:
            _show_errors(console, caller, done.import_id)
        if done.state != property_import_pb2.IMPORT_STATE_SUCCEEDED:
            console.print(done.failure or "the import was cancelled")
            raise typer.Exit(1)
        if done.rows_failed:
            raise typer.Exit(2)


class _Caller:
    """Signs in, and again when the token has run out."""

    def __init__(self, channel: grpc.Channel, *, api_key: str, email: str, password: str, home: Path) -> None:
        self.imports = import_service_pb2_grpc.ImportServiceStub(channel)
        self._auth = auth_service_pb2_grpc.AuthServiceStub(channel)
        self._api_key, self._email, self._password = api_key, email, password
        if not api_key and not email:
            agent = next(person for person in PEOPLE if person.role == "agent")
            demo = SignIns.read(home / "demo.json")
            if demo is None:
                raise typer.BadParameter(f"give --api-key or --email: there is no demo agent in {home}")
            self._email, self._password = agent.email, demo.passwords[agent.email]
        self._metadata: list[tuple[str, str]] = []

    def metadata(self, *, again: bool = False) -> list[tuple[str, str]]:
        """The headers of a call."""
        if self._api_key:
            return [("x-api-key", self._api_key)]
        if again or not self._metadata:
            request = auth_service_pb2.LoginRequest(email=self._email, password=self._password)
            token = self._auth.Login(request, timeout=TIMEOUT).access_token
            self._metadata = [("authorization", f"Bearer {token}")]
        return self._metadata

    def call(self, method: Any, request: Any) -> Any:
        """Make a call that may be repeated; a suite that restarts is waited for."""
        patience = time.monotonic() + TIMEOUT
        while True:
            try:
                return method(request, metadata=self.metadata(), timeout=TIMEOUT)
            except grpc.RpcError as error:
                code = _code(error)
                if code is grpc.StatusCode.UNAUTHENTICATED and not self._api_key:
                    self.metadata(again=True)
                elif code is not grpc.StatusCode.UNAVAILABLE:
                    raise
                if time.monotonic() > patience:
                    raise
                time.sleep(POLL_SECONDS)


def _run(caller: _Caller, file: Path, mapping: str, validate_only: bool) -> property_import_pb2.PropertyImport:
    data = file.read_bytes()
    if not data.startswith(b"\x1f\x8b"):
        data = gzip.compress(data, 6)  # the wire is slower than the packer
    metadata = caller.metadata()
    sending = Progress(TextColumn("sending "), BarColumn(), DownloadColumn(), transient=True)
    with sending:
        task = sending.add_task("", total=len(data))

        def steps() -> Iterator[pb.UploadImportRequest]:
            header = pb.UploadImportHeader(mapping=mapping, validate_only=validate_only, file_name=file.name)
            yield pb.UploadImportRequest(header=header)
            for start in range(0, len(data), PIECE):
                piece = data[start : start + PIECE]
                yield pb.UploadImportRequest(data=piece)
                sending.advance(task, len(piece))

        found = caller.imports.UploadImport(steps(), metadata=tuple(metadata), timeout=10 * TIMEOUT).property_import
    storing = Progress(TextColumn("storing "), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with storing:
        task = storing.add_task("", total=found.rows_total)
        while found.state in _RUNNING:
            time.sleep(POLL_SECONDS)
            request = pb.GetImportRequest(import_id=found.import_id)
            found = caller.call(caller.imports.GetImport, request).property_import
            storing.update(task, completed=found.rows_done)
    done: property_import_pb2.PropertyImport = found
    return done


def _show_errors(console: Console, caller: _Caller, import_id: str) -> None:
    request = pb.ListImportErrorsRequest(import_id=import_id, page_size=SHOWN_ERRORS)
    answer = caller.call(caller.imports.ListImportErrors, request)
    for error in answer.errors:
        kind = "refused" if error.severity == property_import_pb2.IMPORT_ERROR_SEVERITY_ERROR else "remark "
        console.print(
            f"  row {error.row:>6} {kind} {error.column or '(row)'}: {error.description} ({error.reason}) "
            f"{error.value!r} {error.key}",
            markup=False,
            soft_wrap=True,
            highlight=False,
        )
    if answer.next_page_token:
        console.print(f"  ... all of them: GET /api/v1/properties/bulk-import/{import_id}/errors", soft_wrap=True)


def _target(url: str) -> Target:
    try:
        return Target.of(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in one line what the suite refused, and why."""
    try:
        yield
    except grpc.RpcError as error:
        typer.echo(f"error: {_code(error).name}{_reason(error)}: {error.details()}", err=True)
        raise typer.Exit(1) from None


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    code: grpc.StatusCode = error.code()
    return code


def _reason(error: grpc.RpcError) -> str:
    trailing: Any = error.trailing_metadata()
    for key, value in trailing or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.ErrorInfo()
                if detail.Unpack(info):
                    return f" ({info.reason})"
    return ""
