"""What the gateway refuses, removes and bounds before a service sees it."""

import asyncio
import base64
import time
from typing import Any

import grpc
import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2

from gateway.settings import Limits
from tests.gateway.conftest import Edge
from tests.gateway.test_json import assert_problem


async def raw(edge: Edge, request: bytes) -> bytes:
    """What comes back for bytes on a plain connection, until the gateway closes it."""
    reader, writer = await asyncio.open_connection(edge.settings.public.host, edge.settings.public.port)
    writer.write(request)
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


def head(answer: bytes) -> tuple[bytes, bytes]:
    line = answer.split(b"\r\n", 1)[0].split(b" ")
    return (line[1] if len(line) > 1 else b"", answer.split(b"\r\n\r\n", 1)[-1])


def reason_of(error: grpc.aio.AioRpcError) -> str:
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.code == error.code().value[0]
    assert status.details[0].Unpack(info)
    return str(info.reason)


class TestTokens:
    async def test_good_and_absent_tokens_pass(self, edge: Edge) -> None:
        token = edge.token()
        seen = (await edge.http.get("/api/v1/echoes/a", headers=token)).json()["headers"]
        assert seen["authorization"] == token["authorization"]
        assert (await edge.http.get("/api/v1/echoes/a", headers={"x-api-key": "ds_live_x"})).status_code == 200
        request = edge.messages.echo("EchoRequest")()
        assert await edge.call("Create", request, metadata=list(token.items()))

    @pytest.mark.parametrize(
        "claims",
        [{"iss": "http://elsewhere"}, {"aud": "other"}, {"exp": time.time() - 60}, {"nbf": time.time() + 86_400}],
        ids=["issuer", "audience", "expired", "not yet"],
    )
    async def test_bad_tokens_reach_nobody(self, edge: Edge, claims: dict[str, Any]) -> None:
        await self.refused(edge, edge.token(**claims))

    @pytest.mark.parametrize("kind", ["forged", "none", "garbage"])
    async def test_forged_tokens_reach_nobody(self, edge: Edge, kind: str) -> None:
        header, body, signature = edge.keys.token().split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        forged = {"forged": f"{header}.{body}.{signature[::-1]}", "none": f"{none}.{body}.", "garbage": "a.b.c"}
        await self.refused(edge, {"authorization": f"Bearer {forged[kind]}"})

    async def refused(self, edge: Edge, headers: dict[str, str]) -> None:
        before = edge.calls("Create") + edge.calls("Read")
        answer = await edge.http.get("/api/v1/echoes/a", headers=headers)
        assert_problem(answer, 401, "UNAUTHENTICATED", "CREDENTIALS_INVALID")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await edge.call("Create", edge.messages.echo("EchoRequest")(), metadata=list(headers.items()))
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        assert reason_of(caught.value) == "CREDENTIALS_INVALID"
        assert edge.calls("Create") + edge.calls("Read") == before


class TestHeaders:
    async def test_internal_headers_never_come_from_outside(self, edge: Edge) -> None:
        sent = {
            "x-doorstep-service-token": "forged", "X-Doorstep-Org": "other", "x-envoy-original-path": "/elsewhere",
            "x-envoy-retry-on": "5xx", "x-envoy-upstream-rq-timeout-ms": "600000", "x-request-id": "chosen",
            "x-correlation-id": "chosen", "x-forwarded-for": "203.0.113.9", "x-envoy-external-address": "203.0.113.9",
            "x-forwarded-proto": "gopher",
        }  # fmt: skip
        seen = (await edge.http.get("/api/v1/echoes/a", headers=sent)).json()["headers"]
        assert not [name for name in seen if name.startswith("x-doorstep-")]
        assert "x-envoy-retry-on" not in seen
        assert seen["x-envoy-original-path"] == "/api/v1/echoes/a"
        assert seen["x-request-id"] == seen["x-correlation-id"] != "chosen"
        assert seen["x-envoy-external-address"] == "127.0.0.1"
        assert seen["x-forwarded-for"].rsplit(",", 1)[-1] != "203.0.113.9"
        assert seen["x-forwarded-proto"] == "http"
        metadata = (("x-doorstep-service-token", "forged"), ("x-doorstep-data-bin", b"1"))
        answer = await edge.call("Create", edge.messages.echo("EchoRequest")(), metadata=metadata)
        assert not [name for name in answer.headers if name.startswith("x-doorstep-")]

    async def test_a_name_that_grpc_forbids_is_dropped(self, edge: Edge) -> None:
        answer = await edge.http.get("/api/v1/echoes/a", headers={"x!": "1", "x-good": "2"})
        assert answer.status_code == 200
        assert answer.json()["headers"]["x-good"] == "2"

    async def test_headers_that_services_need_pass(self, edge: Edge) -> None:
        sent = {
            "idempotency-key": "k", "x-api-key": "ds_live_x",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }  # fmt: skip
        seen = (await edge.http.get("/api/v1/echoes/a", headers=sent)).json()["headers"]
        assert sent.items() <= seen.items()

    @pytest.mark.parametrize(
        ("headers", "status", "reason"),
        [
            ({"x_user_id": "1"}, 400, "MALFORMED_REQUEST"),
            ({"x-large": "x" * 20_000}, 431, "HEADERS_TOO_LARGE"),
            ({f"x-{n}": "1" for n in range(100)}, 431, "HEADERS_TOO_LARGE"),
        ],
        ids=["underscore", "large", "many"],
    )
    async def test_headers_that_are_not_read(
        self, edge: Edge, headers: dict[str, str], status: int, reason: str
    ) -> None:
        answer = await edge.http.get("/healthz", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["reason"] == reason
        assert "instance" not in answer.json(), "it has no id yet"
        assert answer.headers["x-frame-options"] == "DENY"

    @pytest.mark.parametrize("path", ["/api/v1/echoes/a%2Fb", "/api/v1/echoes/a%5cb", "/api/v1/echoes/%00"])
    async def test_escaped_slashes_and_zeros(self, edge: Edge, path: str) -> None:
        assert (
            head(await raw(edge, f"GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".encode()))[0] == b"400"
        )

    async def test_paths_are_normalised(self, edge: Edge) -> None:
        request = b"GET /docs/../api/v1/./echoes//abc HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        status, body = head(await raw(edge, request))
        assert status == b"200"
        assert b'"text":"abc"' in body


class TestWire:
    @pytest.mark.parametrize(
        ("request_bytes", "status"),
        [
            (
                b"POST /api/v1/echoes HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n",
                b"400",
            ),
            (b"POST /api/v1/echoes HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nabcde", b"400"),
            (b"GET /healthz HTTP/1.0\r\n\r\n", b"426"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
            (b"nonsense\r\n\r\n", b"400"),
            (b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\nconnection: close\r\n\r\n", b"408"),
        ],
        ids=["both lengths", "two lengths", "http/1.0", "tls hello", "garbage", "connect"],
    )
    async def test_requests_that_are_none(self, hasty_edge: Edge, request_bytes: bytes, status: bytes) -> None:
        assert head(await raw(hasty_edge, request_bytes))[0] == status

    async def test_slow_headers_and_slow_bodies_are_cut_off(self, hasty_edge: Edge) -> None:
        edge = hasty_edge
        slow_header, slow_body = await asyncio.gather(
            raw(edge, b"GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow"),
            raw(
                edge,
                b"POST /api/v1/echoes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                b"content-length: 100\r\n\r\n{",
            ),
        )
        assert head(slow_header)[0] == b"408"
        assert head(slow_body)[0] == b"408"
        assert b'"reason":"DEADLINE_EXCEEDED"' in slow_body

    async def test_a_trickling_body_is_cut_off_too(self, hasty_edge: Edge) -> None:
        edge = hasty_edge
        reader, writer = await asyncio.open_connection(edge.settings.public.host, edge.settings.public.port)
        writer.write(
            b"POST /api/v1/echoes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n"
        )
        answer = b""
        try:
            async with asyncio.timeout(20):
                while not answer and not reader.at_eof():
                    writer.write(b" ")
                    try:
                        answer = await asyncio.wait_for(reader.read(4096), 0.2)
                    except TimeoutError:
                        continue
        finally:
            writer.close()
        assert head(answer)[0] in (b"408", b"504")

    async def test_rapid_reset_closes_the_connection(self, edge: Edge) -> None:
        reader, writer = await asyncio.open_connection(edge.settings.public.host, edge.settings.public.port)
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        connection.initiate_connection()
        connection.increment_flow_control_window(1 << 20)
        headers = [
            (":method", "GET"), (":path", "/api/v1/echoes/a"), (":scheme", "http"), (":authority", "a"),
        ]  # fmt: skip
        closed = False
        try:
            async with asyncio.timeout(100):
                for stream in range(1, 2 * 20_000, 2):
                    connection.send_headers(stream, headers, end_stream=True)
                    connection.reset_stream(stream)
                    if stream % 100 == 1:
                        writer.write(connection.data_to_send())
                        await writer.drain()
        except (ConnectionError, h2.exceptions.ProtocolError):
            closed = True
        finally:
            writer.close()
        assert closed or reader.at_eof()
        assert (await edge.http.get("/api/v1/echoes/a")).status_code == 200

    async def test_a_flood_of_header_fragments_closes_the_connection(self, edge: Edge) -> None:
        reader, writer = await asyncio.open_connection(edge.settings.public.host, edge.settings.public.port)
        writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04\x00" + bytes(4))
        # HEADERS that never end: type 1, then CONTINUATION, type 9, without END_HEADERS.
        writer.write(b"\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82")
        try:
            async with asyncio.timeout(100):
                for _ in range(20_000):
                    writer.write(b"\x00\x00\x01\x09\x00\x00\x00\x00\x01\x82")
                    await writer.drain()
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()
        assert (await edge.http.get("/healthz")).status_code == 200

    @pytest.mark.parametrize("small_edge", [Limits(connections=5)], indirect=True)
    async def test_more_connections_than_allowed_are_closed_but_operators_get_in(self, small_edge: Edge) -> None:
        public = small_edge.settings.public
        opened = [await asyncio.open_connection(public.host, public.port) for _ in range(20)]
        reading = [asyncio.create_task(reader.read()) for reader, _ in opened]
        try:
            async with asyncio.timeout(60):
                while sum(one.done() for one in reading) < 15:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            closed = await asyncio.gather(*(one for one in reading if one.done()), return_exceptions=True)
            assert all(one == b"" or isinstance(one, ConnectionError) for one in closed), closed
            async with httpx.AsyncClient(base_url=small_edge.operator) as operator:
                assert (await operator.get("/readyz")).status_code == 200
        finally:
            for _, writer in opened:
                writer.close()
            await asyncio.gather(*reading, return_exceptions=True)


class TestReach:
    async def test_internal_calls_and_health_are_not_for_clients(self, edge: Edge) -> None:
        echo, response = edge.messages.echo("EchoRequest")(), edge.messages.echo("EchoResponse")
        health = health_pb2.HealthCheckRequest()
        for path, request in (
            ("/doorstep.echo.v1.EchoService/Inside", echo),
            ("/doorstep.echo.v1.InsideService/Peek", echo),
            ("/doorstep.echo.v1.NoService/Nothing", echo),
            ("/grpc.health.v1.Health/Check", health),
        ):
            stub = edge.channel.unary_unary(
                path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=response.FromString
            )
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub(request)
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED, path
            assert reason_of(caught.value) == "PATH_NOT_FOUND"
        assert edge.calls("Inside") + edge.calls("Peek") == 0

    async def test_a_body_over_the_limit_over_grpc(self, edge: Edge) -> None:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await edge.call("Create", edge.messages.echo("EchoRequest")(text="x" * (2 << 20)))
        assert reason_of(caught.value) == "REQUEST_TOO_LARGE"

    async def test_cross_origin_calls_from_the_list_only(self, edge: Edge) -> None:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,x-grpc-web"}
        for path in ("/api/v1/echoes", "/doorstep.echo.v1.EchoService/Create"):
            answer = await edge.http.options(path, headers={"origin": "https://app.example", **asked})
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
            assert "POST" in answer.headers["access-control-allow-methods"]
            assert "access-control-allow-credentials" not in answer.headers
            for other in ("https://evil.example", "https://app.example.evil.example", "null"):
                foreign = await edge.http.options(path, headers={"origin": other, **asked})
                assert "access-control-allow-origin" not in foreign.headers, other
        answer = await edge.http.get("/api/v1/echoes/a", headers={"origin": "https://app.example"})
        assert "x-correlation-id" in answer.headers["access-control-expose-headers"]
        refused = await edge.http.get(
            "/api/v1/echoes/a", headers={"origin": "https://app.example", "authorization": "Bearer a.b.c"}
        )
        assert refused.headers["access-control-allow-origin"] == "https://app.example"

    async def test_the_access_log_tells_what_happened_and_no_secret(self, edge: Edge) -> None:
        token = edge.token()
        answer = await edge.http.get("/api/v1/echoes/fail=NOT_FOUND?count=12345", headers=token)
        log = edge.gateway.folder / "access.log"
        async with asyncio.timeout(60):
            while answer.headers["x-request-id"] not in log.read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        line = next(line for line in log.read_text().splitlines() if answer.headers["x-request-id"] in line)
        assert '"reason":"ECHO_FAILED"' in line
        assert '"path":"/api/v1/echoes/fail=NOT_FOUND"' in line
        assert "12345" not in line
        assert token["authorization"].split(".")[-1] not in log.read_text()


class TestLoad:
    async def test_more_calls_than_the_workers_take_are_shed_at_once(self, small_edge: Edge) -> None:
        edge = small_edge
        held = [asyncio.create_task(edge.http.get("/api/v1/echoes/hold")) for _ in range(10)]
        async with asyncio.timeout(60):
            while edge.calls("Read") < 10:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        shed = await edge.http.get("/api/v1/echoes/a")
        assert_problem(shed, 503, "UNAVAILABLE", "OVERLOADED")
        assert shed.headers["retry-after"] == "1"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await edge.call("Create", edge.messages.echo("EchoRequest")())
        assert reason_of(caught.value) == "OVERLOADED"
        assert (await edge.http.get("/api/v1/echoes/a:watch")).status_code == 200, "streams have a bound of their own"
        for worker in edge.workers:
            worker.release.set()
        assert {answer.status_code for answer in await asyncio.gather(*held)} == {200}
        assert (await edge.http.get("/api/v1/echoes/a")).status_code == 200

    @pytest.mark.parametrize("small_edge", [Limits(requests_per_second_per_address=10)], indirect=True)
    async def test_a_flood_from_one_address_is_refused(self, small_edge: Edge) -> None:
        # At once: one after the other, a busy machine may take so long that each is allowed.
        answers = await asyncio.gather(*(small_edge.http.get("/healthz") for _ in range(80)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert_problem(refused[0], 429, "RESOURCE_EXHAUSTED", "RATE_LIMITED")
        assert refused[0].headers["retry-after"] == "1"
        calls = [small_edge.call("Create", small_edge.messages.echo("EchoRequest")()) for _ in range(80)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        error = next(outcome for outcome in outcomes if isinstance(outcome, grpc.aio.AioRpcError))
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert reason_of(error) == "RATE_LIMITED"
