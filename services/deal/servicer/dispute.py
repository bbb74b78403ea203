"""DisputeService."""

from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from doorstep.deal.v1 import dispute_pb2, dispute_service_pb2_grpc
from doorstep.deal.v1 import dispute_service_pb2 as pb
from services.chassis.actor import SYSTEM, Actor, current_actor, system_for, user_of
from services.chassis.db.database import ReadTransaction
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.deal import policy
from services.deal.mapping import dispute as mapping
from services.deal.models.dispute import Dispute
from services.deal.operations import deal as deals
from services.deal.operations import dispute as operations
from services.deal.servicer.parts import Parts, optional_id


class DisputeServicer(dispute_service_pb2_grpc.DisputeServiceServicer):
    """Where parties contest, and operators decide."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    def _read(self, actor: Actor) -> AbstractAsyncContextManager[ReadTransaction]:
        """Operators belong to no organisation of the parties and look at all disputes."""
        return self._db.read(SYSTEM if actor.can(policy.OPERATE) else actor)

    async def _visible(self, actor: Actor, dispute_id: UUID) -> Dispute:
        async with self._read(actor) as tx:
            return await operations.get_dispute(tx, actor, dispute_id)

    async def OpenDispute(self, request: pb.OpenDisputeRequest, context: Any) -> pb.OpenDisputeResponse:
        """Opens a dispute over a deal."""
        actor = current_actor()
        async with self._db.read(actor) as read:
            deal = await deals.get_deal(read, parse_id(request.deal_id))
        async with self._parts.change(deal.organization_id) as tx:
            row = await operations.open_dispute(
                tx,
                actor,
                deal.id,
                reason=enum_name(dispute_pb2.DisputeReason, "DISPUTE_REASON_", request.reason),
                statement=request.statement,
                now=self._clock.now(),
            )
        return pb.OpenDisputeResponse(dispute=mapping.to_message(row))

    async def GetDispute(self, request: pb.GetDisputeRequest, context: Any) -> pb.GetDisputeResponse:
        """Reads one dispute."""
        row = await self._visible(current_actor(), parse_id(request.dispute_id))
        return pb.GetDisputeResponse(dispute=mapping.to_message(row))

    async def ListDisputes(self, request: pb.ListDisputesRequest, context: Any) -> pb.ListDisputesResponse:
        """Lists disputes, newest first."""
        actor = current_actor()
        page = self._parts.page_tokens.page(request)
        states = [enum_name(dispute_pb2.DisputeState, "DISPUTE_STATE_", state) for state in request.states]
        async with self._read(actor) as tx:
            rows = await operations.list_disputes(tx, actor, page, deal_id=optional_id(request.deal_id), states=states)
        return pb.ListDisputesResponse(
            disputes=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def RespondToDispute(self, request: pb.RespondToDisputeRequest, context: Any) -> pb.RespondToDisputeResponse:
        """Answers for the other side."""
        actor = current_actor()
        found = await self._visible(actor, parse_id(request.dispute_id))
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.respond_to_dispute(
                tx, actor, found.id, response=request.response, etag=request.etag, now=self._clock.now()
            )
        return pb.RespondToDisputeResponse(dispute=mapping.to_message(row))

    async def AddDisputeEvidence(
        self, request: pb.AddDisputeEvidenceRequest, context: Any
    ) -> pb.AddDisputeEvidenceResponse:
        """Shows something, by reference."""
        actor = current_actor()
        found = await self._visible(actor, parse_id(request.dispute_id))
        visit_id = optional_id(request.visit_id)
        certificate = await self._parts.certificates.resolve(visit_id) if visit_id else None
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.add_dispute_evidence(
                tx,
                actor,
                found.id,
                description=request.description,
                document_id=optional_id(request.document_id),
                certificate=certificate,
                uri=request.uri,
                sha256=request.sha256,
                now=self._clock.now(),
            )
        return pb.AddDisputeEvidenceResponse(evidence=mapping.to_evidence(row))

    async def ListDisputeEvidence(
        self, request: pb.ListDisputeEvidenceRequest, context: Any
    ) -> pb.ListDisputeEvidenceResponse:
        """Lists what both sides have shown."""
        actor = current_actor()
        page = self._parts.page_tokens.page(request)
        async with self._read(actor) as tx:
            rows = await operations.list_dispute_evidence(tx, actor, parse_id(request.dispute_id), page)
        return pb.ListDisputeEvidenceResponse(
            evidence=[mapping.to_evidence(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def DownloadDisputeEvidence(
        self, request: pb.DownloadDisputeEvidenceRequest, context: Any
    ) -> pb.DownloadDisputeEvidenceResponse:
        """Reads the bytes of a document that was shown."""
        actor = current_actor()
        dispute_id, evidence_id = parse_id(request.dispute_id), parse_id(request.evidence_id)
        async with self._read(actor) as tx:
            row = await operations.find_evidence(tx, actor, dispute_id, evidence_id)
        # The bytes are the organisation's alone; who may see the dispute may see what was shown in it.
        async with self._db.read(system_for(row.organization_id)) as tx:
            document, content = await operations.read_evidence(tx, row)
        return pb.DownloadDisputeEvidenceResponse(
            evidence=mapping.to_evidence(row), content=content, media_type=document.media_type
        )

    async def WithdrawDispute(self, request: pb.WithdrawDisputeRequest, context: Any) -> pb.WithdrawDisputeResponse:
        """Takes a dispute back."""
        actor = current_actor()
        found = await self._visible(actor, parse_id(request.dispute_id))
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.withdraw_dispute(tx, actor, found.id, etag=request.etag, now=self._clock.now())
        return pb.WithdrawDisputeResponse(dispute=mapping.to_message(row))

    async def ResolveDispute(self, request: pb.ResolveDisputeRequest, context: Any) -> pb.ResolveDisputeResponse:
        """Decides."""
        actor = current_actor()
        user_id = user_of(actor)
        found = await self._visible(actor, parse_id(request.dispute_id))
        roles = await self._parts.people.roles([user_id], found.organization_id)
        shares = None
        if request.HasField("shares"):
            sent = request.shares
            shares = operations.Shares(sent.refund_basis_points, sent.release_basis_points, sent.forfeit_basis_points)
        outcome = enum_name(dispute_pb2.DisputeOutcome, "DISPUTE_OUTCOME_", request.outcome)
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.resolve_dispute(
                tx,
                actor,
                found.id,
                operations.Outcome(outcome),
                shares,
                resolution=request.resolution,
                roles=roles.get(user_id, ()),
                etag=request.etag,
                now=self._clock.now(),
            )
        return pb.ResolveDisputeResponse(dispute=mapping.to_message(row))
