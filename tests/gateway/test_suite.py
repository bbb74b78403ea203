"""The whole suite through its gateway: what OpenAPI promises is what callers get, whatever they send."""

import json
import pathlib
import subprocess
import time
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.faults.scale import times
from tests.fixtures.suite import Suite

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Calls that would end what the other tests stand on.
LEFT_OUT = {
    "identity.AuthService.Logout": "ends the session that the tests use",
    "identity.AuthService.ChangePassword": "counts a wrong password of somebody whom the other tests sign in as",
    "identity.AuthService.RequestEmailChange": "counts a wrong password of somebody whom the other tests sign in as",
    "identity.AuthService.SwitchOrganization": "answers with new tokens and ends the old ones",
}
# The long form sends many more (`make faults`).
EXAMPLES = times(3, 100)


class Admin(httpx.Client):
    """Signed in as the administrator of the demo organisation."""

    renew_at = 0.0

    def sign_in(self, suite: Suite) -> None:
        """Again before the token ends: a busy machine takes longer for all tests of this file than one lasts."""
        if time.monotonic() < self.renew_at:
            return
        email = "admin@demo.doorstep.example"
        password = json.loads((suite.home / "demo.json").read_text())["passwords"][email]
        signed_in = self.post("/api/v1/auth/login", json={"email": email, "password": password})
        self.headers["authorization"] = f"Bearer {signed_in.raise_for_status().json()['accessToken']}"
        self.renew_at = time.monotonic() + 300


@pytest.fixture(scope="module")
def one_admin(suite: Suite) -> Iterator[Admin]:
    with Admin(base_url=suite.url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def admin(one_admin: Admin, suite: Suite) -> httpx.Client:
    one_admin.sign_in(suite)
    return one_admin


def left_out(operation: dict[str, Any]) -> bool:
    # Streams have no end to wait for.
    streams = "text/event-stream" in operation["responses"]["200"]["content"]
    return streams or operation["operationId"].split("_")[0] in LEFT_OUT


def described() -> dict[str, Any]:
    """The description less what is left out."""
    whole: dict[str, Any] = json.loads((ROOT / "gen/openapi/doorstep.json").read_text(encoding="utf-8"))
    for path in whole["paths"].values():
        for verb in [verb for verb, operation in path.items() if left_out(operation)]:
            del path[verb]
    return whole


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, admin: httpx.Client) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case.call_and_validate(
            base_url=str(admin.base_url),
            headers={"authorization": admin.headers["authorization"]},
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )


def test_calls_by_grpc_with_reflection(suite: Suite) -> None:
    """What README shows: no proto file is needed to call a running suite."""
    done = subprocess.run(
        [str(ROOT / ".venv/bin/buf"), "curl", "--http2-prior-knowledge", "--protocol", "grpc",
         f"{suite.url}/doorstep.identity.v1.AuthService/GetJwks"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["keys"][0]["kty"] == "RSA"


def test_metrics_for_operators(suite: Suite, admin: httpx.Client) -> None:
    admin.get("/api/v1/auth/me").raise_for_status()
    operator = f"http://127.0.0.1:{suite.state()['ports']['gateway-operator']}"
    assert "doorstep_" in httpx.get(f"{operator}/metrics", trust_env=False).raise_for_status().text
    assert "envoy_" in httpx.get(f"{operator}/metrics/gateway", trust_env=False).raise_for_status().text


def test_unary_limits_of_workers_and_gateway_fit(admin: httpx.Client) -> None:
    """The largest path that the gateway takes reaches a worker, which gets it twice."""
    answer = admin.get("/api/v1/properties", params={"pageToken": "x" * 6000})
    assert answer.status_code == 400
    assert answer.json()["reason"] in ("INVALID_FIELDS", "INVALID_PAGE_TOKEN")


def test_a_visit_is_watched_by_server_sent_events(suite: Suite, admin: httpx.Client) -> None:
    """A headset's batch, sent as JSON, arrives at whoever watches, and a watcher that comes back misses nothing."""
    key = {"x-api-key": json.loads((suite.home / "demo.json").read_text())["device_key"]}
    homes = admin.get("/api/v1/properties").raise_for_status().json()["properties"]
    session, now = str(uuid.uuid4()), time.time_ns() // 1000
    started = {
        "sessionId": session,
        "propertyId": homes[0]["propertyId"],
        "coordinateSystem": "COORDINATE_SYSTEM_UNREAL",
        "startedAtUs": str(now),
    }
    with httpx.Client(base_url=suite.url, headers=key, timeout=30, trust_env=False) as headset:
        headset.post("/api/v1/unreal/session", json=started).raise_for_status()
        for part in (1, 2):
            event = {"kind": "EVENT_KIND_ZONE_ENTER", "timeUs": str(now + part), "zone": "kitchen"}
            batch = {"sessionId": session, "part": part, "sentAtUs": str(now), "events": [event]}
            stored = headset.post("/api/v1/unreal/tracking/batch", json=batch)
            assert stored.status_code == 200, stored.text
            assert stored.json()["ack"]["durablePart"] == part
        end = {"endedAtUs": str(now + 10), "recordedCount": "2"}
        headset.post(f"/api/v1/unreal/session/{session}/end", json=end).raise_for_status()
    path = f"/api/v1/telemetry/sessions/{session}/watch"
    whole = watch(admin, f"{path}?afterSequence=0", {})
    batches = [(number, update["batch"]["part"]) for number, update in whole if "batch" in update]
    assert [part for _, part in batches] == [1, 2]
    assert "end" in whole[-1][1]
    rest = watch(admin, path, {"last-event-id": batches[0][0]})
    assert [update["batch"]["part"] for _, update in rest if "batch" in update] == [2]


def test_a_visit_without_a_stream(suite: Suite, admin: httpx.Client) -> None:
    """Signs of life, what is refused, and the account of it, all as JSON."""
    key = {"x-api-key": json.loads((suite.home / "demo.json").read_text())["device_key"]}
    homes = admin.get("/api/v1/properties").raise_for_status().json()["properties"]
    session, ahead = str(uuid.uuid4()), 2_000_000
    started = {
        "sessionId": session,
        "propertyId": homes[0]["propertyId"],
        "coordinateSystem": "COORDINATE_SYSTEM_OPENXR",
    }
    with httpx.Client(base_url=suite.url, headers=key, timeout=30, trust_env=False) as headset:
        headset.post("/api/v1/unreal/session", json=started).raise_for_status()
        exchange: dict[str, Any] = {}
        for _ in range(2):
            ping = {"sentAtUs": str(time.time_ns() // 1000 + ahead), **exchange}
            beat = headset.post(f"/api/v1/unreal/session/{session}/heartbeat", json={"ping": ping})
            pong = beat.raise_for_status().json()["pong"]
            exchange = {
                "previousSentAtUs": pong["sentAtUs"],
                "previousServerReceivedAtUs": pong["serverReceivedAtUs"],
                "previousServerSentAtUs": pong["serverSentAtUs"],
                "previousReceivedAtUs": str(time.time_ns() // 1000 + ahead),
            }
        assert abs(int(pong["clockOffsetUs"]) + ahead) <= int(pong["clockErrorUs"])
        empty = headset.post("/api/v1/unreal/tracking/batch", json={"sessionId": session, "part": 1})
        assert (empty.status_code, empty.json()["reason"]) == (400, "BATCH_EMPTY")
        headset.post(f"/api/v1/unreal/session/{session}/end", json={}).raise_for_status()
        late = headset.post(f"/api/v1/unreal/session/{session}/heartbeat", json={})
        assert (late.status_code, late.json()["reason"]) == (400, "SESSION_ENDED")
    account = admin.get(f"/api/v1/telemetry/sessions/{session}/accounting").raise_for_status().json()["accounting"]
    assert account["refused"] == [{"reason": "REFUSAL_REASON_EMPTY", "batchCount": "1", "eventCount": "0"}]
    assert account["receivedCount"] == "0"
    found = admin.get(f"/api/v1/telemetry/sessions/{session}").raise_for_status().json()["session"]
    assert float(found["clockOffset"].removesuffix("s")) == pytest.approx(int(pong["clockOffsetUs"]) / 1e6)


def watch(client: httpx.Client, path: str, headers: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream until its end: id and update."""
    answer = client.get(path, headers={"accept": "text/event-stream", **headers})
    assert answer.headers["content-type"] == "text/event-stream", answer.text
    found = []
    for block in answer.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines.get("id", ""), json.loads(lines["data"])))
    return found
