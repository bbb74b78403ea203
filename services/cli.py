"""`doorstep`: every command of the suite.

Exit codes: 0 done; 1 it could not be done, said in one line on standard error; 2 the command line was not understood;
78 the settings are wrong (sysexits.h EX_CONFIG). Commands of a service stand in `services/<name>/commands.py`, as a
mapping `COMMANDS: dict[str, typer.Typer]` from the name of a group to its commands; they import what is heavy only when
called.
"""

import asyncio
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from services import registry
from services.chassis.settings import EXIT_CONFIG, Settings

if TYPE_CHECKING:
    from gateway.settings import Upstream

EXIT_FAILED = 1
SECRETS = (
    "DOORSTEP_POSTGRES_PASSWORD",
    "DOORSTEP_OWNER_PASSWORD",
    "DOORSTEP_APP_PASSWORD",
    "DOORSTEP_REDIS_PASSWORD",
    "DOORSTEP_INTERNAL_SECRET",
    "DOORSTEP_PAGE_TOKEN_SECRET",
)
"""What `docker-compose.yml` asks for."""

app = typer.Typer(
    name="doorstep",
    help="The suite of Doorstep: run it, serve parts of it, look after it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
gateway_app = typer.Typer(help="The gateway (Envoy) in front of the services.", no_args_is_help=True)
app.add_typer(gateway_app, name="gateway")
keys_app = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")

Services = Annotated[list[str] | None, typer.Argument(help="Services to serve; all of them when left out.")]
HomeFolder = Annotated[
    Path, typer.Option("--home", envvar="DOORSTEP_HOME", help="The data folder; made when missing.", file_okay=False)
]
KeysFolder = Annotated[
    Path, typer.Option("--keys", envvar="DOORSTEP_KEYS_DIR", help="The folder of the signing keys.", file_okay=False)
]


@app.command()
def up(
    services: Services = None,
    *,
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="DOORSTEP_GATEWAY_PORT", help="The gateway's public port.")
    ] = 8080,
    home: HomeFolder = Path(".doorstep"),
    workers: Annotated[
        int, typer.Option(min=1, max=64, envvar="DOORSTEP_WORKERS", help="How many worker processes.")
    ] = 2,
    demo: Annotated[bool, typer.Option(help="Load the demo data.")] = True,
    patience: Annotated[
        float,
        typer.Option(
            min=1.0,
            envvar="DOORSTEP_PATIENCE",
            help="Seconds after which a worker that runs and answers nothing is killed and started again.",
        ),
    ] = 60.0,
    tied: Annotated[bool, typer.Option(hidden=True, help="Stop when the process that called us dies.")] = False,
) -> None:
    """Run the whole suite on this machine until Ctrl-C: servers, workers, gateway.

    PostgreSQL and Redis come from wheels unless DOORSTEP_DATABASE_URL or DOORSTEP_REDIS_URL name others. With
    DOORSTEP_GATEWAY_CERTIFICATE and DOORSTEP_GATEWAY_KEY (PEM files) clients connect by TLS alone. The other settings
    of the workers are DOORSTEP_* variables too; `doorstep check-config` reads them.
    """
    from services.stack.errors import StackError
    from services.stack.process import die_with_parent
    from services.stack.screen import Screen
    from services.stack.supervisor import Plan, Supervisor

    names = _known(services)
    if tied:
        die_with_parent()
    screen = Screen()
    plan = Plan(
        port=port,
        home=home,
        workers=workers,
        services=tuple(names) if services else (),
        demo=demo,
        patience=patience,
        environment={name: value for name, value in os.environ.items() if name.startswith("DOORSTEP_")},
    )
    try:
        Supervisor(plan, say=screen.say, ready=lambda found: screen.ready(found, demo=demo)).run()
    except (StackError, OSError) as error:  # OSError: a full disk, a folder that is none
        _fail(str(error))


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The gateway's port.")] = 8080,
    home: HomeFolder = Path(".doorstep"),
    data: Annotated[
        Path, typer.Option(envvar="DOORSTEP_DATA_DIR", help="Folder of the data sets that README names.")
    ] = Path("../shared/data"),
    picture: Annotated[Path, typer.Option(help="Where the heat map goes.")] = Path("heatmap.png"),
) -> None:
    """Play the story of README against the suite on this port, or one started for it, and draw the heat map."""
    from services.stack.demo import play
    from services.stack.errors import StackError

    try:
        play(port, home, data, picture)
    except StackError as error:
        _fail(str(error))


@app.command()
def serve(
    services: Services = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="gRPC port; 0 takes a free one. DOORSTEP_PORT, else 50051, when left out."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. DOORSTEP_HOST, else 127.0.0.1.")] = None,
) -> None:
    """Serve any set of services in this process until SIGTERM, which drains it."""
    import uvloop

    from services.chassis import run

    names = _known(services)
    given = {"port": port, "host": host}
    settings = _settings(**{name: value for name, value in given.items() if value is not None})
    builds = [registry.Builder(name) for name in names]

    def announce(listening: int) -> None:
        print(f"serving {', '.join(names)} on {settings.host}:{listening}", flush=True)

    with _one_line(f"cannot serve on {settings.host}:{settings.port}"):
        uvloop.run(run.serve(settings, builds, names=",".join(names), announce=announce))


@app.command()
def migrate(services: Services = None) -> None:
    """Bring the database to the newest schema, as DOORSTEP_OWNER_DATABASE_URL (else DOORSTEP_DATABASE_URL)."""
    from services.chassis.db.migrate import migrate_blocking

    names = _known(services) if services else None
    owner = os.environ.get("DOORSTEP_OWNER_DATABASE_URL") or os.environ.get("DOORSTEP_DATABASE_URL")
    if not owner:
        _fail("DOORSTEP_OWNER_DATABASE_URL is not set", EXIT_CONFIG)
    with _one_line("the database cannot be migrated"):
        migrate_blocking(owner, names)
    print("the database is at the newest schema")


@app.command()
def seed(services: Services = None) -> None:
    """Load the demo data, once: a second time changes nothing. Refused in production."""
    names = _known(services)
    settings = _settings()
    if settings.production:
        _fail("demo data is refused in production (DOORSTEP_ENVIRONMENT)", EXIT_CONFIG)
    with _one_line("demo data cannot be loaded"):
        asyncio.run(_seed(settings, names))


async def _seed(settings: Settings, names: list[str]) -> None:
    from services.chassis import observability, run

    observability.set_up(settings, "seed")
    async with run.opened(settings) as resources:
        for name in names:
            if importlib.util.find_spec(f"services.{name}.seed") is not None:
                await importlib.import_module(f"services.{name}.seed").seed(resources)
                print(f"{name}: demo data is there")


@app.command("check-config")
def check_config() -> None:
    """Read the settings from the environment as `serve` would, and show them without their secrets."""
    settings = _settings()
    from services.chassis.tokens import KeyRing

    try:
        KeyRing(settings.keys_dir, strict=settings.production)
    except (ValueError, OSError) as error:
        _fail(f"DOORSTEP_KEYS_DIR: {error}", EXIT_CONFIG)
    for name, value in settings.model_dump(mode="json").items():
        print(f"DOORSTEP_{name.upper()}={value}")


@app.command("rolling-restart")
def rolling_restart(
    home: HomeFolder = Path(".doorstep"),
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait for the last worker.")] = 180.0,
) -> None:
    """Restart the workers of a running suite one after the other, without a failed call."""
    from services.stack.errors import StackError
    from services.stack.home import Home
    from services.stack.restart import restart_workers

    try:
        restart_workers(Home(home), timeout)
    except StackError as error:
        _fail(str(error))
    print("every worker has been restarted")


@keys_app.command("make")
def make_key(
    folder: KeysFolder,
    *,
    if_none: Annotated[bool, typer.Option("--if-none", help="Only when there is no key yet.")] = False,
    public: Annotated[
        Path | None,
        typer.Option(help="Folder that gets the public half too, for who only verifies.", file_okay=False),
    ] = None,
) -> None:
    """Make a private key that signs access tokens from 15 seconds on; the older ones go on verifying until removed."""
    from services.chassis import tokens

    with _one_line("no key can be made"):
        if if_none and any(folder.glob("*.pem")):
            print("there is a key already")
        else:
            print(f"made {tokens.make_key(folder)}")
        if public is not None:
            tokens.publish_keys(folder, public)


@app.command()
def secrets() -> None:
    """Print fresh secrets as lines of an environment file, for `docker-compose.yml`."""
    for name in SECRETS:
        print(f"{name}={token_urlsafe(36)}")


@app.command()
def health(address: Annotated[str, typer.Argument(help="HOST:PORT of a serving process.")]) -> None:
    """Succeed if `grpc.health.v1` there says SERVING."""
    from services.stack.worker import is_serving

    if not is_serving(address):
        _fail(f"{address} is not serving")
    print("SERVING")


@gateway_app.command()
def render(
    folder: Annotated[
        Path, typer.Argument(help="Where to put envoy.yaml and the files that it names.", file_okay=False)
    ],
    *,
    upstream: Annotated[
        list[str],
        typer.Option(
            help="NAME=HOST:PORT[,HOST:PORT...]: where a service of the registry is served; `all` for every service."
        ),
    ],
    public_url: Annotated[str, typer.Option(envvar="DOORSTEP_PUBLIC_URL", help="How clients reach it; the issuer.")],
    public: Annotated[str, typer.Option(help="HOST:PORT for clients.")] = "0.0.0.0:8080",
    operator: Annotated[str, typer.Option(help="HOST:PORT for operators: metrics, health.")] = "0.0.0.0:9090",
    admin: Annotated[str, typer.Option(help="HOST:PORT of Envoy's administration.")] = "127.0.0.1:9901",
    metrics: Annotated[list[str] | None, typer.Option(help="HOST:PORT of a service's metrics.")] = None,
    origin: Annotated[list[str] | None, typer.Option(help="Origin of a browser application.")] = None,
    otlp: Annotated[str | None, typer.Option(help="HOST:PORT of a collector of traces.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="PEM file where Envoy runs; with --key, TLS alone.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of the certificate's private key.")] = None,
    production: Annotated[bool, typer.Option(help="Offer no reflection.")] = True,
) -> None:
    """Write the configuration that Envoy is given, for a gateway that `doorstep up` does not run."""
    from gateway import runner
    from gateway.settings import Address, GatewaySettings, Tls

    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key belong together")
    with _one_line("the gateway's configuration cannot be rendered"):
        settings = GatewaySettings(
            public=Address.parse(public),
            operator=Address.parse(operator),
            admin=Address.parse(admin),
            upstreams=tuple(_upstream(text) for text in upstream),
            metrics=tuple(Address.parse(text) for text in metrics or ()),
            issuer=public_url.rstrip("/"),
            assets=folder / "assets",
            allowed_origins=tuple(origin or ()),
            otlp=Address.parse(otlp) if otlp else None,
            tls=Tls(certificate, key) if certificate is not None and key is not None else None,
            production=production,
        )
        print(runner.render(settings, folder))


def _upstream(text: str) -> "Upstream":
    from gateway.settings import Address, Upstream

    name, separator, places = text.partition("=")
    if not separator or name not in (*registry.NAMES, "all"):
        raise typer.BadParameter(
            f"{text!r} is not NAME=HOST:PORT with a service of {', '.join(registry.NAMES)}, or all"
        )
    addresses = tuple(Address.parse(place) for place in places.split(","))
    return Upstream(name, addresses) if name == "all" else Upstream(name, addresses, registry.packages(name))


def _known(services: list[str] | None) -> list[str]:
    for name in services or ():
        if name not in registry.NAMES:
            raise typer.BadParameter(f"there is no service {name!r}; there are {', '.join(registry.NAMES)}")
    return services or list(registry.NAMES)


def _settings(**given: object) -> Settings:
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            print(f"error: DOORSTEP_{name}: {problem['msg']}" if name else f"error: {problem['msg']}", file=sys.stderr)
        raise typer.Exit(EXIT_CONFIG) from None


@contextmanager
def _one_line(what: str) -> Iterator[None]:
    """Turn what may go wrong with the world into one line; a fault of ours keeps its trace."""
    import asyncpg
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (OSError, RuntimeError, ValueError, asyncpg.PostgresError, SQLAlchemyError) as error:
        if os.environ.get("DOORSTEP_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        text = " ".join(str(error).split()) or type(error).__name__
        _fail(f"{what}: {type(error).__name__}: {text}")


def _fail(text: str, code: int = EXIT_FAILED) -> NoReturn:
    print(f"error: {text}", file=sys.stderr)
    raise typer.Exit(code)


def _add_commands_of_services() -> None:
    for name in ("chassis", *registry.NAMES):
        if importlib.util.find_spec(f"services.{name}.commands") is not None:
            for group, commands in importlib.import_module(f"services.{name}.commands").COMMANDS.items():
                app.add_typer(commands, name=group)


def main() -> None:
    """The entry point."""
    _add_commands_of_services()
    app(prog_name="doorstep")


if __name__ == "__main__":
    main()
