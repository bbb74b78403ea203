"""OrganizationService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import organization_service_pb2 as pb
from doorstep.identity.v1 import organization_service_pb2_grpc
from services.chassis.actor import current_actor
from services.identity import mapping
from services.identity.operations import organization as operations
from services.identity.servicer.parts import Parts


class OrganizationServicer(organization_service_pb2_grpc.OrganizationServiceServicer):
    """Organisations and members."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def CreateOrganization(
        self, request: pb.CreateOrganizationRequest, context: Any
    ) -> pb.CreateOrganizationResponse:
        """Make an organisation."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            made = await operations.create_organization(
                tx, actor, display_name=request.display_name, now=self._parts.clock.now()
            )
        return pb.CreateOrganizationResponse(organization=mapping.organization(made))

    async def ListOrganizations(
        self, request: pb.ListOrganizationsRequest, context: Any
    ) -> pb.ListOrganizationsResponse:
        """List the caller's organisations."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_organizations(tx, actor, page=page)
        return pb.ListOrganizationsResponse(
            organizations=[mapping.organization(row) for row in found.items], next_page_token=found.next_page_token
        )

    async def GetOrganization(self, request: pb.GetOrganizationRequest, context: Any) -> pb.GetOrganizationResponse:
        """Read an organisation."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            row = await operations.get_organization(tx, actor, organization_id=UUID(request.organization_id))
        return pb.GetOrganizationResponse(organization=mapping.organization(row))

    async def UpdateOrganization(
        self, request: pb.UpdateOrganizationRequest, context: Any
    ) -> pb.UpdateOrganizationResponse:
        """Change the organisation."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            row = await operations.update_organization(
                tx,
                actor,
                organization_id=UUID(request.organization_id),
                display_name=request.display_name if request.HasField("display_name") else None,
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateOrganizationResponse(organization=mapping.organization(row))

    async def ListMembers(self, request: pb.ListMembersRequest, context: Any) -> pb.ListMembersResponse:
        """List members."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_members(
                tx, actor, page=page, team_id=UUID(request.team_id) if request.team_id else None
            )
        return pb.ListMembersResponse(
            members=[mapping.member(m) for m in found.items], next_page_token=found.next_page_token
        )

    async def UpdateMember(self, request: pb.UpdateMemberRequest, context: Any) -> pb.UpdateMemberResponse:
        """Replace a member's roles."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            found = await operations.update_member(
                tx,
                actor,
                user_id=UUID(request.user_id),
                roles=list(request.roles),
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateMemberResponse(member=mapping.member(found))

    async def RemoveMember(self, request: pb.RemoveMemberRequest, context: Any) -> pb.RemoveMemberResponse:
        """Take a member out."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            await operations.remove_member(tx, actor, user_id=UUID(request.user_id), now=self._parts.clock.now())
        return pb.RemoveMemberResponse()
