"""Who is told of what, and that every text can be written."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables

from doorstep.deal.v1 import deal_events_pb2
from doorstep.identity.v1 import message_service_pb2
from doorstep.messaging.v1 import messaging_events_pb2
from doorstep.outreach.v1 import notification_pb2
from doorstep.partnership.v1 import partnership_events_pb2
from doorstep.visit.v1 import visit_events_pb2
from services.chassis.events import EventMeta
from services.chassis.ids import new_id
from services.identity import notifier
from services.outreach.kinds import ACCOUNT, Channel, Kind, channels
from services.outreach.notices import RULES, SILENT
from services.outreach.subscribers import SUBSCRIBERS
from services.outreach.wording import FALLBACK, Facts, Wording, languages, mail, texts_for, write

WHEN = datetime(2026, 12, 1, 18, 30, tzinfo=UTC)


def meta(name: str = "x") -> EventMeta:
    return EventMeta(new_id(), name, "key", None, 1, "visit", WHEN)


def test_every_event_of_the_other_services_is_told_or_kept_silent():
    told = {subscriber.type for subscriber in SUBSCRIBERS}
    silent = {event.DESCRIPTOR.full_name for event in SILENT}
    assert not told & silent
    for module in (visit_events_pb2, deal_events_pb2, partnership_events_pb2, messaging_events_pb2):
        for name, message in module.DESCRIPTOR.message_types_by_name.items():
            assert name.endswith("Facts") or message.full_name in told | silent, message.full_name


def test_kinds_are_those_of_the_contract():
    names = [name.removeprefix("NOTIFICATION_TYPE_") for name in notification_pb2.NotificationType.keys()]  # noqa: SIM118 - no dict
    assert names[1:] == [kind.name for kind in Kind]
    assert {rule.kind for rule in RULES} == set(Kind) - ACCOUNT - {Kind.DIGEST}


def test_kinds_of_accounts_are_those_of_identity():
    names = {name.removeprefix("ACCOUNT_MESSAGE_TYPE_") for name in message_service_pb2.AccountMessageType.keys()}  # noqa: SIM118 - no dict
    assert names - {"UNSPECIFIED"} == {kind.name for kind in ACCOUNT}
    assert names - {"UNSPECIFIED"} == {kind.name for kind in notifier.Kind}


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind.name)
def test_every_text_of_every_language_can_be_written(rule, language):
    notice = rule.notice(rule.event())
    facts = Facts(
        people=dict.fromkeys(notice.people, "Ada"),
        times=dict.fromkeys(notice.times, WHEN),
        days=dict.fromkeys(notice.days, date(2026, 12, 1)),
        sums=dict.fromkeys(notice.sums, (Decimal(5000), "USD")),
        words=dict.fromkeys(notice.words, "something"),
    )
    for count in (1, 3):
        wording = write(rule.kind, Facts(**{**_fields(facts), "count": count}), language_code=language, time_zone="UTC")
        assert wording.title
        assert wording.text
        assert wording.language_code == language
        assert "{" not in wording.title + wording.text


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_no_text_names_a_fact_that_its_event_lacks(kind: Kind, language: str):
    """In any branch: what `if` guards is not written when the fact is empty."""
    if kind in ACCOUNT:
        facts = {"organization", "minutes", "device", "code"}
    elif kind is Kind.DIGEST:
        facts = {"count", "what", "more"}
    else:
        [notice] = [rule.notice(rule.event()) for rule in RULES if rule.kind is kind]
        facts = {"count", *notice.people, *notice.times, *notice.days, *notice.sums, *notice.words}
    named = _variables(languages()[language].kinds[kind])
    assert named <= facts
    assert named == _variables(languages()[FALLBACK].kinds[kind]), "a translation says what the original says"


def _variables(texts: Mapping[str, str]) -> set[str]:
    parse = Environment(autoescape=True).parse
    return set().union(*(find_undeclared_variables(parse(text)) for text in texts.values()))


def _fields(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__slots__}


def test_languages_have_the_same_texts():
    for texts in languages().values():
        assert set(texts.kinds) == {kind.name for kind in Kind}
        assert set(texts.layout) == set(languages()[FALLBACK].layout)


class TestWords:
    def test_a_region_falls_back_to_its_language_and_then_to_english(self):
        assert texts_for("es-MX").language_code == "es"
        assert texts_for("tlh").language_code == "en"

    def test_times_are_those_of_the_place(self):
        facts = Facts(people={"buyer": "Bo", "agent": "Ada"}, times={"when": WHEN})
        text = write(Kind.VISIT_APPROVED, facts, language_code="en-US", time_zone="America/Los_Angeles").text
        assert "10:30" in text

    def test_somebody_who_is_gone_has_no_name(self):
        facts = Facts(people={"sender": "", "recipient": "Ada"})
        wording = write(Kind.PARTNER_REQUEST_RECEIVED, facts, language_code="en", time_zone="UTC")
        assert wording == Wording("New Partner Request", "You have a new partner request from somebody.", "en")

    def test_what_people_write_is_no_template_no_header_and_no_html(self):
        facts = Facts(people={"sender": "{{ 7 * 7 }}\r\nBcc: all <b>", "recipient": "Ada"})
        wording = write(Kind.PARTNER_REQUEST_RECEIVED, facts, language_code="en", time_zone="UTC")
        assert "{{ 7 * 7 }} Bcc: all <b>" in wording.text
        assert "<b>" not in mail(wording, name="Ada", link="http://x").html


class TestRecipients:
    def test_both_parties_of_a_visit(self):
        buyer, agent = str(new_id()), str(new_id())
        event = visit_events_pb2.VisitApproved(visit={"buyer_id": buyer, "agent_id": agent, "visit_id": "v"})
        (rule,) = [r for r in RULES if r.kind is Kind.VISIT_APPROVED]
        assert rule.job(event, meta()).user_ids == [buyer, agent]

    def test_a_review_is_told_to_the_parties_and_not_to_the_contacts_of_the_listing(self):
        buyer, agent, owner = (str(new_id()) for _ in range(3))
        facts = visit_events_pb2.VisitFacts(buyer_id=buyer, agent_id=agent, contact_ids=[owner])
        (rule,) = [r for r in RULES if r.kind is Kind.VISIT_REVIEWED]
        job = rule.job(visit_events_pb2.VisitReviewed(visit=facts, rating=2), meta())
        assert (job.user_ids, job.words["rating"]) == ([buyer, agent], "2")

    def test_an_alarm_is_not_told_to_the_other_party(self):
        buyer, agent, friend = (str(new_id()) for _ in range(3))
        event = visit_events_pb2.VisitAlarmRaised(
            visit={"buyer_id": buyer, "agent_id": agent}, user_id=agent, notify_user_ids=[friend], watch_id="w"
        )
        (rule,) = [r for r in RULES if r.kind is Kind.VISIT_ALARM]
        job = rule.job(event, meta())
        assert (job.user_ids, job.resource_type, job.resource_id) == ([friend], "alarm", "w")

    def test_a_refund_that_came_back_is_told_to_whoever_had_asked_for_it_too(self):
        buyer, agent, clerk = (str(new_id()) for _ in range(3))
        event = deal_events_pb2.TokenRefundReturned(
            deal={"buyer_id": buyer, "agent_id": agent}, requester_id=clerk, reason="account closed"
        )
        (rule,) = [r for r in RULES if r.kind is Kind.TOKEN_REFUND_RETURNED]
        job = rule.job(event, meta())
        assert (job.user_ids, job.words["reason"]) == ([buyer, agent, clerk], "account closed")

    def test_one_who_is_both_is_told_once_and_pseudonyms_are_nobody(self):
        same = str(new_id())
        (rule,) = [r for r in RULES if r.kind is Kind.VISIT_APPROVED]
        both = visit_events_pb2.VisitApproved(visit={"buyer_id": same, "agent_id": same})
        assert rule.job(both, meta()).user_ids == [same]
        pseudonym = visit_events_pb2.VisitApproved(visit={"buyer_id": "visitor-7", "agent_id": ""})
        assert not rule.job(pseudonym, meta()).user_ids


class TestChoices:
    def test_a_choice_goes_before_the_default(self):
        assert Channel.EMAIL in channels(Kind.OFFER_MADE, {})
        assert Channel.EMAIL not in channels(Kind.OFFER_MADE, {"OFFER_MADE": {"EMAIL": False}})

    def test_an_alarm_goes_by_every_way(self):
        assert channels(Kind.VISIT_ALARM, {"VISIT_ALARM": {"EMAIL": False}}) == frozenset(Channel)
