"""The examples of the client's README, run as they stand."""

import asyncio
import re
from pathlib import Path
from typing import Any

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2_grpc, user_service_pb2_grpc
from doorstep.vr.v1 import ingest_service_pb2_grpc
from doorstep_client import Doorstep
from tests.client.ingesting import Ingest
from tests.client.serving import Auth, Users, refuse, served
from tests.client.test_vr import PROPERTY

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE):
        exec(compile(block, str(README), "exec"), names)  # noqa: S102  # our own page
    return names


async def test_they_do_what_they_say(examples: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    auth, ingest = Auth(), Ingest()
    async with served(
        lambda server: auth_service_pb2_grpc.add_AuthServiceServicer_to_server(auth, server),
        lambda server: user_service_pb2_grpc.add_UserServiceServicer_to_server(Users(), server),
        lambda server: ingest_service_pb2_grpc.add_IngestServiceServicer_to_server(ingest, server),
    ) as (_, port):
        address = f"http://127.0.0.1:{port}"
        await examples["main"](address, "ana@example.com", "right")
        assert capsys.readouterr().out.split() == ["ana@example.com", *map(str, range(7))]
        await asyncio.to_thread(examples["blocking"], address, "ana@example.com", "right")
        assert capsys.readouterr().out.split() == ["ana@example.com"]
        async with Doorstep(address) as client:
            await client.sign_in("ana@example.com", "right")
            assert await examples["change_password"](client, "old", "new") == "done"
            assert auth.headers[-1]["idempotency-key"]

            async def weak(context: Any) -> None:
                code = grpc.StatusCode.INVALID_ARGUMENT
                await refuse(context, code, "WEAK_PASSWORD", fields=[("new_password", "too short")])

            auth.on_me = weak
            assert await examples["change_password"](client, "old", "new") == "new_password: too short"
            assert await examples["visit"](client, PROPERTY) == 902
    assert [event.zone for part in ingest.parts for event in part.events] == ["kitchen", "kitchen"]
