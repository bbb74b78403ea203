"""The ceiling of watching: a grpc.aio server that keeps what it sends in memory, without a chain, rights or a database.

Whoever calls WatchSession is given a heartbeat and then every part that Play makes up: its request, JSON, says how
many, and how many a second. Prints {"port": ...}.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb

SERVICE = "doorstep.telemetry.v1.TelemetryQueryService"
PLAY = f"/{SERVICE}/Play"


class FanOut:
    """Everybody's queue."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()

    async def watch(self, _request: bytes, _context: Any) -> AsyncIterator[bytes]:
        """Give what is played from now on."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield pb.WatchSessionResponse(heartbeat=pb.StreamHeartbeat()).SerializeToString()
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)

    async def play(self, request: bytes, _context: Any) -> bytes:
        """Make up parts when they are due."""
        told = json.loads(request)
        begun = time.perf_counter_ns() + 200_000_000
        for number in range(told["parts"]):
            due = begun + int(number / told["rate"] * 1e9)
            await asyncio.sleep(max(0, due - time.perf_counter_ns()) / 1e9)
            message = pb.WatchSessionResponse(sequence=f"0.{number + 1}")
            message.batch.part, message.batch.pose_sample_count = number + 1, 6
            message.batch.events.add(event_id=f"0.{number + 1}.0", name=str(due)).time.GetCurrentTime()
            message.batch.last_pose.time.GetCurrentTime()
            raw = message.SerializeToString()
            for queue in self._queues:
                queue.put_nowait(raw)
        return b""


async def serve() -> None:
    """Until killed."""
    fan_out, server = FanOut(), grpc.aio.server()
    handlers: dict[str, Any] = {
        "WatchSession": grpc.unary_stream_rpc_method_handler(fan_out.watch),
        "Play": grpc.unary_unary_rpc_method_handler(fan_out.play),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    print(json.dumps({"port": server.add_insecure_port("127.0.0.1:0")}), flush=True)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(serve())
