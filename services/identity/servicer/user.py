"""UserService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import user_service_pb2 as pb
from doorstep.identity.v1 import user_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.identity import mapping, policy
from services.identity.operations import user as operations
from services.identity.servicer.parts import Parts

_CHANGEABLE = (
    "given_name",
    "family_name",
    "display_name",
    "phone_number",
    "language_code",
    "time_zone",
    "picture_uri",
)


class UserServicer(user_service_pb2_grpc.UserServiceServicer):
    """Accounts, each shown with the faces that the caller may see."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def ListUsers(self, request: pb.ListUsersRequest, context: Any) -> pb.ListUsersResponse:
        """List members, as members see each other."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_users(tx, actor, page=page, role=request.role, query=request.query)
        return pb.ListUsersResponse(
            users=[mapping.public_user(m) for m in found.items], next_page_token=found.next_page_token
        )

    async def GetUser(self, request: pb.GetUserRequest, context: Any) -> pb.GetUserResponse:
        """Read one user."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            member = await operations.get_user(tx, actor, user_id=UUID(request.user_id), now=self._parts.clock.now())
        own = policy.is_self(actor, member.user.id)
        return pb.GetUserResponse(
            profile=mapping.public_user(member),
            user=mapping.own_user(member.user) if own else None,
            account=mapping.admin_user(member) if actor.can(policy.MANAGE) else None,
        )

    async def UpdateUser(self, request: pb.UpdateUserRequest, context: Any) -> pb.UpdateUserResponse:
        """Change the fields that are present."""
        actor = current_actor()
        changes = {name: getattr(request, name) for name in _CHANGEABLE if request.HasField(name)}
        async with self._db.transaction(actor) as tx:
            user = await operations.update_user(
                tx,
                actor,
                user_id=UUID(request.user_id),
                changes=changes,
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateUserResponse(user=mapping.own_user(user))

    async def DeleteUser(self, request: pb.DeleteUserRequest, context: Any) -> pb.DeleteUserResponse:
        """Delete an account softly."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            user = await operations.delete_user(
                tx,
                actor,
                user_id=UUID(request.user_id),
                etag=request.etag,
                notifier=self._parts.notifier,
                now=self._parts.clock.now(),
            )
        return pb.DeleteUserResponse(user=mapping.own_user(user))

    async def UndeleteUser(self, request: pb.UndeleteUserRequest, context: Any) -> pb.UndeleteUserResponse:
        """Bring an account back."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            member = await operations.undelete_user(
                tx, actor, user_id=UUID(request.user_id), now=self._parts.clock.now()
            )
        return pb.UndeleteUserResponse(user=mapping.admin_user(member))

    async def ListUsersAdmin(self, request: pb.ListUsersAdminRequest, context: Any) -> pb.ListUsersAdminResponse:
        """List members, as administrators see them."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_users_admin(
                tx,
                actor,
                page=page,
                role=request.role,
                show_deleted=request.show_deleted,
                now=self._parts.clock.now(),
            )
        return pb.ListUsersAdminResponse(
            users=[mapping.admin_user(m) for m in found.items], next_page_token=found.next_page_token
        )

    async def AdminResetPassword(
        self, request: pb.AdminResetPasswordRequest, context: Any
    ) -> pb.AdminResetPasswordResponse:
        """Send a member a link."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            await operations.admin_reset_password(
                tx,
                actor,
                user_id=UUID(request.user_id),
                revoke_sessions=request.revoke_sessions,
                notifier=self._parts.notifier,
                now=self._parts.clock.now(),
            )
        return pb.AdminResetPasswordResponse()

    async def UnlockUser(self, request: pb.UnlockUserRequest, context: Any) -> pb.UnlockUserResponse:
        """Forget wrong passwords."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            member = await operations.unlock_user(tx, actor, user_id=UUID(request.user_id), now=self._parts.clock.now())
        return pb.UnlockUserResponse(user=mapping.admin_user(member))

    async def ResolveUsers(self, request: pb.ResolveUsersRequest, context: Any) -> pb.ResolveUsersResponse:
        """Tell a service who some users are."""
        async with self._db.read(SYSTEM) as tx:
            found = await operations.resolve_users(
                tx,
                user_ids=[UUID(user_id) for user_id in request.user_ids],
                organization_id=UUID(request.organization_id) if request.organization_id else None,
            )
        return pb.ResolveUsersResponse(users=[mapping.resolved_user(member) for member in found])
