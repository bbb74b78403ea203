"""`doorstep vr replay` as a person calls it."""

import asyncio
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from services.stack.ports import free_port
from services.telemetry import commands
from tests.fixtures.worker import doorstep

ROWS = "\n".join(f"{n / 60},0,0,0,1" for n in range(200))


async def replay(harness, *arguments):
    address = f"http://127.0.0.1:{harness.process.port}"
    code, output, errors = await doorstep("vr", "replay", "--address", address, *arguments)
    return code, output + errors


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a_1.csv").write_text(ROWS)
    (tmp_path / "a_2.csv").write_text(ROWS)
    (tmp_path / "broken.csv").write_text("no numbers\n")
    return tmp_path


async def test_plays_and_accounts(harness, device, organization, folder):
    key = dict(device(organization))["x-api-key"]
    code, output = await replay(harness, folder, "--property", uuid4(), "--api-key", key, "--concurrency", 2)
    assert code == 0, output
    assert "skipped broken.csv" in output
    assert "2 recordings (1 of them copies" in output
    assert "everything is accounted for" in output
    assert "NOT" not in output


async def test_says_what_is_wrong_and_fails(harness, folder, tmp_path):
    somewhere = uuid4()
    for arguments, words in (
        ((folder, "--property", somewhere), "give --api-key or --token"),
        ((tmp_path / "nothing", "--property", somewhere, "--token", "x"), "nothing"),
        ((folder, "--property", somewhere, "--api-key", "ds_dev_unknown", "--limit", 1), "NOT everything"),
        ((folder, "--property", somewhere, "--api-key", "x", "--address", "ftp://there"), "no address"),
    ):
        code, output = await replay(harness, *arguments)
        assert code == 1, output
        assert words in output
        assert "Traceback" not in output


async def test_says_at_once_that_nobody_is_there(harness, folder, monkeypatch):
    arguments = ["--property", str(uuid4()), "--api-key", "x", "--address", f"127.0.0.1:{free_port()}"]
    monkeypatch.setattr(commands, "REACH_SECONDS", 0.2)
    answer = await asyncio.to_thread(CliRunner().invoke, commands.vr, ["replay", str(folder), *arguments])
    assert answer.exit_code == 1
    assert "nobody answers at 127.0.0.1:" in answer.output


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("127.0.0.1:8080", ("127.0.0.1:8080", False)),
        ("http://127.0.0.1:8080/", ("127.0.0.1:8080", False)),
        ("https://vr.example.com", ("vr.example.com:443", True)),
        ("http://[::1]:9000", ("[::1]:9000", False)),
        ("ftp://there", None),
        ("http://there/path", None),
        ("there:port", None),
        ("", None),
    ],
)
def test_addresses(text, target):
    if target is None:
        with pytest.raises(ValueError, match=r"address|[Pp]ort"):
            commands.Target.of(text)
    else:
        assert commands.Target.of(text) == target
