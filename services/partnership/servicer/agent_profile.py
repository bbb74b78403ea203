"""AgentProfileService."""

import asyncio
from collections.abc import Sequence
from typing import Any

from doorstep.partnership.v1 import agent_profile_pb2, agent_profile_service_pb2_grpc
from doorstep.partnership.v1 import agent_profile_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor, user_of
from services.chassis.ids import parse_id
from services.partnership.errors import NotAnAgent
from services.partnership.mapping import agent_profile as profiles
from services.partnership.models.agent_profile import AgentProfile
from services.partnership.operations import agent_profile as operations
from services.partnership.servicer.parts import Parts


class AgentProfileServicer(agent_profile_service_pb2_grpc.AgentProfileServiceServicer):
    """Agents who can be hired, and those who look for one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def ReplaceAgentProfile(
        self, request: pb.ReplaceAgentProfileRequest, context: Any
    ) -> pb.ReplaceAgentProfileResponse:
        """Writes the caller's own profile."""
        actor = current_actor()
        me = user_of(actor)
        if actor.organization_id is None:
            raise NotAnAgent
        roles = await self._parts.users.roles([me], actor.organization_id)
        operations.require_agent(roles.get(me, ()))
        async with self._db.transaction(actor) as tx:
            row = await operations.replace_agent_profile(
                tx,
                actor.organization_id,
                profiles.to_values(request.agent_profile),
                etag=request.agent_profile.etag,
                now=self._clock.now(),
            )
        return pb.ReplaceAgentProfileResponse(agent_profile=profiles.to_message(row))

    async def DeleteAgentProfile(
        self, request: pb.DeleteAgentProfileRequest, context: Any
    ) -> pb.DeleteAgentProfileResponse:
        """Takes the caller's own profile away."""
        async with self._db.transaction(current_actor()) as tx:
            await operations.delete_agent_profile(tx, request.etag)
        return pb.DeleteAgentProfileResponse()

    async def GetAgentProfile(self, request: pb.GetAgentProfileRequest, context: Any) -> pb.GetAgentProfileResponse:
        """Reads the profile of an agent."""
        async with self._db.read(SYSTEM) as tx:  # profiles are everybody's
            row = await operations.get_agent_profile(tx, parse_id(request.agent_id))
        (message,) = await self._told([row])
        return pb.GetAgentProfileResponse(agent_profile=message)

    async def ListAgentProfiles(
        self, request: pb.ListAgentProfilesRequest, context: Any
    ) -> pb.ListAgentProfilesResponse:
        """Finds agents, the nearest or the newest first."""
        page, query = self._parts.page_tokens.page(request), profiles.to_query(request)
        async with self._db.read(SYSTEM) as tx:
            found = await operations.list_agent_profiles(tx, query, page)
        messages = await self._told([one.profile for one in found.items])
        agents = [
            pb.FoundAgent(agent_profile=message, distance_meters=one.distance_meters)
            for message, one in zip(messages, found.items, strict=True)
        ]
        return pb.ListAgentProfilesResponse(agents=agents, next_page_token=found.next_page_token)

    async def _told(self, rows: Sequence[AgentProfile]) -> list[agent_profile_pb2.AgentProfile]:
        """Profiles with what other services know of their agents; without it where these are away."""
        agents = [row.agent_id for row in rows]
        names, ratings = await asyncio.gather(self._parts.names.of(agents), self._parts.ratings.of(agents))
        return [profiles.to_message(row, names.get(row.agent_id), ratings.get(row.agent_id)) for row in rows]
