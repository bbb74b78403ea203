"""JSON in and out: transcoding, errors as problem+json, and what Envoy answers by itself."""

import httpx
import pytest

from tests.gateway.conftest import Edge

PROBLEM = "application/problem+json"


def assert_problem(answer: httpx.Response, status: int, code: str, reason: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, object] = answer.json()
    assert body["status"] == status
    assert (body["code"], body["reason"]) == (code, reason)
    assert body["type"] == f"urn:doorstep:error:{reason}"
    assert body["title"] == reason.replace("_", " ").capitalize()
    assert body["instance"] == f"urn:uuid:{answer.headers['x-correlation-id']}"
    assert len(answer.headers["x-correlation-id"]) == 36
    assert answer.headers.get("x-request-id", answer.headers["x-correlation-id"]) == answer.headers["x-correlation-id"]
    assert body["detail"]
    return body


class TestTranscoding:
    async def test_round_trip_with_zero_values(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": "a/b ü", "mood": "mood_calm"})
        assert answer.status_code == 200
        assert answer.json()["text"] == "a/b ü"
        assert answer.json()["count"] == 0

    async def test_additional_binding_and_custom_verb(self, edge: Edge) -> None:
        assert (await edge.http.get("/api/v1/echoes/abc?count=3")).json()["count"] == 3
        assert (await edge.http.post("/api/v1/echoes/abc:read", json={"count": 4})).json()["text"] == "abc"

    async def test_large_answers_pass_and_are_compressed(self, edge: Edge) -> None:
        answer = await edge.http.get("/api/v1/echoes/size=900000", headers={"accept-encoding": "gzip"})
        assert len(answer.json()["text"]) == 900_000
        assert answer.headers["content-encoding"] == "gzip"

    async def test_body_of_any_type_for_raw_calls(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/raw", content=b"x,y", headers={"content-type": "text/csv"})
        assert (answer.json()["text"], answer.json()["count"]) == ("text/csv", 3)


class TestProblems:
    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("CANCELLED", 499), ("UNKNOWN", 500), ("INVALID_ARGUMENT", 400), ("DEADLINE_EXCEEDED", 504),
            ("NOT_FOUND", 404), ("ALREADY_EXISTS", 409), ("PERMISSION_DENIED", 403), ("RESOURCE_EXHAUSTED", 429),
            ("FAILED_PRECONDITION", 400), ("ABORTED", 409), ("OUT_OF_RANGE", 400), ("UNIMPLEMENTED", 501),
            ("INTERNAL", 500), ("UNAVAILABLE", 503), ("DATA_LOSS", 500), ("UNAUTHENTICATED", 401),
        ],
    )  # fmt: skip
    async def test_every_code(self, edge: Edge, code: str, status: int) -> None:
        body = assert_problem(
            await edge.http.post("/api/v1/echoes", json={"text": f"fail={code}"}), status, code, "ECHO_FAILED"
        )
        assert body["detail"] == 'Asked to "fail".'
        assert body["metadata"] == {"quote": 'a "b" {c}'}
        details = body["details"]
        assert isinstance(details, list)
        assert details[0]["reason"] == "ECHO_FAILED"

    async def test_field_violations(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": "fail=INVALID_ARGUMENT"})
        violation = answer.json()["violations"][0]
        assert (violation["field"], violation["description"]) == ("text", "no {good}")

    async def test_retry_after_from_trailers_and_from_retry_info(self, edge: Edge) -> None:
        trailers = await edge.http.post("/api/v1/echoes", json={"text": "fail=RESOURCE_EXHAUSTED"})
        assert trailers.headers["retry-after"] == "7"
        info = await edge.http.post("/api/v1/echoes", json={"text": "fail=UNAVAILABLE"})
        assert info.headers["retry-after"] == "7"

    @pytest.mark.parametrize(
        ("code", "status", "reason"),
        [
            ("NOT_FOUND", 404, "INTERNAL"), ("UNAVAILABLE", 503, "DEPENDENCY_UNAVAILABLE"),
            ("RESOURCE_EXHAUSTED", 429, "REQUEST_TOO_LARGE"),
        ],
    )  # fmt: skip
    async def test_errors_of_grpc_itself_get_a_reason_and_lose_their_text(
        self, edge: Edge, code: str, status: int, reason: str
    ) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": f"bare={code}"})
        body = assert_problem(answer, status, code, reason)
        assert "no details" not in str(body["detail"])


class TestOwnAnswers:
    @pytest.mark.parametrize(
        "body",
        [
            b"{", b'{"text": "a"', b'{"text": "\xff\xfe"}', b'{"count": NaN}', b"[1]", b'{"count": "x"}',
            b'{"count": 99999999999}', b'{"data": "%%%"}', b'{"mood": "MOOD_WILD"}', b'{"text": {}}',
            b'{"nested":' + b'{"inner":[' * 200 + b"]}" * 200 + b"}",
            b'{"nobody":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
            b'{"nobody":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
        ],
    )  # fmt: skip
    async def test_malformed_bodies(self, edge: Edge, body: bytes) -> None:
        answer = await edge.http.post("/api/v1/echoes", content=body, headers={"content-type": "application/json"})
        problem = assert_problem(answer, 400, "INVALID_ARGUMENT", "MALFORMED_REQUEST")
        assert "echo" not in str(problem["detail"]).lower()

    async def test_unknown_fields_are_dropped(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": "a", "nobody": 1})
        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["/api/v1/echoes/a?nobody=1"])
    async def test_queries_that_do_not_fit(self, edge: Edge, path: str) -> None:
        assert_problem(await edge.http.get(path), 400, "INVALID_ARGUMENT", "MALFORMED_REQUEST")

    @pytest.mark.parametrize(
        ("verb", "path"),
        [
            ("GET", "/api/v1/nothing"), ("DELETE", "/api/v1/echoes/a"), ("GET", "/"), ("TRACE", "/api/v1/echoes/a"),
            ("OPTIONS", "/api/v1/echoes/a"), ("GET", "/api/v1/inside"), ("GET", "/metrics"), ("GET", "/stats"),
            ("POST", "/doorstep.echo.v1.EchoService/Create"), ("POST", "/doorstep.echo.v1.EchoService/Inside"),
        ],
    )  # fmt: skip
    async def test_paths_and_verbs_that_do_not_exist(self, edge: Edge, verb: str, path: str) -> None:
        answer = await edge.http.request(verb, path)
        assert_problem(answer, 404, "UNIMPLEMENTED", "PATH_NOT_FOUND")

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    async def test_other_media_types(self, edge: Edge, kind: str) -> None:
        answer = await edge.http.post("/api/v1/echoes", content=b'{"text":"a"}', headers={"content-type": kind})
        assert_problem(answer, 415, "INVALID_ARGUMENT", "MEDIA_TYPE_REFUSED")

    async def test_bodies_over_the_limit(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": "x" * (2 << 20)})
        assert_problem(answer, 413, "INVALID_ARGUMENT", "REQUEST_TOO_LARGE")

    async def test_an_rpc_may_have_a_limit_of_its_own(self, edge: Edge) -> None:
        kind = {"content-type": "text/csv"}
        answer = await edge.http.post("/api/v1/raw", content=b"x" * 2_500_000, headers=kind)
        assert answer.json()["count"] == 2_500_000
        larger = await edge.http.post("/api/v1/raw", content=b"x" * 3_500_000, headers=kind)
        assert_problem(larger, 413, "INVALID_ARGUMENT", "REQUEST_TOO_LARGE")

    async def test_bodies_at_the_limit_pass(self, edge: Edge) -> None:
        answer = await edge.http.post("/api/v1/echoes", json={"text": "x" * 1_000_000})
        assert len(answer.json()["text"]) == 1_000_000

    async def test_a_call_that_takes_too_long(self, hasty_edge: Edge) -> None:
        answer = await hasty_edge.http.get("/api/v1/echoes/sleep=60")
        assert_problem(answer, 504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")


class TestPages:
    async def test_health_and_readiness(self, edge: Edge) -> None:
        for path in ("/healthz", "/api/v1/healthz", "/readyz", "/api/v1/readyz"):
            answer = await edge.http.get(path)
            assert (answer.status_code, answer.json()) == (200, {"status": "SERVING"}), path

    async def test_openapi(self, edge: Edge) -> None:
        for path in ("/openapi.json", "/api/v1/openapi.json"):
            answer = await edge.http.get(path)
            assert answer.headers["content-type"] == "application/json"
            assert answer.json()["openapi"].startswith("3.1")

    async def test_api_browser_needs_no_other_address(self, edge: Edge) -> None:
        for path in ("/docs", "/api/v1/docs"):
            page = await edge.http.get(path)
            assert page.headers["content-type"].startswith("text/html")
            assert "script-src 'self'" in page.headers["content-security-policy"]
            assert "//" not in page.text.replace("<!doctype html>", "")
        script = await edge.http.get("/docs/swagger-ui-bundle.js")
        assert len(script.content) > 1_000_000
        assert (await edge.http.get("/docs/swagger-ui.css")).headers["content-type"].startswith("text/css")
        assert (await edge.http.get("/docs/start.js")).status_code == 200

    async def test_security_headers_on_every_answer(self, edge: Edge) -> None:
        for path in ("/api/v1/echoes/a", "/api/v1/nothing", "/docs", "/openapi.json", "/healthz"):
            headers = (await edge.http.get(path)).headers
            assert headers["x-frame-options"] == "DENY", path
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "max-age" in headers["strict-transport-security"]
            assert headers["cache-control"] == "no-store"
            assert headers["server"] == "doorstep"
            assert not [name for name in headers if name.startswith("x-envoy-")]

    async def test_operators_see_metrics(self, edge: Edge) -> None:
        async with httpx.AsyncClient(base_url=edge.operator) as operator:
            assert "envoy_cluster_upstream_rq" in (await operator.get("/metrics/gateway")).text
            assert (await operator.get("/readyz")).status_code == 200
            assert (await operator.get("/healthz")).json() == {"status": "SERVING"}
            assert (await operator.get("/config_dump")).status_code == 404
