"""What this service asks of others."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from doorstep.property.v1 import listing_pb2
from doorstep.visit.v1 import certificate_pb2, certificate_service_pb2, certificate_service_pb2_grpc
from services.chassis.directory import Directory
from services.chassis.mapping import enum_name, from_money
from services.chassis.peers import Peers
from services.deal.errors import CertificateNotFound, ListingNotFound


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What must be known of a listing to sell it."""

    listing_id: UUID
    property_id: UUID
    organization_id: UUID
    agent_id: UUID | None
    standard_status: str
    list_price: int
    currency_code: str
    unparsed_address: str


class Listings(Protocol):
    """Who knows listings."""

    async def resolve(self, listing_id: UUID) -> ListingFacts:
        """Tell about one, in any status.

        Raises:
            ListingNotFound
        """


class PropertyListings:
    """The adapter to the property service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def resolve(self, listing_id: UUID) -> ListingFacts:
        """Ask `ResolveListing`; call it before a transaction opens."""
        found = await self._directory.listing(listing_id)
        if found is None:
            raise ListingNotFound
        price, currency = from_money(found.list_price, "list_price")
        return ListingFacts(
            listing_id=UUID(found.listing_id),
            property_id=UUID(found.property_id),
            organization_id=UUID(found.organization_id),
            agent_id=UUID(found.list_agent_id) if found.list_agent_id else None,
            standard_status=enum_name(listing_pb2.StandardStatus, "STANDARD_STATUS_", found.standard_status),
            list_price=price,
            currency_code=currency,
            unparsed_address=found.unparsed_address,
        )


class People(Protocol):
    """Who knows users."""

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID) -> Mapping[UUID, Collection[str]]:
        """Roles in an organisation, by user; users that do not exist are missing, strangers to it have none."""


class IdentityPeople:
    """The adapter to the identity service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID) -> Mapping[UUID, Collection[str]]:
        """Ask `ResolveUsers`; call it before a transaction opens."""
        found = await self._directory.users(user_ids, organization_id)
        return {user_id: tuple(user.roles) for user_id, user in found.items()}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What must be known of the certificate of a visit to show it."""

    certificate_id: UUID
    visit_id: UUID
    organization_id: UUID
    property_id: UUID
    buyer_id: UUID
    hash: str
    problem: str
    """What is wrong with it, or empty."""


class Certificates(Protocol):
    """Who knows certificates of visits."""

    async def resolve(self, visit_id: UUID) -> CertificateFacts:
        """Tell about the certificate of a visit, verified now.

        Raises:
            CertificateNotFound
        """


class VisitCertificates:
    """The adapter to the visit service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def resolve(self, visit_id: UUID) -> CertificateFacts:
        """Ask `ResolveCertificate`; call it before a transaction opens."""
        channel = self._peers.channel("visit", "doorstep.visit.v1.CertificateService")
        stub = certificate_service_pb2_grpc.CertificateServiceStub(channel)
        request = certificate_service_pb2.ResolveCertificateRequest(visit_id=str(visit_id))
        answer: Any = await self._peers.find("visit", stub.ResolveCertificate, request)
        if answer is None:
            raise CertificateNotFound
        found, problem = answer.certificate, ""
        if answer.problem:
            problem = enum_name(certificate_pb2.CertificateProblem, "CERTIFICATE_PROBLEM_", answer.problem)
        return CertificateFacts(
            certificate_id=UUID(found.certificate_id),
            visit_id=UUID(found.visit_id),
            organization_id=UUID(found.organization_id),
            property_id=UUID(found.property_id),
            buyer_id=UUID(found.buyer_id),
            hash=found.hash,
            problem=problem,
        )
