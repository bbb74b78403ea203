"""The services that partnership calls."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import grpc
import structlog

from doorstep.visit.v1 import review_service_pb2 as reviews_pb
from doorstep.visit.v1 import review_service_pb2_grpc
from services.chassis.directory import Directory
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable
from services.chassis.peers import Peers

RATINGS_TIMEOUT = 0.5
"""Seconds: a page of agents is better without ratings than late."""

_log = structlog.get_logger("doorstep.partnership.peers")


class Users(Protocol):
    """What must be known of users."""

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Roles in an organisation, by user; users that do not exist are missing."""
        ...


class IdentityUsers:
    """Asks the identity service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Ask `ResolveUsers`."""
        found = await self._directory.users(user_ids, organization_id)
        return {user_id: list(user.roles) for user_id, user in found.items()}


class Rating(NamedTuple):
    """What buyers have said of an agent's visits, in figures."""

    review_count: int
    average: float | None
    """None where nobody has said anything."""


class Ratings(Protocol):
    """Knows what is said of agents."""

    async def of(self, agent_ids: Collection[UUID]) -> Mapping[UUID, Rating]:
        """Ratings by agent; none at all where they cannot be looked up."""
        ...


class VisitRatings:
    """Asks the visit service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def of(self, agent_ids: Collection[UUID]) -> Mapping[UUID, Rating]:
        """Ask `ResolveAgentRatings`: one call for a page."""
        if not agent_ids:
            return {}
        stub = review_service_pb2_grpc.ReviewServiceStub(
            self._peers.channel("visit", "doorstep.visit.v1.ReviewService")
        )
        request = reviews_pb.ResolveAgentRatingsRequest(agent_ids=map(str, agent_ids))
        try:
            answer: Any = await self._peers.call("visit", stub.ResolveAgentRatings, request, timeout=RATINGS_TIMEOUT)
        except (DependencyUnavailable, DeadlineExceeded, grpc.aio.AioRpcError) as error:
            _log.warning("ratings_unknown", agents=len(agent_ids), error=repr(error))
            return {}
        known = {UUID(one.agent_id): Rating(one.review_count, one.average_rating) for one in answer.ratings}
        return {agent_id: known.get(agent_id, Rating(0, None)) for agent_id in agent_ids}
