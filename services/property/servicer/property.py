"""PropertyService."""

from typing import Any
from uuid import UUID

from doorstep.property.v1 import property_pb2, property_service_pb2_grpc
from doorstep.property.v1 import property_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.errors import invalid
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name, masked
from services.property.errors import PropertyNotFound
from services.property.mapping import listing as listings
from services.property.mapping import property as properties
from services.property.mapping.search import answer
from services.property.models import PROPERTY_FIELDS, Property
from services.property.operations import property as operations
from services.property.servicer.parts import Parts, member


class PropertyServicer(property_service_pb2_grpc.PropertyServiceServicer):
    """Properties of organisations."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateProperty(self, request: pb.CreatePropertyRequest, context: Any) -> pb.CreatePropertyResponse:
        """Creates a property of the caller's organisation."""
        values = properties.to_values(request.property)
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.create_property(tx, values, self._clock.now())
        return pb.CreatePropertyResponse(property=properties.to_message(row))

    async def GetProperty(self, request: pb.GetPropertyRequest, context: Any) -> pb.GetPropertyResponse:
        """Reads one property, with the listing by which it is on the market."""
        property_id, actor = parse_id(request.property_id), member()
        if actor is not None:
            try:
                home = await operations.get_property(self._db.hot(actor), property_id)
            except PropertyNotFound:
                return await self._public(property_id)
            listing = home.listing and listings.to_message(home.listing, self._clock.now())
            return pb.GetPropertyResponse(property=properties.to_message(home.row), current_listing=listing)
        return await self._public(property_id)

    async def _public(self, property_id: UUID) -> pb.GetPropertyResponse:
        found = await self._parts.index.of_property(property_id)
        if found is None:
            raise PropertyNotFound
        return answer(found[1], self._clock.now())

    async def ListProperties(self, request: pb.ListPropertiesRequest, context: Any) -> pb.ListPropertiesResponse:
        """Lists the properties of the caller's organisation, newest first."""
        page = self._parts.page_tokens.page(request)
        kind = enum_name(property_pb2.PropertyType, "PROPERTY_TYPE_", request.property_type)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_properties(
                tx,
                page,
                property_type=kind if request.property_type else None,
                city=request.city,
                postal_code=request.postal_code,
                originating_system_name=request.originating_system_name,
                originating_system_key=request.originating_system_key,
                archived=request.show_archived,
            )
        return pb.ListPropertiesResponse(
            properties=map(properties.to_message, rows.items), next_page_token=rows.next_page_token
        )

    async def UpdateProperty(self, request: pb.UpdatePropertyRequest, context: Any) -> pb.UpdatePropertyResponse:
        """Changes the fields named in `update_mask`; without a mask, the fields that are set in the request."""
        names = masked(request.property, request.update_mask, PROPERTY_FIELDS, "property")
        row = await self._update(request.property, names)
        return pb.UpdatePropertyResponse(property=properties.to_message(row))

    async def ReplaceProperty(self, request: pb.ReplacePropertyRequest, context: Any) -> pb.ReplacePropertyResponse:
        """Replaces a property."""
        row = await self._update(request.property, PROPERTY_FIELDS)
        return pb.ReplacePropertyResponse(property=properties.to_message(row))

    async def _update(self, message: property_pb2.Property, names: tuple[str, ...]) -> Property:
        property_id = id_of(message.property_id, "property.property_id")
        values = properties.to_values(message, names)
        async with self._db.transaction(current_actor()) as tx:
            return await operations.update_property(
                tx, property_id, values, etag=message.etag, check=properties.check_values, now=self._clock.now()
            )

    async def DeleteProperty(self, request: pb.DeletePropertyRequest, context: Any) -> pb.DeletePropertyResponse:
        """Archives a property."""
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.delete_property(
                tx, parse_id(request.property_id), etag=request.etag, now=self._clock.now()
            )
        return pb.DeletePropertyResponse(property=properties.to_message(row))

    async def UnarchiveProperty(
        self, request: pb.UnarchivePropertyRequest, context: Any
    ) -> pb.UnarchivePropertyResponse:
        """Brings an archived property back."""
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.unarchive_property(
                tx, parse_id(request.property_id), etag=request.etag, now=self._clock.now()
            )
        return pb.UnarchivePropertyResponse(property=properties.to_message(row))

    async def ListPropertyHistory(
        self, request: pb.ListPropertyHistoryRequest, context: Any
    ) -> pb.ListPropertyHistoryResponse:
        """Lists what has changed in a property and in its listings, field by field, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_property_history(tx, parse_id(request.property_id), request.field_name, page)
        return pb.ListPropertyHistoryResponse(
            entries=map(properties.to_history_entry, rows.items), next_page_token=rows.next_page_token
        )

    async def GetPropertyEngagement(
        self, request: pb.GetPropertyEngagementRequest, context: Any
    ) -> pb.GetPropertyEngagementResponse:
        """Reads how much a property was visited in VR."""
        property_id = parse_id(request.property_id)
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_property_engagement(tx, property_id)
        return pb.GetPropertyEngagementResponse(engagement=properties.to_engagement(str(property_id), row))


def id_of(text: str, field: str) -> UUID:
    """Read the id within a resource, whose other fields an update may leave out.

    Raises:
        InvalidFields: it is no UUID.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise invalid(field, "must be a valid UUID", "string.uuid") from error
