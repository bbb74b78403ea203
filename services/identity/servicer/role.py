"""RoleService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import role_pb2, role_service_pb2_grpc
from doorstep.identity.v1 import role_service_pb2 as pb
from services.chassis.actor import current_actor
from services.identity import mapping
from services.identity.operations import role as operations
from services.identity.permissions import CATALOGUE
from services.identity.servicer.parts import Parts


class RoleServicer(role_service_pb2_grpc.RoleServiceServicer):
    """Roles and permissions."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def ListPermissions(self, request: pb.ListPermissionsRequest, context: Any) -> pb.ListPermissionsResponse:
        """List what a role may allow."""
        return pb.ListPermissionsResponse(
            permissions=[
                role_pb2.Permission(name=name, description=description)
                for name, description in sorted(CATALOGUE.items())
            ]
        )

    async def CreateRole(self, request: pb.CreateRoleRequest, context: Any) -> pb.CreateRoleResponse:
        """Make a role."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            row = await operations.create_role(
                tx,
                actor,
                name=request.name,
                description=request.description,
                permissions=list(request.permissions),
                now=self._parts.clock.now(),
            )
        return pb.CreateRoleResponse(role=mapping.role(row))

    async def ListRoles(self, request: pb.ListRolesRequest, context: Any) -> pb.ListRolesResponse:
        """List roles."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_roles(tx, actor, page=page)
        return pb.ListRolesResponse(
            roles=[mapping.role(row) for row in found.items], next_page_token=found.next_page_token
        )

    async def GetRole(self, request: pb.GetRoleRequest, context: Any) -> pb.GetRoleResponse:
        """Read a role."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            row = await operations.get_role(tx, actor, role_id=UUID(request.role_id))
        return pb.GetRoleResponse(role=mapping.role(row))

    async def UpdateRole(self, request: pb.UpdateRoleRequest, context: Any) -> pb.UpdateRoleResponse:
        """Change a role."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            row = await operations.update_role(
                tx,
                actor,
                role_id=UUID(request.role_id),
                description=request.description if request.HasField("description") else None,
                permissions=list(request.permissions.names) if request.HasField("permissions") else None,
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateRoleResponse(role=mapping.role(row))

    async def DeleteRole(self, request: pb.DeleteRoleRequest, context: Any) -> pb.DeleteRoleResponse:
        """Remove a role."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            await operations.delete_role(
                tx, actor, role_id=UUID(request.role_id), etag=request.etag, now=self._parts.clock.now()
            )
        return pb.DeleteRoleResponse()
