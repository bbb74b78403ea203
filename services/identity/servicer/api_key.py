"""ApiKeyService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import api_key_service_pb2 as pb
from doorstep.identity.v1 import api_key_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.identity import mapping
from services.identity.operations import api_key as operations
from services.identity.servicer.parts import Parts


class ApiKeyServicer(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """API keys and device keys."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database
        self._parts = parts

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: Any) -> pb.CreateApiKeyResponse:
        """Make a key."""
        actor, now = current_actor(), self._parts.clock.now()
        async with self._db.transaction(actor) as tx:
            row, secret = await operations.create_api_key(
                tx,
                actor,
                display_name=request.display_name,
                kind=mapping.api_key_kind_name(request.kind),
                permissions=list(request.permissions),
                expire_time=mapping.moment_of(request, "expire_time"),
                device_serial=request.device_serial,
                now=now,
            )
        return pb.CreateApiKeyResponse(api_key=mapping.api_key(row, now), secret=secret)

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: Any) -> pb.ListApiKeysResponse:
        """List keys."""
        actor, page, now = current_actor(), self._parts.page_tokens.page(request), self._parts.clock.now()
        async with self._db.read(actor) as tx:
            found = await operations.list_api_keys(tx, actor, page=page, kind=mapping.api_key_kind_name(request.kind))
        return pb.ListApiKeysResponse(
            api_keys=[mapping.api_key(row, now) for row in found.items], next_page_token=found.next_page_token
        )

    async def GetApiKey(self, request: pb.GetApiKeyRequest, context: Any) -> pb.GetApiKeyResponse:
        """Read a key."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            row = await operations.get_api_key(tx, actor, key_id=UUID(request.api_key_id))
        return pb.GetApiKeyResponse(api_key=mapping.api_key(row, self._parts.clock.now()))

    async def RotateApiKey(self, request: pb.RotateApiKeyRequest, context: Any) -> pb.RotateApiKeyResponse:
        """Give a key a new secret."""
        actor, now = current_actor(), self._parts.clock.now()
        overlap = request.overlap.ToTimedelta() if request.HasField("overlap") else operations.DEFAULT_OVERLAP
        async with self._db.transaction(actor) as tx:
            row, secret = await operations.rotate_api_key(
                tx, actor, key_id=UUID(request.api_key_id), overlap=overlap, now=now
            )
        return pb.RotateApiKeyResponse(api_key=mapping.api_key(row, now), secret=secret)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: Any) -> pb.RevokeApiKeyResponse:
        """End a key."""
        actor, now = current_actor(), self._parts.clock.now()
        async with self._db.transaction(actor) as tx:
            row = await operations.revoke_api_key(tx, actor, key_id=UUID(request.api_key_id), now=now)
        return pb.RevokeApiKeyResponse(api_key=mapping.api_key(row, now))

    async def VerifyApiKey(self, request: pb.VerifyApiKeyRequest, context: Any) -> pb.VerifyApiKeyResponse:
        """Say whose key it is; its use is written down once a minute."""
        now = self._parts.clock.now()
        async with self._db.read(SYSTEM) as reading:
            row = await operations.verify_api_key(reading, text=request.api_key, now=now)
        if operations.needs_touch(row, now):
            async with self._db.transaction(SYSTEM) as tx:
                await operations.touch_api_key(tx, row, now=now)
        return pb.VerifyApiKeyResponse(
            organization_id=str(row.organization_id),
            api_key_id=str(row.id),
            kind=mapping.api_key_kind(row.kind),
            permissions=row.permissions,
            expire_time=mapping.timestamp(row.expire_time),
        )
