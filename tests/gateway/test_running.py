"""Starting, exchanging and stopping; workers that drain, die and come back."""

import asyncio
import dataclasses
import json
import re
import socket
import ssl
import subprocess
from pathlib import Path

import grpc
import httpx
import pydantic
import pytest
import yaml
from envoy_data_plane.envoy.config.core import v3 as core
from grpc_health.v1 import health_pb2

from gateway import assets, config, runner
from gateway.contract import Binding, public_methods
from gateway.runner import Gateway, GatewayError, PortTaken
from gateway.settings import Address, GatewaySettings, Limits, Tls, Upstream
from tests.gateway.backend import ISSUER, SERVICE, Keys, Messages
from tests.gateway.conftest import Edge, free_port, until_ready
from tests.gateway.test_json import assert_problem

ROOT = Path(__file__).resolve().parents[2]


class Traffic:
    """Calls one after another, on a connection each, until stopped; what came back."""

    def __init__(
        self, edge: Edge, path: str = "/api/v1/echoes/a", verb: str = "GET", headers: dict[str, str] | None = None
    ) -> None:
        self.edge = edge
        self.headers = headers
        self.verb, self.path = verb, path
        self.outcomes: list[int] = []
        self.stopping = asyncio.Event()

    async def _run(self) -> None:
        while not self.stopping.is_set():
            async with httpx.AsyncClient(base_url=self.edge.http.base_url, timeout=30) as http:
                for _ in range(5):
                    body = {"text": "a"} if self.verb == "POST" else None
                    answer = await http.request(self.verb, self.path, json=body, headers=self.headers)
                    self.outcomes.append(answer.status_code)

    async def __aenter__(self) -> "Traffic":
        self._tasks = [asyncio.create_task(self._run()) for _ in range(4)]
        await self.more(20)
        return self

    async def more(self, number: int) -> None:
        """Wait for so many further answers."""
        wanted = len(self.outcomes) + number
        async with asyncio.timeout(60):
            while len(self.outcomes) < wanted and not all(task.done() for task in self._tasks):  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def __aexit__(self, *_: object) -> None:
        self.stopping.set()
        await asyncio.gather(*self._tasks)


class TestSwap:
    async def test_no_call_is_lost(self, small_edge: Edge) -> None:
        edge = small_edge
        first = edge.gateway.pid
        limits = dataclasses.replace(edge.settings.limits, requests_per_worker=128, body_bytes=64 << 10)
        async with Traffic(edge) as traffic:
            await edge.restart(limits=limits, drain_seconds=8)
            await traffic.more(50)
        assert set(traffic.outcomes) == {200}
        assert edge.gateway.pid != first
        async with httpx.AsyncClient(base_url=edge.http.base_url) as http:
            answer = await http.post("/api/v1/echoes", json={"text": "x" * 100_000})
        assert answer.status_code == 413, "the new settings are in force"

    async def test_a_bad_successor_leaves_the_running_one(self, small_edge: Edge) -> None:
        first = small_edge.gateway.pid
        with pytest.raises(GatewayError):
            await small_edge.restart(jwks='{"keys": []}')
        assert small_edge.gateway.pid == first
        assert (await small_edge.http.get("/healthz")).status_code == 200


class TestWorkers:
    async def test_a_draining_worker_gets_no_more_calls_and_none_fails(self, small_edge: Edge) -> None:
        edge = small_edge
        one, two = edge.workers
        async with Traffic(edge, "/api/v1/echoes", "POST") as traffic:
            await one.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
            async with asyncio.timeout(60):
                seen = -1
                while seen != one.calls["Create"]:
                    seen = one.calls["Create"]
                    await traffic.more(20)
            await one.stop(grace=1)
            await traffic.more(50)
            await one.start(one.port)
            before = one.calls["Create"]
            async with asyncio.timeout(60):
                while one.calls["Create"] == before:
                    await traffic.more(10)
        assert set(traffic.outcomes) == {200}
        assert one.calls["Create"] + two.calls["Create"] == len(traffic.outcomes), "nothing ran twice"

    async def test_reads_survive_a_worker_that_dies(self, small_edge: Edge) -> None:
        async with Traffic(small_edge) as traffic:
            await small_edge.workers[0].stop()
            await traffic.more(50)
        assert set(traffic.outcomes) == {200}

    async def test_no_worker_left(self, small_edge: Edge) -> None:
        edge = small_edge
        for worker in edge.workers:
            await worker.health.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
        async with asyncio.timeout(60):
            while (ready := await edge.http.get("/readyz")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            assert_problem(ready, 503, "UNAVAILABLE", "DEPENDENCY_UNAVAILABLE")
            # Envoy's threads learn of it one after another.
            while (answer := await edge.http.get("/api/v1/echoes/a")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert_problem(answer, 503, "UNAVAILABLE", "DEPENDENCY_UNAVAILABLE")
        assert answer.headers["retry-after"] == "1"
        assert (await edge.http.get("/healthz")).status_code == 200
        for worker in edge.workers:
            await worker.health.set("", health_pb2.HealthCheckResponse.SERVING)
        await until_ready(edge)


class TestRetries:
    async def test_calls_that_may_not_run_twice_are_sent_once(self, edge: Edge) -> None:
        before = edge.calls("Create")
        await edge.http.post("/api/v1/echoes", json={"text": "fail=UNAVAILABLE"})
        assert edge.calls("Create") == before + 1

    async def test_calls_with_a_key_and_reads_are_sent_again(self, edge: Edge) -> None:
        before = edge.calls("Create"), edge.calls("Read")
        body, key = {"text": "fail=UNAVAILABLE"}, {"idempotency-key": "k"}
        answer = await edge.http.post("/api/v1/echoes", json=body, headers=key)
        assert_problem(answer, 503, "UNAVAILABLE", "ECHO_FAILED")
        await edge.http.get("/api/v1/echoes/fail=UNAVAILABLE")
        assert edge.calls("Create") == before[0] + 3
        assert edge.calls("Read") == before[1] + 3

    @pytest.mark.parametrize(("name", "path", "key"), [("Enter", ":enter", "k"), ("Create", "", "")])
    async def test_calls_with_a_key_that_no_service_heeds_are_sent_once(
        self, edge: Edge, name: str, path: str, key: str
    ) -> None:
        before = edge.calls(name)
        body, headers = {"text": "fail=UNAVAILABLE"}, {"idempotency-key": key}
        answer = await edge.http.post(f"/api/v1/echoes{path}", json=body, headers=headers)
        assert_problem(answer, 503, "UNAVAILABLE", "ECHO_FAILED")
        assert edge.calls(name) == before + 1


class TestStart:
    def settings(self, folder: Path, keys: Keys, **changes: object) -> GatewaySettings:
        settings = GatewaySettings(
            public=Address("127.0.0.1", free_port()),
            operator=Address("127.0.0.1", free_port()),
            upstreams=(Upstream("suite", (Address("127.0.0.1", 1),)),),
            jwks=keys.jwks,
            issuer=ISSUER,
            assets=folder,
            admin=folder,
            access_log=None,
        )
        return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]

    def test_a_taken_port_is_named(self, tmp_path: Path, keys: Keys) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            gateway = Gateway(tmp_path)
            with pytest.raises(PortTaken, match=str(port)):
                gateway.start(self.settings(tmp_path, keys, public=Address("127.0.0.1", port)))
            assert not gateway.running

    def test_two_gateways_do_not_share_a_port(self, tmp_path: Path, keys: Keys) -> None:
        settings = self.settings(tmp_path, keys)
        first, second = Gateway(tmp_path / "1", concurrency=1), Gateway(tmp_path / "2", concurrency=1)
        first.start(settings)
        try:
            with pytest.raises(PortTaken):
                second.start(settings)
        finally:
            first.stop()
        assert not first.running

    def test_a_refused_configuration_is_told(self, tmp_path: Path, keys: Keys) -> None:
        gateway = Gateway(tmp_path)
        with pytest.raises(GatewayError, match="jwks"):
            gateway.start(self.settings(tmp_path, keys, jwks="{}"))
        assert not gateway.running

    def test_the_library_checks_types_although_it_hastens(self) -> None:
        node = core.Node(id="gateway")
        assert node.to_dict() == {"id": "gateway"}
        node.id = 5  # type: ignore[assignment]
        with pytest.raises(pydantic.ValidationError):
            node.to_dict()

    def test_rendered_files_are_complete_and_valid(self, tmp_path: Path, keys: Keys) -> None:
        settings = self.settings(
            tmp_path / "assets",
            keys,
            jwks=None,
            admin=Address("127.0.0.1", 9901),
            metrics=(Address("metrics.internal", 9000),),
            otlp=Address("collector.internal", 4317),
            production=True,
            upstreams=(
                Upstream("identity", (Address("identity.internal", 9000),), ("doorstep.identity",)),
                Upstream("telemetry", (Address("telemetry.internal", 9000),), ("doorstep.telemetry", "doorstep.vr")),
            ),
        )
        path = runner.render(settings, tmp_path)
        runner.validate(path)
        rendered = yaml.safe_load(path.read_text())
        host = rendered["staticResources"]["listeners"][0]["filterChains"][0]["filters"][0]["typedConfig"]
        tree = host["routeConfig"]["virtualHosts"][0]["matcher"]
        lists = [*tree["matcherTree"]["exactMatchMap"]["map"].values(), tree["onNoMatch"]]
        routes = {r["name"]: r for found in lists for r in found["action"]["typedConfig"]["routes"] if "name" in r}
        assert not [name for name in routes if name.startswith("grpc.reflection")]
        assert routes["/doorstep.vr.v1.IngestService/Connect"]["route"]["cluster"] == "telemetry-streams"
        assert routes["/doorstep.identity.v1.AuthService/Login"]["route"]["cluster"] == "identity"
        text = path.read_text()
        assert "PRIVATE KEY" not in text
        assert str(ROOT) not in text
        again = config.render(settings, assets.descriptor())
        assert again == text, "the same settings give the same configuration"

    async def test_tls(self, tmp_path: Path, keys: Keys) -> None:
        certificate, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        subprocess.run(  # noqa: ASYNC221
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        gateway = Gateway(tmp_path / "gateway", concurrency=1)
        settings = self.settings(tmp_path, keys, tls=Tls(certificate, key))
        await asyncio.to_thread(gateway.start, settings)
        try:
            async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=certificate), http2=True) as http:
                answer = await http.get(f"https://localhost:{settings.public.port}/healthz")
            assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
        finally:
            await asyncio.to_thread(gateway.stop)


class TestKeysOfTheIdentityService:
    @pytest.fixture
    async def remote(self, small_edge: Edge) -> Edge:
        await small_edge.restart(jwks=None, limits=Limits())
        return small_edge

    async def test_tokens_are_verified_by_published_keys(self, remote: Edge, messages: Messages) -> None:
        del messages
        async with httpx.AsyncClient(base_url=remote.http.base_url, timeout=20) as http:
            published = await http.get("/.well-known/jwks.json")
            assert published.json()["keys"][0]["kid"] == "one"
            good = remote.token()
            async with asyncio.timeout(60):
                while (await http.get("/api/v1/echoes/a", headers=good)).status_code != 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            other = {"authorization": f"Bearer {Keys().token()}"}
            answer = await http.get("/api/v1/echoes/a", headers=other)
            assert_problem(answer, 401, "UNAUTHENTICATED", "CREDENTIALS_INVALID")

    async def test_a_swap_refuses_no_token(self, remote: Edge) -> None:
        # The first swap of the fixture began without keys; the next ones take over what is known.
        async with httpx.AsyncClient(base_url=remote.http.base_url, timeout=20) as http, asyncio.timeout(60):
            while (await http.get("/api/v1/echoes/a", headers=remote.token())).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        async with Traffic(remote, headers=remote.token()) as traffic:
            await remote.restart(drain_seconds=8)
            await traffic.more(20)
        assert set(traffic.outcomes) == {200}

    async def test_a_new_key_is_taken_up(self, remote: Edge) -> None:
        new = Keys()
        for worker in remote.workers:
            worker.keys = new
        token = {"authorization": f"Bearer {new.token()}"}
        async with httpx.AsyncClient(base_url=remote.http.base_url, timeout=20) as http, asyncio.timeout(60):
            while (await http.get("/api/v1/echoes/a", headers=token)).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.2)


class TestReflection:
    def curl(self, edge: Edge, method: str, data: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / ".venv/bin/buf"), "curl", "--http2-prior-knowledge", "--protocol", "grpc", "--data", data,
             f"http://{edge.address}/{method}"],
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip

    async def test_buf_curl_needs_no_files(self, edge: Edge) -> None:
        done = await asyncio.to_thread(self.curl, edge, f"{SERVICE}/Create", '{"text": "reflected"}')
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["text"] == "reflected"

    async def test_not_in_production(self, small_edge: Edge) -> None:
        await small_edge.restart(production=True)
        done = await asyncio.to_thread(self.curl, small_edge, f"{SERVICE}/Create", "{}")
        assert done.returncode != 0
        async with grpc.aio.insecure_channel(small_edge.address) as channel:
            response = small_edge.messages.echo("EchoResponse")
            stub = channel.unary_unary(f"/{SERVICE}/Create", response_deserializer=response.FromString)
            assert (await stub(b"")).text == ""


class TestTraces:
    async def test_traces_begin_here_or_go_on(self, small_edge: Edge) -> None:
        edge = small_edge
        await edge.restart(otlp=Address("127.0.0.1", edge.workers[0].port))
        await until_ready(edge)
        begun = (await edge.http.get("/api/v1/echoes/a")).json()["headers"]["traceparent"]
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", begun)
        sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        answer = await edge.http.get("/api/v1/echoes/a", headers={"traceparent": sent})
        went_on = answer.json()["headers"]["traceparent"]
        assert went_on.split("-")[1] == sent.split("-")[1]
        assert went_on != sent, "the gateway's span stands between"


class TestContract:
    @pytest.mark.parametrize(
        ("template", "path", "fits"),
        [
            ("/v1/a/{id}:watch", "/v1/a/1:watch", True), ("/v1/a/{id}:watch", "/v1/a/1/2:watch", False),
            ("/v1/a/{id}", "/v1/a/", False), ("/v1/{key=**}", "/v1/a/b/c", True), ("/v1/a.b", "/v1/axb", False),
            ("/v1/{name=shelves/*}/books", "/v1/shelves/1/books", True),
        ],
    )  # fmt: skip
    def test_templates_as_expressions(self, template: str, path: str, fits: bool) -> None:
        assert bool(re.fullmatch(Binding("GET", template).regex, path)) is fits

    def test_internal_calls_are_left_out(self, image: bytes) -> None:
        names = {method.path for method in public_methods(image)}
        assert f"/{SERVICE}/Create" in names
        assert f"/{SERVICE}/Inside" not in names
        assert not [name for name in names if "InsideService" in name]
