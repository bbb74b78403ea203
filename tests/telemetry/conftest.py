"""A telemetry process on a database of its own, and callers of all kinds."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from doorstep.telemetry.v1 import session_service_pb2_grpc, telemetry_query_service_pb2_grpc
from doorstep.vr.v1 import ingest_service_pb2_grpc
from services.chassis.actor import Actor, CallerKind
from services.chassis.testing.harness import Harness, TrustingCredentials
from services.telemetry.app import build
from tests.telemetry.headset import Headset

INGEST = frozenset({"telemetry.ingest"})


@pytest.fixture(scope="session")
def telemetry_database(clone_database: Any) -> Any:
    return clone_database()


@pytest.fixture(scope="session")
async def harness(telemetry_database: Any, clone_redis: Any, tmp_path_factory: Any) -> AsyncIterator[Harness]:
    async with Harness.open(
        [build],
        database_url=telemetry_database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
    ) as process:
        yield process


@pytest.fixture
def organization() -> UUID:
    return uuid4()


@pytest.fixture
def device(harness: Harness) -> Callable[..., list[tuple[str, str]]]:
    """Metadata of a headset of an organisation."""

    def make(organization_id: UUID, permissions: frozenset[str] = INGEST) -> list[tuple[str, str]]:
        credentials = harness.credentials
        assert isinstance(credentials, TrustingCredentials)
        key = f"ds_dev_{uuid4().hex}"
        credentials.keys[key] = Actor(
            CallerKind.DEVICE, organization_id=organization_id, key_id=uuid4(), permissions=permissions
        )
        return harness.metadata(api_key=key)

    return make


@pytest.fixture
def reader(harness: Harness, organization: UUID) -> str:
    """Token of a user of the organisation who may read sessions."""
    return harness.token(organization_id=organization, permissions=["session.read", "telemetry.manage"])


@pytest.fixture
def stranger(harness: Harness) -> str:
    """Token of a user of another organisation."""
    return harness.token(organization_id=uuid4(), permissions=["session.read", "telemetry.manage", "telemetry.ingest"])


@pytest.fixture
async def headset(harness: Harness, organization: UUID, device: Any) -> AsyncIterator[Headset]:
    one = Headset(harness.channel, device(organization))
    await one.connect()
    yield one
    one.cut()


@pytest.fixture
def ingest(harness: Harness) -> Any:
    return harness.stub(ingest_service_pb2_grpc.IngestServiceStub)


@pytest.fixture
def sessions(harness: Harness) -> Any:
    return harness.stub(session_service_pb2_grpc.SessionServiceStub)


@pytest.fixture
def query(harness: Harness) -> Any:
    return harness.stub(telemetry_query_service_pb2_grpc.TelemetryQueryServiceStub)


@pytest.fixture
async def rows(telemetry_database: Any) -> AsyncIterator[asyncpg.Connection]:
    """What is really there, past every policy."""
    connection = await asyncpg.connect(telemetry_database.superuser_url)
    yield connection
    await connection.close()
