"""Puts telemetry together."""

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from doorstep.telemetry.v1 import session_service_pb2_grpc, telemetry_query_service_pb2_grpc
from doorstep.vr.v1 import ingest_service_pb2_grpc
from services.chassis.actor import SYSTEM, system_for
from services.chassis.app import App, Resources
from services.chassis.errors import DoorstepError
from services.chassis.jobs import upkeep
from services.chassis.periodic import every
from services.chassis.redis import connect_for_streams
from services.telemetry.operations.ingest import Ingest
from services.telemetry.operations.session import ABANDONED_AFTER, abandon_session
from services.telemetry.repository.session import PartitionRepository, SessionRepository
from services.telemetry.servicer.ingest import IngestServicer
from services.telemetry.servicer.query import TelemetryQueryServicer
from services.telemetry.servicer.session import SessionServicer
from services.telemetry.servicer.watch import Watchers

DAYS_AHEAD = 7
RETENTION_DAYS = 400
HOUSEKEEPING_SECONDS = 3600
SWEEP_SECONDS = 60

_log = structlog.get_logger("doorstep.telemetry")


def build(resources: Resources) -> App:
    """Make the service."""
    database = resources.database("telemetry")
    clock = resources.clock

    async def connect() -> asyncpg.Connection:
        """A committer's own connection: as the system role, since one group holds many organisations."""
        return await asyncpg.connect(
            resources.settings.database_url.get_secret_value(),
            timeout=5,
            command_timeout=30,
            server_settings={
                "application_name": "doorstep-committer",
                "role": "doorstep_system",
                "timezone": "UTC",
                "jit": "off",
                "statement_timeout": str(resources.settings.statement_timeout_ms),
            },
        )

    url = resources.settings.redis_url.get_secret_value()
    watchers = Watchers(database, resources.redis, connect_for_streams(url), clock, resources.draining)
    ingest = Ingest(database, clock, connect, watchers.committed)

    async def keep_house() -> None:
        """Make partitions ahead, drop old ones, end abandoned sessions. What cannot be done holds up nothing else."""
        async with database.transaction(SYSTEM) as tx:
            made = await PartitionRepository(tx).create_ahead(DAYS_AHEAD)
        dropped = 0
        try:
            async with database.transaction(SYSTEM) as tx:
                dropped = await PartitionRepository(tx).drop_older(RETENTION_DAYS)
        except SQLAlchemyError:  # somebody reads one of them; not again at once, as whoever writes waits meanwhile
            _log.exception("partitions_not_dropped")
        async with database.read(SYSTEM) as reading:
            idle = await SessionRepository(reading).idle_since(clock.now() - ABANDONED_AFTER, 1_000)
        abandoned = 0
        for organization_id, session_id in idle:
            try:
                async with database.transaction(system_for(organization_id)) as tx:
                    abandoned += await abandon_session(tx, session_id, now=clock.now())
            except (SQLAlchemyError, DoorstepError):
                _log.exception("session_not_abandoned", session_id=str(session_id))
        if made or dropped or abandoned:
            _log.info("housekeeping", partitions_made=made, partitions_dropped=dropped, abandoned=abandoned)

    async def sweep() -> None:
        """Forget sessions that rest."""
        ingest.forget_idle()

    app = App(
        "telemetry",
        jobs=[upkeep("telemetry.tidy", "Make and drop partitions, and end sessions that fell silent", keep_house)],
        background=[
            *(c.run for c in ingest.committers),
            ingest.refusals.run,
            every(HOUSEKEEPING_SECONDS, keep_house),
            every(SWEEP_SECONDS, sweep),
            watchers.announce,
            watchers.listen,
            watchers.drain,
            watchers.beat,
        ],
        on_close=[watchers.close],
    )
    app.add(
        ingest_service_pb2_grpc.add_IngestServiceServicer_to_server,
        IngestServicer(database, clock, ingest, resources.draining),
    )
    app.add(
        session_service_pb2_grpc.add_SessionServiceServicer_to_server,
        SessionServicer(database, resources.page_tokens),
    )
    app.add(
        telemetry_query_service_pb2_grpc.add_TelemetryQueryServiceServicer_to_server,
        TelemetryQueryServicer(database, clock, resources.page_tokens, watchers),
    )
    return app
