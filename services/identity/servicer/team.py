"""TeamService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import team_service_pb2 as pb
from doorstep.identity.v1 import team_service_pb2_grpc
from services.chassis.actor import current_actor
from services.identity import mapping
from services.identity.operations import team as operations
from services.identity.servicer.parts import Parts


class TeamServicer(team_service_pb2_grpc.TeamServiceServicer):
    """Teams."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def CreateTeam(self, request: pb.CreateTeamRequest, context: Any) -> pb.CreateTeamResponse:
        """Make a team."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            made = await operations.create_team(
                tx, actor, display_name=request.display_name, now=self._parts.clock.now()
            )
        return pb.CreateTeamResponse(team=mapping.team(made))

    async def ListTeams(self, request: pb.ListTeamsRequest, context: Any) -> pb.ListTeamsResponse:
        """List teams."""
        actor, page = current_actor(), self._parts.page_tokens.page(request)
        async with self._db.read(actor) as tx:
            found = await operations.list_teams(tx, actor, page=page)
        return pb.ListTeamsResponse(teams=[mapping.team(t) for t in found.items], next_page_token=found.next_page_token)

    async def GetTeam(self, request: pb.GetTeamRequest, context: Any) -> pb.GetTeamResponse:
        """Read a team."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            found = await operations.get_team(tx, actor, team_id=UUID(request.team_id))
        return pb.GetTeamResponse(team=mapping.team(found))

    async def UpdateTeam(self, request: pb.UpdateTeamRequest, context: Any) -> pb.UpdateTeamResponse:
        """Change a team."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            found = await operations.update_team(
                tx,
                actor,
                team_id=UUID(request.team_id),
                display_name=request.display_name if request.HasField("display_name") else None,
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateTeamResponse(team=mapping.team(found))

    async def DeleteTeam(self, request: pb.DeleteTeamRequest, context: Any) -> pb.DeleteTeamResponse:
        """Remove a team."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            await operations.delete_team(
                tx, actor, team_id=UUID(request.team_id), etag=request.etag, now=self._parts.clock.now()
            )
        return pb.DeleteTeamResponse()

    async def AddTeamMember(self, request: pb.AddTeamMemberRequest, context: Any) -> pb.AddTeamMemberResponse:
        """Put a member into a team."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            found = await operations.add_team_member(
                tx,
                actor,
                team_id=UUID(request.team_id),
                user_id=UUID(request.user_id),
                now=self._parts.clock.now(),
            )
        return pb.AddTeamMemberResponse(team=mapping.team(found))

    async def RemoveTeamMember(self, request: pb.RemoveTeamMemberRequest, context: Any) -> pb.RemoveTeamMemberResponse:
        """Take a member out of a team."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            found = await operations.remove_team_member(
                tx,
                actor,
                team_id=UUID(request.team_id),
                user_id=UUID(request.user_id),
                now=self._parts.clock.now(),
            )
        return pb.RemoveTeamMemberResponse(team=mapping.team(found))
