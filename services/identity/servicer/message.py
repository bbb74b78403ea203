"""MessageService."""

from typing import Any
from uuid import UUID

from doorstep.identity.v1 import message_service_pb2 as pb
from doorstep.identity.v1 import message_service_pb2_grpc
from services.chassis.actor import SYSTEM
from services.identity import mapping
from services.identity.operations import message as operations
from services.identity.servicer.parts import Parts


class MessageServicer(message_service_pb2_grpc.MessageServiceServicer):
    """Links and notices, for the service that sends them."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts."""
        self._db = parts.database

    async def GetAccountMessage(
        self, request: pb.GetAccountMessageRequest, context: Any
    ) -> pb.GetAccountMessageResponse:
        """Read one message."""
        async with self._db.read(SYSTEM) as tx:
            found = await operations.get_account_message(tx, UUID(request.message_id))
        return pb.GetAccountMessageResponse(message=mapping.account_message(found))
