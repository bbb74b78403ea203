"""Missing, weak and wrong settings are refused by name, and their values never shown."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from services.chassis.settings import EXIT_CONFIG, Settings
from services.chassis.tokens import make_key

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Canary5ecretValueThatMustNeverBeShown"

GOOD = {
    "DOORSTEP_DATABASE_URL": "postgresql://doorstep_app:Zk3Nq9wPbV7xL2@127.0.0.1:1/doorstep",
    "DOORSTEP_REDIS_URL": "redis://:Tj8Rm4cXyW6sQ1@127.0.0.1:1/0",
    "DOORSTEP_INTERNAL_SECRET": "kA9vTz2LpQ7mWc4XrB8nYd3HsF6jGu1E",
    "DOORSTEP_PAGE_TOKEN_SECRET": "uE1gJ6fHs3dYn8bRx4cWm7qPl2zTv9Ak",
}

WRONG: dict[str, tuple[dict[str, str | None], str]] = {
    **{f"{name} missing": ({name: None}, name) for name in (*GOOD, "DOORSTEP_KEYS_DIR")},
    "internal secret empty": ({"DOORSTEP_INTERNAL_SECRET": ""}, "DOORSTEP_INTERNAL_SECRET"),
    "internal secret short": ({"DOORSTEP_INTERNAL_SECRET": CANARY[:31]}, "DOORSTEP_INTERNAL_SECRET"),
    "internal secret known": ({"DOORSTEP_INTERNAL_SECRET": "changeme"}, "DOORSTEP_INTERNAL_SECRET"),
    "internal secret dull": ({"DOORSTEP_INTERNAL_SECRET": "ab" * 20}, "DOORSTEP_INTERNAL_SECRET"),
    "page secret short": ({"DOORSTEP_PAGE_TOKEN_SECRET": CANARY[:20]}, "DOORSTEP_PAGE_TOKEN_SECRET"),
    "one secret for both": (
        {"DOORSTEP_INTERNAL_SECRET": CANARY, "DOORSTEP_PAGE_TOKEN_SECRET": CANARY},
        "internal_secret and page_token_secret must differ",
    ),
    "database without a password": ({"DOORSTEP_DATABASE_URL": f"postgresql://{CANARY}@h/d"}, "database_url"),
    "database with a known one": ({"DOORSTEP_DATABASE_URL": f"postgresql://u:postgres@{CANARY}/d"}, "database_url"),
    "redis without a password": ({"DOORSTEP_REDIS_URL": f"redis://{CANARY}:1/0"}, "redis_url"),
    "redis with a known one": ({"DOORSTEP_REDIS_URL": f"redis://:changeme@{CANARY}:1/0"}, "redis_url"),
    "nobody to tell people": ({"DOORSTEP_NOTIFIER": None}, "notifier must be named"),
    "only pretending to": ({"DOORSTEP_NOTIFIER": "development"}, "notifier must be named"),
    "failpoints": ({"DOORSTEP_FAILPOINTS": "before_commit=kill"}, "failpoints"),
    "port too high": ({"DOORSTEP_PORT": "70000"}, "DOORSTEP_PORT"),
    "port no number": ({"DOORSTEP_PORT": CANARY}, "DOORSTEP_PORT"),
    "environment unknown": ({"DOORSTEP_ENVIRONMENT": CANARY}, "DOORSTEP_ENVIRONMENT"),
    "peers no JSON": ({"DOORSTEP_PEERS": CANARY}, "peers"),
}


def environment(changes: dict[str, str | None], keys: Path) -> dict[str, str]:
    given: dict[str, str | None] = {**GOOD, "DOORSTEP_KEYS_DIR": str(keys), "DOORSTEP_NOTIFIER": "table", **changes}
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_key(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DOORSTEP_"):
            monkeypatch.delenv(name)


def test_good_ones(clean: None, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment({}, keys).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.production
    for secret in GOOD.values():
        assert secret not in repr(settings)
        assert secret not in str(settings.model_dump())


@pytest.mark.parametrize("case", WRONG)
def test_wrong_ones(clean: None, keys: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    changes, named = WRONG[case]
    given = environment(changes, keys)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((ValidationError, SettingsError)) as caught:
        Settings()
    said = str(caught.value)
    assert named.removeprefix("DOORSTEP_").lower() in said.lower()
    _nothing_shown(said, given, changes)


def _nothing_shown(said: str, given: dict[str, str], changes: dict[str, str | None]) -> None:
    assert CANARY[:20] not in said
    for name, value in given.items():
        if ("SECRET" in name or "URL" in name) and value:
            assert value not in said
    for password in ("Zk3Nq9wPbV7xL2", "Tj8Rm4cXyW6sQ1"):
        assert password not in said
    assert "changeme" not in said or "changeme" not in str(changes)


COMMANDS: list[tuple[str, dict[str, str | None], str]] = [
    ("check-config", *WRONG["internal secret known"]),
    ("check-config", *WRONG["one secret for both"]),
    ("serve", *WRONG["DOORSTEP_DATABASE_URL missing"]),
    ("serve", *WRONG["page secret short"]),
]


def run(command: str, given: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    rest = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    path = os.pathsep.join((str(ROOT), str(ROOT / "gen/python")))
    return subprocess.run(
        [sys.executable, "-m", "services.cli", command],
        env={**rest, **given, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize(("command", "changes", "named"), COMMANDS)
def test_a_process_does_not_start_with_wrong_ones(
    keys: Path, command: str, changes: dict[str, str | None], named: str
) -> None:
    given = environment(changes, keys)
    ended = run(command, given)
    said = ended.stdout + ended.stderr
    assert ended.returncode == EXIT_CONFIG, said
    assert named.lower().removeprefix("doorstep_") in said.lower()
    assert "Traceback" not in said
    _nothing_shown(said, given, changes)


@pytest.mark.parametrize("how", ["none", "open to others", "short"])
def test_a_process_does_not_start_with_unfit_keys(keys: Path, how: str) -> None:
    key: Any = next(keys.glob("*.pem"))
    if how == "none":
        key.unlink()
    elif how == "open to others":
        key.chmod(0o644)
    else:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - on purpose
        key.write_bytes(
            weak.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    ended = run("check-config", environment({}, keys))
    said = ended.stdout + ended.stderr
    assert ended.returncode == EXIT_CONFIG, said
    assert "Traceback" not in said
