"""ReconciliationService."""

from datetime import UTC
from typing import Any

from doorstep.deal.v1 import reconciliation_pb2, reconciliation_service_pb2_grpc
from doorstep.deal.v1 import reconciliation_service_pb2 as pb
from services.chassis.actor import current_actor, organization_of
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.deal.mapping import reconciliation as mapping
from services.deal.operations import provider as providers
from services.deal.operations import reconciliation as operations
from services.deal.servicer.parts import Parts


class ReconciliationServicer(reconciliation_service_pb2_grpc.ReconciliationServiceServicer):
    """Ledger, provider and statement held against each other."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateReconciliation(
        self, request: pb.CreateReconciliationRequest, context: Any
    ) -> pb.CreateReconciliationResponse:
        """Reads a statement and compares."""
        actor = current_actor()
        through = request.through_time.ToDatetime(tzinfo=UTC) if request.HasField("through_time") else None
        async with self._db.transaction(actor) as tx:
            row = await operations.create_reconciliation(
                tx,
                actor,
                organization_of(actor),
                provider=request.provider,
                statement=request.statement,
                through=through,
                now=self._clock.now(),
            )
        return pb.CreateReconciliationResponse(reconciliation=mapping.to_message(row))

    async def GetReconciliation(
        self, request: pb.GetReconciliationRequest, context: Any
    ) -> pb.GetReconciliationResponse:
        """Reads one reconciliation."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_reconciliation(tx, parse_id(request.reconciliation_id))
        return pb.GetReconciliationResponse(reconciliation=mapping.to_message(row))

    async def ListReconciliations(
        self, request: pb.ListReconciliationsRequest, context: Any
    ) -> pb.ListReconciliationsResponse:
        """Lists reconciliations, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_reconciliations(tx, page)
        return pb.ListReconciliationsResponse(
            reconciliations=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ListReconciliationLines(
        self, request: pb.ListReconciliationLinesRequest, context: Any
    ) -> pb.ListReconciliationLinesResponse:
        """Lists the lines of a reconciliation."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_reconciliation_lines(
                tx, parse_id(request.reconciliation_id), page, only_differences=request.only_differences
            )
        return pb.ListReconciliationLinesResponse(
            lines=[mapping.to_line(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ExplainDifference(
        self, request: pb.ExplainDifferenceRequest, context: Any
    ) -> pb.ExplainDifferenceResponse:
        """Writes down why a line does not agree."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            line = await operations.explain_difference(
                tx,
                actor,
                parse_id(request.reconciliation_id),
                request.number,
                explanation=request.explanation,
                now=self._clock.now(),
            )
        return pb.ExplainDifferenceResponse(line=mapping.to_line(line))

    async def CloseReconciliation(
        self, request: pb.CloseReconciliationRequest, context: Any
    ) -> pb.CloseReconciliationResponse:
        """Settles what agrees."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            row = await operations.close_reconciliation(
                tx, actor, parse_id(request.reconciliation_id), etag=request.etag, now=self._clock.now()
            )
        return pb.CloseReconciliationResponse(reconciliation=mapping.to_message(row))

    async def DiscardReconciliation(
        self, request: pb.DiscardReconciliationRequest, context: Any
    ) -> pb.DiscardReconciliationResponse:
        """Drops a reconciliation."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            row = await operations.discard_reconciliation(
                tx, actor, parse_id(request.reconciliation_id), etag=request.etag, now=self._clock.now()
            )
        return pb.DiscardReconciliationResponse(reconciliation=mapping.to_message(row))

    async def ListProviderEvents(
        self, request: pb.ListProviderEventsRequest, context: Any
    ) -> pb.ListProviderEventsResponse:
        """Lists what payment providers have told."""
        page = self._parts.page_tokens.page(request)
        enum = reconciliation_pb2.ProviderEventOutcome
        outcomes = {enum_name(enum, "PROVIDER_EVENT_OUTCOME_", outcome) for outcome in request.outcomes}
        async with self._db.read(current_actor()) as tx:
            rows = await providers.list_provider_events(tx, page, outcomes=outcomes)
        return pb.ListProviderEventsResponse(
            events=[mapping.to_event(row) for row in rows.items], next_page_token=rows.next_page_token
        )
