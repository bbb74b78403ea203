"""Events of payment providers through the gateway: the bytes arrive as they were signed."""

import base64
import hmac
import json
import time

import httpx
import pytest

from services.chassis.ids import new_id
from services.deal.providers import SIGNATURE_HEADER, sign
from services.stack.home import Home
from tests.fixtures.suite import Suite

EVENTS = "/api/v1/payment-providers/insuite/events"


def told() -> bytes:
    """An event about a payment that nobody has, as no program would write JSON again."""
    event = {"id": "evt_1", "type": "payment.held", "sequence": 1, "subject_id": str(new_id())}
    event |= {"amount": 5, "currency": "USD", "note": "é \\/ \u2028"}
    return b" \n" + json.dumps(event, indent=3, ensure_ascii=False).encode() + b"\r\n"


@pytest.fixture
def secret(suite: Suite) -> bytes:
    return hmac.digest(Home(suite.home).secrets()["internal_secret"].encode(), b"deal.insuite", "sha256")


def reason(answer: httpx.Response) -> tuple[int, str]:
    details = answer.json()["details"]
    return answer.status_code, next(detail["reason"] for detail in details if "reason" in detail)


def test_signed_bytes_arrive_as_they_are(suite: Suite, secret: bytes) -> None:
    body = told()
    headers = {SIGNATURE_HEADER: sign(secret, body, int(time.time())), "content-type": "application/json"}
    answer = httpx.post(suite.url + EVENTS, content=body, headers=headers, timeout=30, trust_env=False)
    assert reason(answer) == (404, "PAYMENT_NOT_FOUND"), "the signature held"


def test_other_bytes_are_refused(suite: Suite, secret: bytes) -> None:
    body = told()
    header = {SIGNATURE_HEADER: sign(secret, body, int(time.time())), "content-type": "application/json"}
    wrong = (
        (json.dumps(json.loads(body)).encode(), header),
        (body, {"content-type": "application/json"}),
        (body, {**header, SIGNATURE_HEADER: sign(b"another secret", body, int(time.time()))}),
        (body, {**header, SIGNATURE_HEADER: sign(secret, body, int(time.time()) - 301)}),
    )
    for content, headers in wrong:
        answer = httpx.post(suite.url + EVENTS, content=content, headers=headers, timeout=30, trust_env=False)
        assert reason(answer) == (401, "PROVIDER_SIGNATURE")


def test_what_is_too_big_is_not_taken(suite: Suite) -> None:
    answer = httpx.post(suite.url + EVENTS, content=b" " * 300_000, timeout=30, trust_env=False)
    assert answer.status_code == 413


def test_a_statement_of_full_size_is(suite: Suite) -> None:
    """1 MiB, which is more where it is written as JSON."""
    statement = base64.b64encode(b"x" * (1 << 20)).decode()
    body = {"provider": "insuite", "statement": statement}
    answer = httpx.post(f"{suite.url}/api/v1/reconciliations", json=body, timeout=30, trust_env=False)
    assert answer.status_code == 401, "it arrived, and nobody had signed in"
