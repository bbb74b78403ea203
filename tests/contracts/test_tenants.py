"""Another organisation's thing and a thing that does not exist are the same to a caller, byte for byte.

For every RPC that names something by id: one organisation owns it, an administrator of another asks for it and for an
id that nobody has. The two answers must not differ; the owner's must, which shows that the id was looked at.
"""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict

from doorstep.property.v1 import import_service_pb2
from doorstep.vr.v1 import ingest_service_pb2, ingest_service_pb2_grpc
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.identity.permissions import CATALOGUE
from tests.contracts import sales, visits
from tests.contracts.test_access import SERVED_RPCS
from tests.contracts.visits import times as _times
from tests.contracts.walk import Rpc, rpcs
from tests.fixtures.servers import TestDatabase
from tests.identity.conftest import House
from tests.property.conftest import Market

CANARY = "Canary7Fq"
"""Stands in every text of the victim."""
QUIET = "Canary8Zt"
"""Stands in every text of somebody who never publishes anything."""

COLUMNS = "PropertyKey,PropertyType,City,Country,ListingId,ListPrice"

RESOURCES = {
    "api_key_id": "api_key",
    "invitation_id": "invitation",
    "organization_id": "organization",
    "user_id": "user",
    "actor_id": "user",
    "resource_id": "team",
    "role_id": "role",
    "team_id": "team",
    "import_id": "import",
    "listing_id": "listing",
    "property_id": "property",
    "agent_id": "user",
    "partner_request_id": "partner request",
    "partnership_id": "partnership",
    "buyer_id": "user",
    "engagement_id": "engagement",
    "visit_id": "visit",
    "conversation_id": "conversation",
    **sales.IDS,
    **visits.RESOURCES,
    "task_id": "task",
}

EXCEPTIONS = {
    "identity.AuthService.Login.organization_id": "asks for a password; tested where passwords are",
    "identity.SessionService.CheckSession.*": "for services only; answers live or not",
    "outreach.NotificationService.GetNotification.*": "belongs to a user; tested with two users in tests/outreach",
    "outreach.NotificationService.MarkNotificationRead.*": "belongs to a user; tested with two users in tests/outreach",
    "outreach.NotificationService.DeleteNotification.*": "belongs to a user; tested with two users in tests/outreach",
    "outreach.NotificationService.ListDeliveries.*": "belongs to a user; tested with two users in tests/outreach",
    "tasks.DeadLetterService.ReplayEventDeadLetter.*": "for operators of the platform, who belong to no organisation",
    "tasks.DeadLetterService.ReplayDeadLetter.*": "for operators of the platform, who belong to no organisation",
    "vr.IngestService.Connect.*": "a stream whose refusals stand in it; tested where streams are",
    "vr.IngestService.IngestBatches.*": "the caller streams; tested where streams are",
    "vr.IngestService.StartSession.participant_id": "a pseudonym, nothing of ours",
    "telemetry.SessionService.ListSessions.participant_id": "a pseudonym, nothing of ours",
    "vr.IngestService.StartSession.property_id": "telemetry does not ask property whose a property is: "
    "measurements stay with the organisation that sent them",
    "vr.IngestService.StartSession.session_id": "ids of sessions are the sender's own: another organisation's "
    "session of the same id is another session",
    "visit.AvailabilityService.GetAvailability.agent_id": "the victim's user has said no hours: all three answers are "
    "the same",
    "partnership.PartnerRequestService.CreatePartnerRequest.recipient_id": "everybody may be asked, in whichever "
    "organisation; whether there is such a user is the answer",
    "partnership.EngagementService.RequestEngagement.*": "every agent may be hired; tested where engagements are",
    "partnership.AgentProfileService.GetAgentProfile.agent_id": "profiles are for everybody; the victim's user has "
    "none: all three answers are the same",
    "partnership.AgentProfileService.ListAgentProfiles.agent_organization_id": "profiles are for everybody, by "
    "whichever organisation",
    "partnership.PartnershipService.BlockUser.user_id": "everybody may be blocked, in whichever organisation",
    "partnership.PartnershipService.UnblockUser.user_id": "nobody is blocked: all three answers are the same",
    "messaging.ConversationService.SendMessage.client_message_id": "the sender's own name for a message",
    "identity.UserService.UndeleteUser.user_id": "the victim is not deleted: all three answers are the same",
    **sales.EXCEPTIONS,
    **visits.EXCEPTIONS,
}
"""`package.Service.Rpc.field` → why it is not compared here."""

EXTRA: dict[str, dict[str, Any]] = {
    "UpdateOrganization": {"displayName": "Renamed"},
    "UpdateMember": {"roles": ["viewer"]},
    "UpdateRole": {"description": "Changed", "permissions": {"names": ["property.read"]}},
    "UpdateTeam": {"displayName": "Renamed"},
    "UpdateUser": {"givenName": "Renamed"},
    "CreateListing": {"listing": {"listPrice": {"currencyCode": "USD", "units": "5"}}},
    "UpdateListing": {"listing": {"publicRemarks": "Changed"}, "updateMask": "publicRemarks"},
    "UpdateProperty": {"property": {"city": "Changed"}, "updateMask": "city"},
    "ReplaceProperty": {
        "property": {
            "propertyType": "PROPERTY_TYPE_LAND",
            "unparsedAddress": "1 A St",
            "city": "B",
            "stateOrProvince": "WA",
            "postalCode": "98101",
            "country": "US",
        }
    },
    "CloseListing": {"closePrice": {"currencyCode": "USD", "units": "5"}},
    "IngestBatch": {"batch": {"part": 1, "events": [{"kind": "EVENT_KIND_CUSTOM", "name": "x"}]}},
    "ListZoneEvents": {"zone": "Kitchen"},
    # The listing is looked at before the people, whom nobody knows.
    "CreateConversation": {"participantIds": ["01900000-0000-7000-8000-0000000000ff"]},
    "SendMessage": {"clientMessageId": "n1", "text": "hello"},
    "MarkConversationDelivered": {"sequence": "1"},
    "MarkConversationRead": {"sequence": "1"},
    **sales.EXTRA,
}


# --- visits: times must lie ahead of whenever the tests run ---------------------------------------------------------

EXTRA |= {
    "RequestVisit": _times(0),
    "CounterVisit": _times(1),
    "RescheduleVisit": _times(2),
    "StartVisit": {"code": "123456"},
    "CreateTask": {"kind": "property.expire", "dueTime": _times(0)["startTime"]},
    "OverrideVisit": {"reason": "Both parties confirmed it."},
    "AcceptVisitEvidence": {"reason": "Both parties confirmed it."},
    **visits.EXTRA,
}


VISIT_PARTS = {
    "visit": "visit_id",
    "visited listing": "listing_id",
    "visited property": "property_id",
    "showing agent": "agent_id",
    "visiting buyer": "buyer_id",
}
"""What of a visit each resource is: lists of visits are filtered by things that have one."""


@dataclass
class Side:
    """An organisation with an administrator, and one of each resource."""

    admin: Any
    sign: Callable[[], str]
    mark: str
    made: dict[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """A new one each time: all that is done with it takes a busy machine longer than one lasts."""
        return self.sign()


class World:
    """Two organisations."""

    def __init__(self, suite: Harness, database: TestDatabase) -> None:
        self.suite = suite
        self.house = House(suite, database)
        self.market = Market(suite, database)
        self.sales = sales.Sales(self)
        self.number = 0

    async def side(self, mark: str) -> Side:
        admin = await self.house.admin(f"{mark} organisation")
        who: dict[str, Any] = {name: getattr(admin, name) for name in ("organization_id", "user_id", "session_id")}
        return Side(admin, lambda: self.suite.token(**who, roles=["admin"], permissions=CATALOGUE), mark)

    async def make(self, side: Side, resource: str) -> str:
        """A new one of a kind; texts hold the side's mark."""
        self.number += 1
        text = f"{side.mark} {resource} {self.number}"
        house, market = self.house, self.market
        side.admin.token = side.token  # the one of signing in does not last for ever either

        async def call(rpc: str, *, by: str = "", **fields: Any) -> Any:
            (found,) = [r for r in rpcs() if r.method.name == rpc]
            return await invoke(self.suite, found, ParseDict(fields, found.request()), by or side.token)

        async def asked() -> str:
            """A partner request that the administrator has received."""
            sender = await house.member(side.admin, "viewer", given_name=side.mark)
            made = await call("CreatePartnerRequest", by=sender.token, recipientId=side.admin.user_id, note=text)
            return str(made.partner_request.partner_request_id)

        match resource:
            case "organization":
                return str(side.admin.organization_id)
            case "user":
                return str((await house.member(side.admin, "viewer", given_name=side.mark)).user_id)
            case "team":
                team = str((await call("CreateTeam", displayName=text)).team.team_id)
                await call("AddTeamMember", teamId=team, userId=side.admin.user_id)
                return team
            case "role":
                name = f"{side.mark.lower()}_{self.number}"
                made = await call("CreateRole", name=name, description=text, permissions=["property.read"])
                return str(made.role.role_id)
            case "invitation":
                email = f"{side.mark.lower()}{self.number}@example.com"
                return str((await call("CreateInvitation", email=email, roles=["viewer"])).invitation.invitation_id)
            case "api_key":
                made = await call(
                    "CreateApiKey", displayName=text, kind="API_KEY_KIND_SERVER", permissions=["property.read"]
                )
                return str(made.api_key.api_key_id)
            case "identity session":
                return str((await house.sign_in(side.admin.email)).session_id)
            case "property":
                home = (await market.property(side.token, unparsed_address=text)).property_id
                await market.listing(side.token, home, public_remarks=text)
                await self.visit(side, home, text)
                return home
            case "listing":
                home = await self.make(side, "property")
                return (await market.listing(side.token, home, public_remarks=text)).listing_id
            case _ if resource in VISIT_PARTS or resource in visits.MADE:
                # What a home on the market says is for everybody: only the note holds the mark.
                home = (await market.property(side.token)).property_id
                listing = await market.listing(side.token, home)
                await market.move(side.token, listing.listing_id, "PublishListing")
                if resource in visits.MADE:
                    return await visits.make(
                        self.suite, call, resource, text=text, listing_id=listing.listing_id, hours=24 + self.number
                    )
                buyer = self.suite.token(user_id=new_id())
                times = _times(24 + self.number)
                visit = (await call("RequestVisit", by=buyer, listingId=listing.listing_id, note=text, **times)).visit
                return str(getattr(visit, VISIT_PARTS[resource]))
            case "import":
                request = import_service_pb2.ImportPropertiesRequest(mapping="doorstep", file_name=text)
                rows = f"{COLUMNS}\n{text},Residential,,US,{self.number},5\n"
                request.file.content_type, request.file.data = "text/csv", rows.encode()
                made = await market.call(market.imports.ImportProperties, request, side.token)
                return str(made.property_import.import_id)
            case "task":
                made = await call("CreateTask", kind="property.expire", dueTime=_times(0)["startTime"])
                return str(made.task.task_id)
            case "partner request":
                return await asked()
            case "partnership":
                accepted = await call("AcceptPartnerRequest", partnerRequestId=await asked())
                return str(accepted.partnership.partnership_id)
            case "engagement":
                agent = await house.member(side.admin, "agent", given_name=side.mark)
                made = await call(
                    "RequestEngagement",
                    agentId=agent.user_id,
                    agentOrganizationId=side.admin.organization_id,
                    purpose="ENGAGEMENT_PURPOSE_BUYING",
                    note=text,
                )
                return str(made.engagement.engagement_id)
            case "conversation":
                other = await house.member(side.admin, "viewer", given_name=side.mark)
                made = await call("CreateConversation", participantIds=[other.user_id], subject=text)
                return str(made.conversation.conversation_id)
            case "telemetry session":
                return await self.visit(side, await self.some(side, "property"), text)
        if resource in sales.PARTS:
            return await self.sales.make(side, resource, text, call)
        raise LookupError(resource)

    async def visit(self, side: Side, home: str, text: str) -> str:
        """A session in a home, begun and not ended."""
        stub = self.suite.stub(ingest_service_pb2_grpc.IngestServiceStub)
        request = ingest_service_pb2.StartSessionRequest(
            session_id=str(new_id()),
            property_id=home,
            coordinate_system="COORDINATE_SYSTEM_UNREAL",
            device_model=text,
        )
        return str((await self.suite.call(stub.StartSession, request, side.token)).welcome.session_id)

    async def some(self, side: Side, resource: str) -> str:
        """One of a kind, always the same."""
        if resource not in side.made:
            side.made[resource] = await self.make(side, resource)
        return side.made[resource]


async def invoke(suite: Harness, rpc: Rpc, request: Any, token: str) -> Any:
    """Call any RPC with one request; a stream's first message stands for it."""
    kind = "unary_stream" if rpc.streams[1] else "unary_unary"
    method = getattr(suite.channel, kind)(
        rpc.path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=rpc.answer.FromString
    )
    call = method(request, metadata=suite.metadata(token), timeout=20)
    if not rpc.streams[1]:
        return await call
    async for message in call:
        call.cancel()
        return message
    return await call.code()


async def seen(suite: Harness, rpc: Rpc, request: Any, token: str, used: str) -> tuple[str, bytes]:
    """Everything that a caller gets to see, without the request's own ids."""
    try:
        answer = await invoke(suite, rpc, request, token)
        code, raw = "OK", answer.SerializeToString(deterministic=True) if hasattr(answer, "DESCRIPTOR") else b""
    except grpc.aio.AioRpcError as error:
        trailing: Any = dict(error.trailing_metadata() or ())  # type: ignore[arg-type]
        code = error.code().name
        raw = (error.details() or "").encode() + b"|" + trailing.get("grpc-status-details-bin", b"")
        raw = raw.replace(str(trailing.get("x-request-id", "-")).encode(), b"<request>")
    return code, raw.replace(used.encode(), b"<id>")


def targets() -> list[tuple[Rpc, str]]:
    """Every RPC with every field that names something: (RPC, path of the field)."""
    found = []
    for rpc in rpcs():
        for asked in rpc.method.input_type.fields:
            if asked.name.endswith("_id") and asked.name != "request_id" and asked.type == FieldDescriptor.TYPE_STRING:
                found.append((rpc, asked.name))
            elif asked.name in ("listing", "property", "batch") and asked.message_type is not None:
                own = ("listing_id", "property_id", "session_id")
                fields = asked.message_type.fields_by_name
                found += [(rpc, f"{asked.name}.{name}") for name in own if name in fields]
    return found


def excepted(rpc: Rpc, path: str) -> bool:
    return f"{rpc.name}.{path}" in EXCEPTIONS or f"{rpc.name}.*" in EXCEPTIONS


OUTPUT_ONLY = {
    "property.ListingService.CreateListing.listing.listing_id": "made by the server",
    "property.ListingService.UpdateListing.listing.property_id": "cannot be changed",
    "property.PropertyService.CreateProperty.property.property_id": "made by the server",
}

COMPARED = [
    (rpc, path)
    for rpc, path in targets()
    if rpc in SERVED_RPCS
    and rpc.rule != "internal"
    and not excepted(rpc, path)
    and f"{rpc.name}.{path}" not in OUTPUT_ONLY
]


def resource_of(rpc: Rpc, path: str) -> str:
    name = path.rpartition(".")[2]
    if name == "session_id":
        return "identity session" if rpc.package == "identity" else "telemetry session"
    if f"{rpc.name}.{path}" in visits.OTHERWISE:
        return visits.OTHERWISE[f"{rpc.name}.{path}"]
    if rpc.method.name == "ListVisits":
        return next(resource for resource, part in VISIT_PARTS.items() if part == name)
    return sales.MEANT.get(rpc.method.name, {}).get(name) or RESOURCES[name]


@pytest_asyncio.fixture(scope="module")
async def sides(suite: Harness, suite_database: TestDatabase) -> AsyncIterator[tuple[World, Side, Side]]:
    world = World(suite, suite_database)
    victim, attacker = await world.side(CANARY), await world.side("Attacker")
    yield world, victim, attacker


async def request_for(world: World, rpc: Rpc, path: str, value: str, side: Side) -> Any:
    """A request that is valid but for `path`: other ids are the caller's own."""
    request = ParseDict(EXTRA.get(rpc.method.name, {}), rpc.request())
    for other, other_path in targets():
        if other == rpc and other_path != path and not excepted(rpc, other_path):
            if f"{rpc.name}.{other_path}" in OUTPUT_ONLY or rpc.method.name.startswith("List"):
                continue
            if other_path in sales.LEFT_OUT.get(rpc.method.name, ()):
                continue
            _put(request, other_path, await world.some(side, resource_of(rpc, other_path)))
    _put(request, path, value)
    if rpc.method.name == "IngestBatch":
        request.batch.events[0].time_us = int(time.time() * 1e6)
    return request


def _put(request: Any, path: str, value: str) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        request = getattr(request, parent)
    setattr(request, name, value)


@pytest.mark.parametrize(("rpc", "path"), COMPARED, ids=[f"{rpc}.{path}" for rpc, path in COMPARED])
async def test_a_foreign_thing_is_no_thing(sides: Any, rpc: Rpc, path: str) -> None:
    world, victim, attacker = sides
    resource = resource_of(rpc, path)
    target = await world.make(victim, resource)
    nothing = "999999999999" if resource == "task" else str(new_id())
    answers = []
    for value in (target, nothing):
        request = await request_for(world, rpc, path, value, attacker)
        answers.append(await seen(world.suite, rpc, request, attacker.token, value))
    assert answers[0] == answers[1]
    assert CANARY.encode() not in answers[0][1]
    assert answers[0][0] not in ("INTERNAL", "UNKNOWN", "INVALID_ARGUMENT"), answers[0]
    request = await request_for(world, rpc, path, target, victim)
    own = await seen(world.suite, rpc, request, victim.token, target)
    assert own != answers[0], f"the owner gets the same answer: {own}"


async def test_lists_show_nothing_of_others(sides: Any) -> None:
    world, _, attacker = sides
    victim = await world.side(QUIET)
    for resource in set(RESOURCES.values()):
        await world.some(victim, resource)
    looked = 0
    for rpc in SERVED_RPCS:
        if rpc.options.idempotency_level != 1 or rpc.streams[0] or rpc.rule == "internal":
            continue
        code, raw = await seen(world.suite, rpc, rpc.request(), attacker.token, "-")
        looked += code == "OK"
        assert QUIET.lower().encode() not in raw.lower(), rpc.name
    assert looked > 12


async def test_the_owner_sees_the_mark(sides: Any) -> None:
    """Else its absence would prove nothing."""
    world, _, _ = sides
    victim = await world.side(CANARY)  # one of each kind, so that all stand on the first page
    for resource in set(RESOURCES.values()):
        await world.some(victim, resource)
    found = set()
    for rpc in SERVED_RPCS:
        if rpc.method.name.startswith("List") and rpc.rule != "internal":
            request = rpc.request()
            if "page_size" in request.DESCRIPTOR.fields_by_name:
                request.page_size = 100
            _, raw = await seen(world.suite, rpc, request, victim.token, "-")
            if CANARY.encode() in raw or CANARY.lower().encode() in raw:
                found.add(rpc.method.name)
    assert {"ListTeams", "ListRoles", "ListInvitations", "ListApiKeys", "ListProperties", "ListListings"} <= found
    assert {"ListOffers", "ListDeals", "ListPipelines"} <= found


def test_exceptions_exist() -> None:
    names = {f"{rpc.name}.{path}" for rpc, path in targets()} | {f"{rpc.name}.*" for rpc, _ in targets()}
    assert set(EXCEPTIONS) | set(OUTPUT_ONLY) <= names, (set(EXCEPTIONS) | set(OUTPUT_ONLY)) - names


def test_most_are_compared() -> None:
    assert len(COMPARED) > 50
