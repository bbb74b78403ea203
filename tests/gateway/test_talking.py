"""Partners and conversations as a browser has them: JSON, and a stream of events that goes on where it was cut."""

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from services.chassis.demo import PEOPLE
from tests.fixtures.suite import Suite

USER_IDS = {person.role: str(person.user_id) for person in PEOPLE}
Browsers = dict[str, httpx.Client]


@pytest.fixture(scope="module")
def browsers(suite: Suite) -> Iterator[Browsers]:
    """The people of the demo organisation, signed in."""
    passwords = json.loads((suite.home / "demo.json").read_text())["passwords"]
    with ExitStack() as stack:
        found = {}
        for person in PEOPLE:
            client = stack.enter_context(httpx.Client(base_url=suite.url, timeout=30, trust_env=False))
            told = {"email": person.email, "password": passwords[person.email]}
            signed_in = client.post("/api/v1/auth/login", json=told).raise_for_status().json()
            client.headers["authorization"] = f"Bearer {signed_in['accessToken']}"
            found[person.role] = client
        yield found


def said(browser: httpx.Client, path: str, number: int) -> dict[str, Any]:
    told = {"clientMessageId": str(uuid.uuid4()), "text": f"message {number}"}
    message: dict[str, Any] = browser.post(f"{path}/messages", json=told).raise_for_status().json()["message"]
    return message


class Events:
    """Server-sent events of a watched conversation, as a browser reads them."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last_event_id = ""
        self._lines = answer.iter_lines()

    def take(self, kind: str, count: int) -> list[dict[str, Any]]:
        """The next updates of a kind; whatever else comes is passed over."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            line = next(self._lines)
            if line.startswith("id: "):
                self.last_event_id = line[4:]
            elif line.startswith("data: "):
                event = json.loads(line[6:])
                if kind in event:
                    assert self.last_event_id == event["sequence"]
                    found.append(event[kind])
        return found


def test_a_stream_goes_on_where_it_was_cut(browsers: Browsers) -> None:
    buyer, seller = browsers["buyer"], browsers["seller"]
    told = {"participantIds": [USER_IDS["seller"], USER_IDS["admin"]], "subject": uuid.uuid4().hex}
    made = buyer.post("/api/v1/conversations", json=told).raise_for_status().json()["conversation"]
    path = f"/api/v1/conversations/{made['conversationId']}"
    begun = int(made["lastSequence"])
    sent = [said(buyer, path, n) for n in range(3)]
    headers = {"accept": "text/event-stream"}
    with seller.stream("GET", f"{path}/watch", params={"afterSequence": begun}, headers=headers) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        events = Events(answer)
        assert events.take("message", 3) == sent
        sent.append(said(buyer, path, 3))
        assert events.take("message", 1) == sent[3:]
        place = events.last_event_id
    sent += [said(buyer, path, n) for n in (4, 5)]
    with seller.stream("GET", f"{path}/watch", headers={**headers, "last-event-id": place}) as answer:
        events = Events(answer)
        assert events.take("message", 2) == sent[4:]
        sent.append(said(seller, path, 6))
        assert events.take("message", 1) == sent[6:]
        assert events.last_event_id == str(begun + 7)
    history = seller.get(f"{path}/messages", params={"order": "MESSAGE_ORDER_OLDEST_FIRST", "fromSequence": begun})
    assert history.json()["messages"] == sent


def shown_of(events: Events, conversation: dict[str, Any]) -> dict[str, Any]:
    """The next that is shown of one conversation; those of other tests come in any order."""
    while (shown := events.take("conversation", 1)[0])["conversationId"] != conversation["conversationId"]:
        pass
    return shown


def test_a_stream_of_all_conversations(browsers: Browsers) -> None:
    buyer, seller = browsers["buyer"], browsers["seller"]
    told = {"participantIds": [USER_IDS["seller"], USER_IDS["agent"]], "subject": uuid.uuid4().hex}
    made = buyer.post("/api/v1/conversations", json=told).raise_for_status().json()["conversation"]
    path = f"/api/v1/conversations/{made['conversationId']}"
    headers = {"accept": "text/event-stream"}
    with seller.stream("GET", "/api/v1/conversations:watch", params={"afterSequence": 0}, headers=headers) as answer:
        events = Events(answer)
        before = int(shown_of(events, made)["unreadCount"])
        said(buyer, path, 1)
        while shown_of(events, made)["unreadCount"] != str(before + 1):
            pass
        place = events.last_event_id
    said(buyer, path, 1)
    with seller.stream("GET", "/api/v1/conversations:watch", headers={**headers, "last-event-id": place}) as answer:
        events = Events(answer)
        while shown_of(events, made)["unreadCount"] != str(before + 2):
            pass


@pytest.mark.parametrize("place", ["999999999", "-1", "x", "1&conversation_id=x"])
def test_a_place_that_is_none(browsers: Browsers, place: str) -> None:
    told = {"participantIds": [USER_IDS["seller"]]}
    made = browsers["buyer"].post("/api/v1/conversations", json=told).raise_for_status().json()["conversation"]
    headers = {"accept": "text/event-stream", "last-event-id": place}
    answer = browsers["buyer"].get(f"/api/v1/conversations/{made['conversationId']}/watch", headers=headers)
    assert answer.status_code == 400


def test_for_others_there_is_no_conversation(browsers: Browsers) -> None:
    told = {"participantIds": [USER_IDS["seller"]]}
    made = browsers["buyer"].post("/api/v1/conversations", json=told).raise_for_status().json()["conversation"]
    path = f"/api/v1/conversations/{made['conversationId']}"
    for tail in ("", "/messages", "/watch"):
        assert browsers["agent"].get(path + tail).status_code == 404


def named(browser: httpx.Client, path: str, kind: str) -> dict[str, Any]:
    """The only one of a kind, with the name of the other side: answers do without one that comes late."""
    found: dict[str, Any] = {}
    while "otherName" not in found:  # pytest's own limit ends it
        (found,) = browser.get(path).raise_for_status().json()[kind]
    return found


def test_from_a_request_to_a_partnership(browsers: Browsers) -> None:
    """The sender is whoever signed in, whatever a body says; each refusal has its status and reason."""
    buyer, agent = browsers["buyer"], browsers["agent"]
    for one in buyer.get("/api/v1/partnerships").json()["partnerships"]:  # of a run before
        buyer.post(f"/api/v1/partnerships/{one['partnershipId']}/end", json={})
    path, told = "/api/v1/partner-requests", {"recipientId": USER_IDS["agent"], "note": "we met at the fair"}
    forged = {**told, "senderId": USER_IDS["seller"]}
    request = buyer.post(path, json=forged).raise_for_status().json()["partnerRequest"]
    assert (request["senderId"], request["state"]) == (USER_IDS["buyer"], "PARTNER_REQUEST_STATE_PENDING")

    def refused(answer: httpx.Response) -> tuple[int, str]:
        return answer.status_code, answer.json()["reason"]

    assert refused(buyer.post(path, json=told)) == (409, "PARTNER_REQUEST_EXISTS")
    assert refused(buyer.post(path, json={"recipientId": USER_IDS["buyer"]})) == (400, "SELF_REQUEST")
    assert refused(buyer.post(path, json={"recipientId": str(uuid.uuid4())})) == (404, "USER_NOT_FOUND")
    answering = f"{path}/{request['partnerRequestId']}"
    assert refused(buyer.post(f"{answering}/accept", json={})) == (403, "NOT_RECIPIENT")
    received = named(agent, f"{path}/received", "partnerRequests")
    assert (received["partnerRequestId"], received["otherName"]) == (request["partnerRequestId"], "Bea Okafor")
    accepted = agent.post(f"{answering}/accept", json={}).raise_for_status().json()
    assert accepted["partnership"]["partnershipId"] == accepted["partnerRequest"]["partnershipId"]
    assert refused(agent.post(f"{answering}/reject", json={})) == (400, "PARTNER_REQUEST_STATE")
    assert named(buyer, "/api/v1/partnerships", "partnerships")["otherName"] == "Ada Moreau"


def test_an_agent_is_found_by_whoever_looks(browsers: Browsers, suite: Suite) -> None:
    """Without signing in, by a point in the query; what is found is what hiring asks for, and says nothing private."""
    agent, path = browsers["agent"], "/api/v1/agent-profile"
    told = {
        "headline": "Cabins in the north",
        "purposes": ["ENGAGEMENT_PURPOSE_BUYING"],
        "languageCodes": ["en"],
        "place": {"latitude": 64.1234, "longitude": -21.9},
        "workRadiusMeters": 30_000,
    }
    written = agent.put(path, json=told).raise_for_status().json()["agentProfile"]
    assert written["place"] == {"latitude": 64.12, "longitude": -21.9}
    with httpx.Client(base_url=suite.url, timeout=30, trust_env=False) as stranger:
        near = {"center.latitude": 64.1, "center.longitude": -21.8, "purpose": "ENGAGEMENT_PURPOSE_BUYING"}
        late = {"displayName", "reviewCount"}  # answers do without what comes late
        found: dict[str, Any] = {"agentProfile": {}}
        while not late <= found["agentProfile"].keys():  # pytest's own limit ends it
            answer = stranger.get("/api/v1/agents", params=near).raise_for_status()
            (found,) = answer.json()["agents"]
        assert (found["agentProfile"]["agentId"], found["agentProfile"]["displayName"]) == (
            USER_IDS["agent"],
            "Ada Moreau",
        )
        assert 4_000 < found["distanceMeters"] < 6_000
        assert found["agentProfile"]["reviewCount"] >= 0, "the visit service was asked"
        assert "@" not in answer.text
        one: dict[str, Any] = {}
        while not late <= one.keys():
            one = stranger.get(f"/api/v1/agents/{USER_IDS['agent']}/profile").raise_for_status().json()["agentProfile"]
        assert one == found["agentProfile"]
        assert stranger.put(path, json=told).status_code == 401
        nobody = stranger.get(f"/api/v1/agents/{USER_IDS['buyer']}/profile")
        assert (nobody.status_code, nobody.json()["reason"]) == (404, "AGENT_PROFILE_NOT_FOUND")
        bad = stranger.get("/api/v1/agents", params={"radiusMeters": 5})
        assert (bad.status_code, bad.json()["reason"]) == (400, "INVALID_FIELDS")
    refusal = browsers["buyer"].put(path, json=told)
    assert (refusal.status_code, refusal.json()["reason"]) == (400, "NOT_AN_AGENT")
