"""Streams through the gateway: server-sent events, lines, arrays, uploads, and gRPC streams of all kinds."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import Edge

PATH = "/api/v1/echoes/abc:watch"


def events(text: str) -> list[dict[str, str]]:
    """The events of a stream, as a browser reads them."""
    blocks = [block.strip().split("\n") for block in text.split("\n\n") if block.strip()]
    return [dict(line.split(": ", 1) for line in block) for block in blocks]


class TestJson:
    async def test_server_sent_events_carry_ids(self, edge: Edge) -> None:
        answer = await edge.http.get(PATH, headers={"accept": "text/event-stream"})
        assert answer.headers["content-type"] == "text/event-stream"
        found = events(answer.text)
        assert [event["id"] for event in found] == ["1", "2", "3"]
        assert json.loads(found[0]["data"]) == {"sequence": "1", "text": "abc"}

    async def test_last_event_id_resumes(self, edge: Edge) -> None:
        headers = {"accept": "text/event-stream", "last-event-id": "41"}
        answer = await edge.http.get(PATH, headers=headers)
        assert [event["id"] for event in events(answer.text)] == ["42", "43", "44"]

    async def test_last_event_id_cannot_add_other_parameters(self, edge: Edge) -> None:
        headers = {"accept": "text/event-stream", "last-event-id": "41&text=x"}
        assert (await edge.http.get(PATH, headers=headers)).status_code == 400

    async def test_lines(self, edge: Edge) -> None:
        answer = await edge.http.get(PATH, headers={"accept": "application/x-ndjson"})
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert [json.loads(line)["sequence"] for line in answer.text.splitlines()] == ["1", "2", "3"]

    async def test_array_by_default(self, edge: Edge) -> None:
        assert [event["sequence"] for event in (await edge.http.get(PATH)).json()] == ["1", "2", "3"]

    async def test_events_arrive_at_once_and_outlive_the_limit_of_unary_calls(self, hasty_edge: Edge) -> None:
        edge = hasty_edge
        path = "/api/v1/echoes/forever:watch"
        headers = {"accept": "text/event-stream", "accept-encoding": "gzip"}
        loop = asyncio.get_running_loop()
        started, seen = loop.time(), 0
        async with edge.http.stream("GET", path, headers=headers) as answer:
            assert "content-encoding" not in answer.headers
            async for line in answer.aiter_lines():
                seen += line.startswith("id: ")
                if loop.time() - started > edge.settings.limits.request_seconds + 0.5:
                    break
        assert seen == 3
        # The client is gone: so must be the call.
        async with asyncio.timeout(60):
            while any(worker.watching for worker in edge.workers):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def test_uploads_are_not_bounded_like_unary_calls(self, edge: Edge) -> None:
        parts = [{"text": "x" * 100_000}] * 30
        answer = await edge.http.post("/api/v1/echoes:upload", json=parts)
        assert (answer.json()["count"], answer.json()["text"]) == (30, "3000000")


class TestGrpc:
    async def test_bidirectional(self, edge: Edge) -> None:
        request, event = edge.messages.echo("EchoRequest"), edge.messages.echo("Event")
        call = edge.channel.stream_stream(
            "/doorstep.echo.v1.EchoService/Chat",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=event.FromString,
        )()
        for text in ("a", "b" * 200_000, "c"):
            await call.write(request(text=text))
            assert (await call.read()).text == text
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF

    async def test_client_stream_over_the_body_limit(self, edge: Edge) -> None:
        request, response = edge.messages.echo("EchoRequest"), edge.messages.echo("EchoResponse")

        async def parts() -> AsyncIterator[Any]:
            for _ in range(30):
                yield request(text="x" * 100_000)

        stub = edge.channel.stream_unary(
            "/doorstep.echo.v1.EchoService/Upload",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=response.FromString,
        )
        assert (await stub(parts())).count == 30

    async def test_error_in_the_middle(self, edge: Edge) -> None:
        request, event = edge.messages.echo("WatchRequest"), edge.messages.echo("Event")
        call = edge.channel.unary_stream(
            "/doorstep.echo.v1.EchoService/Watch",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=event.FromString,
        )(request(text="break"))
        assert [(await call.read()).sequence for _ in range(3)] == [1, 2, 3]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

    async def test_silent_streams_end(self, hasty_edge: Edge) -> None:
        edge = hasty_edge
        request, event = edge.messages.echo("EchoRequest"), edge.messages.echo("Event")
        call = edge.channel.stream_stream(
            "/doorstep.echo.v1.EchoService/Chat",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=event.FromString,
        )()
        await call.write(request(text="a"))
        await call.read()
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()


class TestGrpcWeb:
    def frame(self, message: Any) -> bytes:
        data: bytes = message.SerializeToString()
        return struct.pack(">BI", 0, len(data)) + data

    def frames(self, body: bytes) -> list[tuple[int, bytes]]:
        found = []
        while body:
            kind, length = struct.unpack(">BI", body[:5])
            found.append((kind, body[5 : 5 + length]))
            body = body[5 + length :]
        return found

    async def call(self, edge: Edge, method: str, message: Any) -> list[tuple[int, bytes]]:
        answer = await edge.http.post(
            f"/doorstep.echo.v1.EchoService/{method}",
            content=self.frame(message),
            headers={"content-type": "application/grpc-web+proto", "x-grpc-web": "1"},
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/grpc-web")
        return self.frames(answer.content)

    async def test_unary(self, edge: Edge) -> None:
        found = await self.call(edge, "Create", edge.messages.echo("EchoRequest")(text="web"))
        assert edge.messages.echo("EchoResponse").FromString(found[0][1]).text == "web"
        assert found[-1][0] == 0x80
        assert b"grpc-status:0" in found[-1][1]

    async def test_stream(self, edge: Edge) -> None:
        found = await self.call(edge, "Watch", edge.messages.echo("WatchRequest")(text="web"))
        assert [kind for kind, _ in found] == [0, 0, 0, 0x80]
