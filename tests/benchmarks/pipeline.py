"""The way in under load: a serving process, headsets in a process of their own, CPU of each part, and a count.

Whatever is measured is counted afterwards: what was acknowledged, what is stored, and what the positions of the streams
say must be the same number. A run that is not exact is an error, not a figure.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop

from doorstep.identity.v1 import api_key_pb2, api_key_service_pb2, api_key_service_pb2_grpc
from gateway.runner import Gateway
from gateway.settings import Address, GatewaySettings, Limits, Upstream
from services.chassis.app import App, Resources
from services.chassis.tokens import KeyRing
from services.stack.ports import LOOPBACK, free_port
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.headsets import DWELL, ZONES, Shape, Told
from tests.benchmarks.lab import Lab
from tests.fixtures.worker import Process, cpu

_KEY = "ds_dev_"
_UNLIMITED = Limits(
    requests_per_second=1_000_000, requests_per_second_per_address=1_000_000, requests_per_worker=20_000
)


class Keys(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """Says that a key belongs to the organisation whose id it ends with."""

    async def VerifyApiKey(self, request: Any, context: Any) -> Any:
        organization_id = UUID(request.api_key.removeprefix(_KEY))
        return api_key_service_pb2.VerifyApiKeyResponse(
            organization_id=str(organization_id),
            api_key_id=str(organization_id),
            kind=api_key_pb2.API_KEY_KIND_DEVICE,
            permissions=["telemetry.ingest"],
        )


def build_keys(resources: Resources) -> App:
    """Keys of headsets without an identity service."""
    return App("identity").add(api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server, Keys())


def serving(lab: Lab) -> Process:
    """The telemetry service under the full chain, in one process."""
    return Process(
        "tests.fixtures.serve", "tests.benchmarks.pipeline:build_keys", "telemetry", environment=lab.environment
    )


@contextmanager
def gateway_before(lab: Lab, port: int) -> Iterator[tuple[str, Gateway]]:
    """Envoy with the product's configuration, without its limits per address: all headsets come from one here."""
    folder = lab.folder / "gateway"
    settings = GatewaySettings(
        public=Address(LOOPBACK, free_port()),
        operator=Address(LOOPBACK, free_port()),
        upstreams=(Upstream("workers", (Address(LOOPBACK, port),)),),
        issuer="http://127.0.0.1:8080",
        jwks=json.dumps(KeyRing(lab.folder / "keys", strict=False).jwks()),
        assets=folder,
        admin=folder,
        access_log=str(folder / "access.log"),
        limits=_UNLIMITED,
    )
    gateway = Gateway(folder)
    gateway.start(settings)
    try:
        yield str(settings.public), gateway
    finally:
        gateway.stop()


@dataclass(frozen=True, slots=True)
class Seen:
    """One run: samples and events that were committed, how long it took, and CPU seconds of each part."""

    samples: int
    seconds: float
    server: float
    postgres: float
    client: float
    envoy: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    errors: int = 0
    rss_before: int = 0
    rss_opened: int = 0
    rss_after: int = 0
    opened: float = 0.0
    """Seconds that it took to begin all sessions."""

    @property
    def rate(self) -> float:
        """Samples committed per second."""
        return self.samples / self.seconds

    @property
    def cpu(self) -> float:
        """CPU seconds per million samples, of server, database and gateway: the load is not the product's."""
        return (self.server + self.postgres + self.envoy) / self.samples * 1e6

    def figures(self) -> dict[str, float]:
        """For the report."""
        per_cpu = self.samples / self.server if self.server else 0.0
        return {
            **asdict(self),
            "samples_per_second": self.rate,
            "samples_per_server_cpu_second": per_cpu,
            "cpu_seconds_per_million": self.cpu,
        }


class Ingest:
    """Runs headsets against a serving process, directly or through a gateway."""

    def __init__(self, lab: Lab, server: Process, target: str | None = None, gateway: Gateway | None = None) -> None:
        self.lab = lab
        self.server = server
        self._target = target or f"{LOOPBACK}:{server.port}"
        self._gateway = gateway

    def run(self, shape: Shape, *, streams: int, seconds: float, channels: int = 4, period: float = 0.0) -> Seen:
        """One run, counted.

        Raises:
            AssertionError: what is stored is not what was acknowledged.
        """
        organization_id = uuid4()
        told = Told(self._target, f"{_KEY}{organization_id.hex}", asdict(shape), streams, channels, seconds, period)
        settle(self.lab)
        rss_before = self.server.rss()
        with Process("tests.benchmarks.headsets", json.dumps(asdict(told))) as headsets:
            rss_opened = self.server.rss()
            before = self._cpu(headsets)
            headsets.tell()
            told_back = headsets.line()
            after = self._cpu(headsets)
            rss_after = self.server.rss()
        used = {name: after[name] - before[name] for name in before}
        failed = [*headsets.said["errors"], *told_back["first_errors"]]
        assert told_back["errors"] or not failed, failed
        if failed:
            print(f"{told_back['errors']} streams failed:", *failed, sep="\n", file=sys.stderr)
        acknowledged = told_back["samples"] + streams * shape.samples  # the first batch of each opened its stream
        if not told_back["errors"]:
            uvloop.run(count(self.lab, organization_id, acknowledged, shape))
        return Seen(
            told_back["samples"],
            told_back["seconds"],
            **used,
            p50=told_back["p50"],
            p99=told_back["p99"],
            errors=told_back["errors"],
            rss_before=rss_before,
            rss_opened=rss_opened,
            rss_after=rss_after,
            opened=headsets.said["opened"],
        )

    def _cpu(self, headsets: Process) -> dict[str, float]:
        envoy = self._gateway.pid if self._gateway else None
        return {
            "server": self.server.cpu(),
            "postgres": self.lab.postgres_cpu(),
            "client": headsets.cpu(),
            "envoy": cpu(envoy) if envoy else 0.0,
        }


def settle(lab: Lab) -> None:
    """Begin every run alike: empty tables, no checkpoint owed."""
    uvloop.run(_settle(lab))


async def _settle(lab: Lab) -> None:
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        await connection.execute("TRUNCATE telemetry.sample_chunks, telemetry.events, telemetry.rollups")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def count(lab: Lab, organization_id: UUID, acknowledged: int, shape: Shape) -> None:
    """Hold what is stored against what was acknowledged.

    Raises:
        AssertionError: they differ.
    """
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        row = await connection.fetchrow(
            """
            SELECT (SELECT coalesce(sum(samples), 0) FROM telemetry.sample_chunks WHERE organization_id = $1)
                 + (SELECT count(*) FROM telemetry.events WHERE organization_id = $1) AS rows,
                   (SELECT sum(last_part)::bigint FROM telemetry.positions WHERE organization_id = $1) AS parts,
                   (SELECT sum(stored) FROM telemetry.positions WHERE organization_id = $1) AS stored,
                   (SELECT sum(duplicate + rejected) FROM telemetry.positions WHERE organization_id = $1) AS other,
                   (SELECT coalesce(sum(r.gaze_samples), 0) FROM telemetry.rollups r JOIN telemetry.names n
                    USING (organization_id, name_id) WHERE organization_id = $1 AND n.kind = 1) AS looked
            """,
            organization_id,
        )
    finally:
        await connection.close()
    assert row is not None
    stored, parts = int(row["rows"]), int(row["parts"])
    told = f"acknowledged {acknowledged}, {dict(row)}"
    assert stored == acknowledged == int(row["stored"]) == parts * shape.samples, told
    assert row["other"] == 0, told
    if shape.gaze:
        looked = sum(1 for n in range(shape.gaze) if n // DWELL % (len(ZONES) + 1))
        assert int(row["looked"]) == parts * looked, told
