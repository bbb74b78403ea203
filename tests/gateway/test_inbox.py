"""An inbox as a browser has it: a stream of events that goes on where it was cut, and the mailbox of development."""

import json
import time
import uuid
from typing import Any

import httpx
import pytest

from services.chassis.demo import PEOPLE
from tests.fixtures.suite import Suite
from tests.gateway.test_talking import USER_IDS, Browsers, browsers

__all__ = ["browsers"]  # the fixture
HEADERS = {"accept": "text/event-stream"}
STREAM = "/api/v1/notification-stream"


def said(browser: httpx.Client, *recipients: str) -> str:
    """Somebody says something to others, who have one conversation; returns its id."""
    told = {"participantIds": [USER_IDS[recipient] for recipient in recipients]}
    made = browser.post("/api/v1/conversations", json=told).raise_for_status().json()["conversation"]
    message = {"clientMessageId": str(uuid.uuid4()), "text": "hello"}
    browser.post(f"/api/v1/conversations/{made['conversationId']}/messages", json=message).raise_for_status()
    return str(made["conversationId"])


class Inbox:
    """Server-sent events of an inbox, as a browser reads them."""

    def __init__(self, answer: httpx.Response) -> None:
        self.last_event_id = ""
        self._lines = answer.iter_lines()
        assert answer.headers["content-type"] == "text/event-stream"

    def step(self) -> dict[str, Any]:
        """The next event."""
        for line in self._lines:
            if line.startswith("id: "):
                self.last_event_id = line[4:]
            elif line.startswith("data: "):
                found: dict[str, Any] = json.loads(line[6:])
                return found
        raise AssertionError("the stream has ended")

    def about(self, *conversations: str) -> list[int]:
        """The places of the entries about these conversations; others, of other tests, are passed over."""
        places: dict[str, int] = {}
        while set(places) != set(conversations):
            event = self.step()
            if (entry := event.get("notification")) and entry["resourceId"] in conversations:
                assert self.last_event_id == event["sequence"] == entry["sequence"]
                assert entry["resourceId"] not in places, "told twice"
                places[entry["resourceId"]] = int(entry["sequence"])
        return sorted(places.values())


def test_an_inbox_goes_on_where_it_was_cut(browsers: Browsers) -> None:
    reader = browsers["seller"]
    with reader.stream("GET", STREAM, headers=HEADERS) as answer:
        inbox = Inbox(answer)
        assert "heartbeat" in inbox.step()
        [first] = inbox.about(said(browsers["buyer"], "seller"))
        place = inbox.last_event_id
    missed = [
        said(browsers["agent"], "seller"),
        said(browsers["admin"], "seller"),
        said(browsers["buyer"], "seller", "agent"),
    ]
    with reader.stream("GET", STREAM, headers={**HEADERS, "last-event-id": place}) as answer:
        inbox = Inbox(answer)
        places = inbox.about(*missed)
        assert len({first, *places}) == 4
        assert places[0] > first
        assert inbox.about(said(browsers["buyer"], "seller", "admin"))[0] > places[-1]


@pytest.mark.parametrize("place", ["999999999", "-1", "x"])
def test_a_place_that_is_none(browsers: Browsers, place: str) -> None:
    answer = browsers["seller"].get(STREAM, headers={**HEADERS, "last-event-id": place})
    assert answer.status_code == 400


def test_nobody_has_no_inbox(suite: Suite) -> None:
    assert httpx.get(suite.url + STREAM, headers=HEADERS, trust_env=False).status_code == 401


def test_what_was_sent_stands_in_the_mailbox_and_among_the_deliveries(browsers: Browsers) -> None:
    reader = browsers["seller"]
    # What is unread gathers what follows, and is not mailed again.
    reader.post("/api/v1/notifications/read", json={"throughSequence": str(2**53)}).raise_for_status()
    with reader.stream("GET", STREAM, headers=HEADERS) as answer:
        inbox = Inbox(answer)
        inbox.step()
        conversation = said(browsers["buyer"], "seller")
        inbox.about(conversation)
    unread = reader.get("/api/v1/notifications?unreadOnly=true").raise_for_status().json()["notifications"]
    [entry] = [n for n in unread if n["resourceId"] == conversation]
    path = f"/api/v1/notification-deliveries?notificationId={entry['notificationId']}"
    delivery: dict[str, Any] = {}
    while delivery.get("state") != "DELIVERY_STATE_SENT":  # pytest's own limit ends it
        time.sleep(0.1)
        [delivery] = reader.get(path).raise_for_status().json()["deliveries"]
    assert [a["outcome"] for a in delivery["attempts"]] == ["ATTEMPT_OUTCOME_SENT"]
    mails = reader.get("/api/v1/mailbox").raise_for_status().json()["messages"]
    [mail] = [m for m in mails if m["deliveryId"] == delivery["deliveryId"]]
    seller = next(person for person in PEOPLE if person.role == "seller")
    assert (mail["recipient"], mail["subject"]) == (seller.email, entry["title"])


def test_mails_of_a_type_come_daily_where_somebody_chooses_so(browsers: Browsers) -> None:
    browser, path = browsers["buyer"], "/api/v1/notification-preferences"
    kind = "NOTIFICATION_TYPE_OFFER_COUNTERED"

    def choose(cadence: str, of: str = kind) -> httpx.Response:
        choice = {"type": of, "channel": "NOTIFICATION_CHANNEL_EMAIL", "enabled": True, "cadence": cadence}
        return browser.patch(path, json={"choices": [choice]})

    for cadence in ("NOTIFICATION_CADENCE_DAILY", "NOTIFICATION_CADENCE_AT_ONCE"):
        chosen = choose(cadence).raise_for_status().json()["preferences"]["preferences"]
        assert [one["emailCadence"] for one in chosen if one["type"] == kind] == [cadence]
    refusal = choose("NOTIFICATION_CADENCE_DAILY", "NOTIFICATION_TYPE_VISIT_ALARM")
    assert (refusal.status_code, refusal.json()["reason"]) == (400, "INVALID_FIELDS")
