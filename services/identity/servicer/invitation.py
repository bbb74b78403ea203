"""InvitationService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import invitation_service_pb2 as pb
from doorstep.identity.v1 import invitation_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.identity import mapping
from services.identity.operations import invitation as operations
from services.identity.passwords import require_strong
from services.identity.servicer.parts import Parts


class InvitationServicer(invitation_service_pb2_grpc.InvitationServiceServicer):
    """Invitations."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def CreateInvitation(self, request: pb.CreateInvitationRequest, context: Any) -> pb.CreateInvitationResponse:
        """Invite an address."""
        actor, now = current_actor(), self._parts.clock.now()
        async with self._db.transaction(actor) as tx:
            made = await operations.create_invitation(
                tx,
                actor,
                email=request.email,
                roles=list(request.roles),
                notifier=self._parts.notifier,
                now=now,
            )
        return pb.CreateInvitationResponse(invitation=mapping.invitation(made, now))

    async def ListInvitations(self, request: pb.ListInvitationsRequest, context: Any) -> pb.ListInvitationsResponse:
        """List invitations."""
        actor, page, now = current_actor(), self._parts.page_tokens.page(request), self._parts.clock.now()
        async with self._db.read(actor) as tx:
            found = await operations.list_invitations(tx, actor, page=page)
        return pb.ListInvitationsResponse(
            invitations=[mapping.invitation(i, now) for i in found.items], next_page_token=found.next_page_token
        )

    async def GetInvitation(self, request: pb.GetInvitationRequest, context: Any) -> pb.GetInvitationResponse:
        """Read an invitation."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            found = await operations.get_invitation(tx, actor, invitation_id=UUID(request.invitation_id))
        return pb.GetInvitationResponse(invitation=mapping.invitation(found, self._parts.clock.now()))

    async def RevokeInvitation(self, request: pb.RevokeInvitationRequest, context: Any) -> pb.RevokeInvitationResponse:
        """Take an invitation back."""
        actor, now = current_actor(), self._parts.clock.now()
        async with self._db.transaction(actor) as tx:
            found = await operations.revoke_invitation(tx, actor, invitation_id=UUID(request.invitation_id), now=now)
        return pb.RevokeInvitationResponse(invitation=mapping.invitation(found, now))

    async def AcceptInvitation(self, request: pb.AcceptInvitationRequest, context: Any) -> pb.AcceptInvitationResponse:
        """Join; a password is hashed only for a link that works and an address without an account."""
        clock = self._parts.clock
        async with self._db.read(SYSTEM) as reading:
            email, new = await operations.needs_account(reading, token=request.token, now=clock.now())
        password_hash = None
        if new:
            operations.require_account_fields(password=request.password, given_name=request.given_name)
            require_strong(request.password, own=(email, request.given_name, request.family_name))
            password_hash = await self._parts.passwords.hash(request.password)
        async with self._db.transaction(SYSTEM) as tx:
            joined = await operations.accept_invitation(
                tx,
                token=request.token,
                password_hash=password_hash,
                given_name=request.given_name,
                family_name=request.family_name,
                now=clock.now(),
            )
        return pb.AcceptInvitationResponse(
            user=mapping.own_user(joined.user), organization=mapping.organization(joined.organization)
        )
