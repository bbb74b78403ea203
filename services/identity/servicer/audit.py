"""AuditService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import audit_service_pb2 as pb
from doorstep.identity.v1 import audit_service_pb2_grpc
from services.chassis.actor import current_actor
from services.identity import mapping, policy
from services.identity.operations import audit as operations
from services.identity.servicer.parts import Parts


class AuditServicer(audit_service_pb2_grpc.AuditServiceServicer):
    """The audit log."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def ListAuditLog(self, request: pb.ListAuditLogRequest, context: Any) -> pb.ListAuditLogResponse:
        """List entries."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_audit_log(
                tx,
                actor,
                page=page,
                action=request.action,
                actor_id=UUID(request.actor_id) if request.actor_id else None,
                resource_id=request.resource_id,
                start_time=mapping.moment_of(request, "start_time"),
                end_time=mapping.moment_of(request, "end_time"),
            )
        return pb.ListAuditLogResponse(
            entries=[mapping.audit_entry(row) for row in found.items], next_page_token=found.next_page_token
        )

    async def VerifyAuditChain(self, request: pb.VerifyAuditChainRequest, context: Any) -> pb.VerifyAuditChainResponse:
        """Walk along the log."""
        actor, checkpoints = current_actor(), self._parts.checkpoints
        organization_id = policy.organization_of(actor)
        known = checkpoints.open(request.checkpoint, organization_id) if request.checkpoint else None
        async with self._db.read(actor) as tx:
            found = await operations.verify_audit_chain(tx, actor, checkpoint=known)
        return pb.VerifyAuditChainResponse(
            intact=found.intact,
            verified_entries=found.verified_entries,
            first_broken_sequence=found.first_broken_sequence,
            problem=found.problem,
            head_hash=found.head.hash.hex(),
            checkpoint=checkpoints.seal(found.head, self._parts.clock.now()) if found.intact else "",
        )
