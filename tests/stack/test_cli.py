"""The commands: what they say and how they end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from services import cli
from services.chassis.settings import EXIT_CONFIG
from services.chassis.testing.harness import make_settings
from services.stack.ports import free_port
from services.stack.worker import with_import_roots

COMMANDS = (
    (),
    ("up",),
    ("demo",),
    ("serve",),
    ("migrate",),
    ("seed",),
    ("check-config",),
    ("rolling-restart",),
    ("secrets",),
    ("health",),
    ("gateway",),
    ("gateway", "render"),
    ("keys",),
    ("keys", "make"),
)


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in list(os.environ):
        if name.startswith("DOORSTEP_"):
            monkeypatch.delenv(name)
    return monkeypatch


def environment_of(database_url: str, redis_url: str, keys: Path) -> dict[str, str]:
    settings = make_settings(database_url=database_url, redis_url=redis_url, keys_dir=keys)
    secret = {
        f"DOORSTEP_{name.upper()}": value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)
    }
    return {**secret, "DOORSTEP_ENVIRONMENT": "test", "DOORSTEP_KEYS_DIR": str(keys), "DOORSTEP_DRAIN_SECONDS": "0"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli.app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize("command", ["serve", "migrate", "seed", "up"])
def test_an_unknown_service_is_a_usage_error(command: str) -> None:
    result = CliRunner().invoke(cli.app, [command, "plumbing"])
    assert result.exit_code == 2
    assert "there is no service" in result.output


@pytest.mark.parametrize("command", ["serve", "seed", "check-config"])
def test_missing_settings_are_named_one_a_line(command: str, clean: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(cli.app, [command])
    assert result.exit_code == EXIT_CONFIG
    lines = result.output.splitlines()
    assert all(line.startswith("error: DOORSTEP_") for line in lines)
    assert any("DOORSTEP_DATABASE_URL" in line for line in lines)


def test_check_config_shows_settings_without_secrets(
    clean: pytest.MonkeyPatch, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    given = environment_of(database_url, redis_url, tmp_path / "keys")
    for name, value in given.items():
        clean.setenv(name, value)
    result = CliRunner().invoke(cli.app, ["check-config"])
    assert result.exit_code == 0, result.output
    assert "DOORSTEP_ENVIRONMENT=test" in result.output
    assert not any(given[name] in result.output for name in ("DOORSTEP_INTERNAL_SECRET", "DOORSTEP_DATABASE_URL"))
    clean.setenv("DOORSTEP_KEYS_DIR", str(tmp_path / "none"))
    assert CliRunner().invoke(cli.app, ["check-config"]).exit_code == EXIT_CONFIG


def test_demo_data_is_refused_in_production(
    clean: pytest.MonkeyPatch, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    given = environment_of(database_url, redis_url, tmp_path / "keys")
    for name, value in {**given, "DOORSTEP_ENVIRONMENT": "production", "DOORSTEP_NOTIFIER": "table"}.items():
        clean.setenv(name, value)
    result = CliRunner().invoke(cli.app, ["seed"])
    assert result.exit_code == EXIT_CONFIG
    assert "demo data is refused in production" in result.output


def test_a_service_whose_database_is_gone_does_not_start_and_says_so(redis_url: str, tmp_path: Path) -> None:
    nowhere = f"postgresql://doorstep_app:hidden@127.0.0.1:{free_port()}/doorstep"
    run = subprocess.run(
        [sys.executable, "-m", "services.cli", "serve", "--port", "0"],
        env=with_import_roots({**os.environ, **environment_of(nowhere, redis_url, tmp_path / "keys")}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("error: cannot serve on 127.0.0.1:0: ")
    assert "hidden" not in run.stderr


def test_health_fails_where_nobody_serves() -> None:
    result = CliRunner().invoke(cli.app, ["health", f"127.0.0.1:{free_port()}"])
    assert result.exit_code == 1
    assert "is not serving" in result.output


def test_a_restart_of_nothing_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.app, ["rolling-restart", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "No suite runs" in result.output


def test_a_tied_suite_ends_with_its_caller(tmp_path: Path) -> None:
    """`make` may be killed: its recipe must not go on without it."""
    script = (
        "import subprocess, sys, time; from services.stack.process import die_with_parent\n"
        "child = subprocess.Popen([sys.executable, '-c', "
        "'from services.stack.process import die_with_parent; die_with_parent(); print(1, flush=True); "
        "import time; time.sleep(600)'], stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(600)"
    )
    import psutil

    with subprocess.Popen(
        [sys.executable, "-c", script], env=with_import_roots(os.environ), stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        child.wait(timeout=30)


def test_demo_names_the_file_it_lacks(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli.app, ["demo", "--data", str(tmp_path), "--home", str(tmp_path)])
    assert done.exit_code == cli.EXIT_FAILED
    assert "kc_house_data.csv.gz is missing" in done.output
