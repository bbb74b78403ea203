"""The ceiling of conversations: a grpc.aio server that keeps what is said in memory, no chain, rights or database.

Whoever calls WatchConversation is given a heartbeat, and then whatever anybody gives to SendMessage from then on: a
WatchConversationResponse that is serialised already. Prints {"port": ...}.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from doorstep.messaging.v1 import conversation_service_pb2 as pb

SERVICE = "doorstep.messaging.v1.ConversationService"


class Chat:
    """Everybody's queue."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()

    async def watch(self, _request: bytes, _context: Any) -> AsyncIterator[bytes]:
        """Give what is said from now on."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield pb.WatchConversationResponse(heartbeat=pb.StreamHeartbeat()).SerializeToString()
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    async def send(self, request: bytes, _context: Any) -> bytes:
        """Give it to everybody."""
        for queue in self._queues:
            queue.put_nowait(request)
        return b""


async def serve() -> None:
    """Until killed."""
    chat, server = Chat(), grpc.aio.server()
    handlers: dict[str, Any] = {
        "WatchConversation": grpc.unary_stream_rpc_method_handler(chat.watch),
        "SendMessage": grpc.unary_unary_rpc_method_handler(chat.send),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    print(json.dumps({"port": server.add_insecure_port("127.0.0.1:0")}), flush=True)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve())
