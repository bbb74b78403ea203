"""Workers behind the gateway under test: an echo service, and keys as the identity service publishes them."""

import asyncio
import collections
import dataclasses
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from joserfc import jwt
from joserfc.jwk import RSAKey

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "doorstep.echo.v1.EchoService"
ISSUER = "http://gateway.test"


def build_image(folder: Path) -> bytes:
    """The descriptor set of the echo service."""
    shutil.copytree(ROOT / "third_party" / "proto", folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "proto" / "doorstep" / "options", folder / "doorstep" / "options")
    target = folder / "doorstep" / "echo" / "v1"
    target.mkdir(parents=True)
    shutil.copy2(ROOT / "tests" / "gateway" / "proto" / "echo.proto", target)
    (folder / "buf.yaml").write_text("version: v2\n")
    buf = ROOT / ".venv" / "bin" / "buf"
    subprocess.run([str(buf), "build", "--exclude-source-info", "-o", "image.binpb"], cwd=folder, check=True)
    return (folder / "image.binpb").read_bytes()


class Messages:
    """Message classes out of a descriptor set."""

    def __init__(self, image: bytes) -> None:
        self.pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(image).file:
            self.pool.Add(file)  # type: ignore[no-untyped-call]

    def __call__(self, name: str) -> Any:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def echo(self, name: str) -> Any:
        return self(f"doorstep.echo.v1.{name}")


@dataclasses.dataclass
class Keys:
    """A signing key and tokens by it."""

    key: RSAKey = dataclasses.field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))

    @property
    def jwks(self) -> str:
        return json.dumps({"keys": [{**self.key.as_dict(private=False), "alg": "RS256"}]})

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        body = {"iss": ISSUER, "aud": "doorstep", "sub": "somebody", "iat": now, "nbf": now, "exp": now + 300, **claims}
        header = {"alg": "RS256", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, body, self.key)


def failure(code: grpc.StatusCode, reason: str, message: str, *details: Any) -> grpc.aio.Metadata:
    """Trailing metadata of an error as the chassis sends it."""
    packed = []
    info = error_details_pb2.ErrorInfo(reason=reason, domain="doorstep", metadata={"quote": 'a "b" {c}'})
    for detail in (info, *details):
        packed.append(any_pb2.Any())
        packed[-1].Pack(detail)
    status = status_pb2.Status(code=code.value[0], message=message, details=packed)
    return grpc.aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))


class Worker(grpc.GenericRpcHandler):  # type: ignore[misc]
    """One process's worth of server."""

    def __init__(self, name: str, messages: Messages, keys: Keys) -> None:
        self.name = name
        self.messages = messages
        self.keys = keys
        self.calls: collections.Counter[str] = collections.Counter()
        self.health = health.aio.HealthServicer()
        self.release = asyncio.Event()
        self.watching = 0
        self.port = 0
        self.server: grpc.aio.Server | None = None

    async def start(self, port: int = 0) -> None:
        # Bursts of new streams wait in the server before Python sees them.
        self.server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self.server.add_generic_rpc_handlers((self,))
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        reflection.enable_server_reflection([SERVICE], self.server, pool=self.messages.pool)
        await self.health.set("", health_pb2.HealthCheckResponse.SERVING)
        self.port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        await self.server.start()

    async def stop(self, grace: float | None = None) -> None:
        if self.server is not None:
            await self.server.stop(grace)

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        path = details.method
        request, response = self.messages.echo("EchoRequest"), self.messages.echo("EchoResponse")
        both = {"response_serializer": response.SerializeToString, "request_deserializer": request.FromString}
        event = self.messages.echo("Event").SerializeToString
        name = path.rsplit("/", 1)[1]
        self.calls[name] += not path.startswith("/grpc.")
        if path == f"/{SERVICE}/GetKeys":
            return grpc.unary_unary_rpc_method_handler(self.jwks, lambda _: None, lambda m: m.SerializeToString())
        if path.startswith(f"/{SERVICE}/") or path.startswith("/doorstep.echo.v1.InsideService/"):
            if name == "Watch":
                watch = self.messages.echo("WatchRequest").FromString
                return grpc.unary_stream_rpc_method_handler(self.watch, watch, event)
            if name == "Upload":
                return grpc.stream_unary_rpc_method_handler(self.upload, **both)
            if name == "Chat":
                return grpc.stream_stream_rpc_method_handler(self.chat, request.FromString, event)
            if name == "Raw":
                raw = self.messages.echo("RawRequest").FromString
                return grpc.unary_unary_rpc_method_handler(self.raw, raw, response.SerializeToString)
            return grpc.unary_unary_rpc_method_handler(self.answer, **both)
        return None

    async def jwks(self, _: Any, context: Any) -> Any:
        del context
        fields = {name: self.keys.key.as_dict(private=False)[name] for name in ("kty", "kid", "n", "e")}
        return self.messages.echo("GetKeysResponse")(keys=[{**fields, "alg": "RS256", "use": "sig"}])

    async def answer(self, request: Any, context: Any) -> Any:
        command, _, argument = request.text.partition("=")
        if command == "fail":
            code = grpc.StatusCode[argument]
            violation = error_details_pb2.BadRequest.FieldViolation(field="text", description="no {good}", reason="BAD")
            details: list[Any] = []
            if code is grpc.StatusCode.INVALID_ARGUMENT:
                details = [error_details_pb2.BadRequest(field_violations=[violation])]
            if code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED):
                details = [error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=6, nanos=500_000_000))]
            trailers = failure(code, "ECHO_FAILED", 'Asked to "fail".', *details)
            if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
                trailers.add("retry-after", "7")
            await context.abort(code, 'Asked to "fail".', tuple(trailers))
        if command == "bare":
            await context.abort(grpc.StatusCode[argument], "no details")
        if command == "sleep":
            await asyncio.sleep(float(argument))
        if command == "hold":
            await self.release.wait()
        text = "x" * int(argument) if command == "size" else request.text
        seen = dict(context.invocation_metadata())
        headers = {name: value for name, value in seen.items() if isinstance(value, str)}
        return self.messages.echo("EchoResponse")(text=text, count=request.count, headers=headers, server=self.name)

    async def raw(self, request: Any, context: Any) -> Any:
        del context
        return self.messages.echo("EchoResponse")(text=request.body.content_type, count=len(request.body.data))

    async def upload(self, requests: AsyncIterator[Any], context: Any) -> Any:
        del context
        count, size = 0, 0
        async for request in requests:
            count, size = count + 1, size + len(request.text)
        return self.messages.echo("EchoResponse")(count=count, text=str(size))

    async def watch(self, request: Any, context: Any) -> AsyncIterator[Any]:
        event = self.messages.echo("Event")
        start = request.after_sequence
        self.watching += 1
        try:
            for sequence in range(start + 1, start + 4):
                yield event(sequence=sequence, text=request.text)
            if request.text == "forever":
                while True:
                    await asyncio.sleep(0.5)
                    yield event(sequence=0)
            if request.text == "break":
                await context.abort(grpc.StatusCode.UNAVAILABLE, "broken off")
        finally:
            self.watching -= 1

    async def chat(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        del context
        async for request in requests:
            yield self.messages.echo("Event")(text=request.text)
