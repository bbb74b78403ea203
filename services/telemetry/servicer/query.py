"""doorstep.telemetry.v1.TelemetryQueryService: figures, pages, and the two streams."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import grpc

from doorstep.telemetry.v1 import session_pb2, telemetry_query_service_pb2_grpc
from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.telemetry.events import microseconds
from services.telemetry.mapping import read as mapping
from services.telemetry.mapping import vr
from services.telemetry.operations import query
from services.telemetry.operations.session import get_accounting
from services.telemetry.repository.reports import ReportRepository
from services.telemetry.repository.samples import SampleRepository
from services.telemetry.servicer.replay import replay
from services.telemetry.servicer.watch import Watchers

Context = grpc.aio.ServicerContext[Any, Any]

WIDTH, HEIGHT = 72, 36
MAX_POINTS = 1_000


class TelemetryQueryServicer(telemetry_query_service_pb2_grpc.TelemetryQueryServiceServicer):
    """Reads what sessions recorded."""

    def __init__(self, database: Database, clock: Clock, page_tokens: PageTokens, watchers: Watchers) -> None:
        """Serve from `database`; `watchers` follow live sessions."""
        self._database = database
        self._clock = clock
        self._page_tokens = page_tokens
        self._watchers = watchers

    async def ListSessionEvents(
        self, request: pb.ListSessionEventsRequest, context: Context
    ) -> pb.ListSessionEventsResponse:
        """Return one page of events."""
        page = self._page_tokens.page(request)
        async with self._database.read(current_actor()) as tx:
            found = await query.list_session_events(
                tx, UUID(request.session_id), page, kind=request.kind or None, zone=request.zone or None
            )
        events = [mapping.event(row) for row in found.items]
        return pb.ListSessionEventsResponse(events=events, next_page_token=found.next_page_token)

    async def ListZoneEvents(self, request: pb.ListZoneEventsRequest, context: Context) -> pb.ListZoneEventsResponse:
        """Return one page of the events of a zone."""
        page = self._page_tokens.page(request)
        async with self._database.read(current_actor()) as tx:
            found = await query.list_session_events(tx, UUID(request.session_id), page, kind=None, zone=request.zone)
        events = [mapping.event(row) for row in found.items]
        return pb.ListZoneEventsResponse(events=events, next_page_token=found.next_page_token)

    async def GetZoneDwell(self, request: pb.GetZoneDwellRequest, context: Context) -> pb.GetZoneDwellResponse:
        """Return the dwell per zone."""
        async with self._database.fast_read(current_actor()) as connection:
            found = await query.get_zone_dwell(ReportRepository(connection), UUID(request.session_id))
        return pb.GetZoneDwellResponse(zones=mapping.dwell(found))

    async def GetGazeHeatmap(self, request: pb.GetGazeHeatmapRequest, context: Context) -> pb.GetGazeHeatmapResponse:
        """Return the heat map."""
        width, height = request.width or WIDTH, request.height or HEIGHT
        async with self._database.fast_read(current_actor()) as connection:
            samples = SampleRepository(connection)
            heat = await query.get_gaze_heatmap(
                samples, UUID(request.session_id), width=width, height=height, zone=request.zone or None
            )
        counts = heat.counts.tolist()
        heatmap = session_pb2.Heatmap(width=width, height=height, counts=counts, sample_count=sum(counts))
        return pb.GetGazeHeatmapResponse(heatmap=heatmap)

    async def GetSessionPath(self, request: pb.GetSessionPathRequest, context: Context) -> pb.GetSessionPathResponse:
        """Return the way of the head."""
        async with self._database.fast_read(current_actor()) as connection:
            found = await query.get_session_path(
                SampleRepository(connection), UUID(request.session_id), max_points=request.max_points or MAX_POINTS
            )
        return pb.GetSessionPathResponse(poses=mapping.path(found), sample_count=found.sample_count)

    async def GetAttention(self, request: pb.GetAttentionRequest, context: Context) -> pb.GetAttentionResponse:
        """Return the share of gaze per object."""
        async with self._database.fast_read(current_actor()) as connection:
            found = await query.get_attention(ReportRepository(connection), UUID(request.session_id))
        return pb.GetAttentionResponse(objects=mapping.attention(found))

    async def GetPropertyEngagement(
        self, request: pb.GetPropertyEngagementRequest, context: Context
    ) -> pb.GetPropertyEngagementResponse:
        """Return what all sessions of a property add up to."""
        async with self._database.fast_read(current_actor()) as connection:
            found = await query.get_property_engagement(ReportRepository(connection), UUID(request.property_id))
        return pb.GetPropertyEngagementResponse(engagement=mapping.engagement(request.property_id, found))

    async def GetIngestAccounting(
        self, request: pb.GetIngestAccountingRequest, context: Context
    ) -> pb.GetIngestAccountingResponse:
        """Return the account of a session."""
        async with self._database.read(current_actor()) as tx:
            account, positions = await get_accounting(tx, UUID(request.session_id))
        return pb.GetIngestAccountingResponse(
            accounting=vr.accounting(account), positions=vr.stream_positions(positions)
        )

    async def ListRejectedEvents(
        self, request: pb.ListRejectedEventsRequest, context: Context
    ) -> pb.ListRejectedEventsResponse:
        """Return one page of rejected events."""
        page = self._page_tokens.page(request)
        async with self._database.read(current_actor()) as tx:
            found = await query.list_rejected_events(tx, UUID(request.session_id), page)
        rejected = [mapping.rejected(row) for row in found.items]
        return pb.ListRejectedEventsResponse(rejected_events=rejected, next_page_token=found.next_page_token)

    async def ReprocessRejectedEvents(
        self, request: pb.ReprocessRejectedEventsRequest, context: Context
    ) -> pb.ReprocessRejectedEventsResponse:
        """Check rejected events again."""
        async with self._database.transaction(current_actor()) as tx:
            stored, rejected = await query.reprocess_rejected_events(
                tx, UUID(request.session_id), now_us=microseconds(self._clock.now())
            )
        return pb.ReprocessRejectedEventsResponse(stored_count=stored, rejected_count=rejected)

    async def ReplaySession(
        self, request: pb.ReplaySessionRequest, context: Context
    ) -> AsyncIterator[pb.ReplaySessionResponse]:
        """Stream a session again."""
        async for step in replay(self._database, current_actor(), UUID(request.session_id), request.speed):
            yield step

    async def WatchSession(  # type: ignore[override]  # the messages are serialised already
        self, request: pb.WatchSessionRequest, context: Context
    ) -> AsyncIterator[bytes]:
        """Stream what a session commits; messages are serialised once for all who watch."""
        async for update in self._watchers.watch(current_actor(), UUID(request.session_id), request.after_sequence):
            yield update
