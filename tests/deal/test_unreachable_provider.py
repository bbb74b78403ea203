"""A provider that cannot be asked: the parties see it, and either way of going on works."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from doorstep.deal.v1 import payment_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from doorstep.tasks.v1 import dead_letter_service_pb2, dead_letter_service_pb2_grpc
from services.chassis.app import App, Resources
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.jobs import OPERATE
from services.chassis.testing import Harness, refused
from services.deal import errors
from services.deal.app import build
from services.deal.operations.payment import SUBMIT_JOB
from services.deal.provider_stripe import StripeProvider
from services.deal.providers import InSuiteProvider, Order
from services.property.app import build as build_property
from services.tasks.app import build as build_tasks
from tests.deal.conftest import Sale, Side
from tests.deal.money import Contract
from tests.deal.test_returned_refunds import news
from tests.fixtures.servers import TestDatabase


class Line:
    """The way to the provider."""

    def __init__(self) -> None:
        self.cut = True
        self.asked: list[str] = []


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line, charge = Line(), InSuiteProvider.charge

    async def over_the_line(provider: InSuiteProvider, order: Order) -> None:
        line.asked.append(order.key)
        if line.cut:
            raise ConnectionError("no route to the provider")
        await charge(provider, order)

    monkeypatch.setattr(InSuiteProvider, "charge", over_the_line)
    return line


def impatient(resources: Resources) -> App:
    """The service, with jobs that give up at once."""
    app = build(resources)
    quick: dict[str, Any] = {"max_attempts": 2, "first_pause": timedelta(milliseconds=10)}
    app.jobs = [replace(job, **quick) if job.name == SUBMIT_JOB else job for job in app.jobs]
    return app


@pytest.fixture
async def cut_off(
    line: Line, clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path: Path
) -> AsyncIterator[Contract]:
    database = clone_database()
    async with Harness.open(
        [build_property, impatient, build_tasks],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path / "keys",
    ) as harness:
        yield await Contract.make(Sale(harness, database))


async def given_up(contract: Contract) -> payment_pb2.Payment:
    """A payment whose job lies among the dead letters."""
    payment = await contract.pay()
    dead = "SELECT 1 FROM jobs.pgqueuer WHERE entrypoint = $1 AND status = 'failed'"
    await contract.sale.until(lambda: contract.sale.sql(dead, SUBMIT_JOB), bool)
    return await contract.get(payment.payment_id)


class Desk:
    """Where an operator sits."""

    def __init__(self, contract: Contract) -> None:
        self.harness = contract.sale.harness
        self.letters = self.harness.stub(dead_letter_service_pb2_grpc.DeadLetterServiceStub)
        self.token = self.harness.token(user_id=new_id(), permissions=[OPERATE])

    async def replay(self) -> None:
        request = dead_letter_service_pb2.ReplayDeadLettersRequest(kind=SUBMIT_JOB)
        assert (await self.harness.call(self.letters.ReplayDeadLetters, request, self.token)).replayed_count == 1

    async def settle(self, outcome: str) -> None:
        """Say what became of the one effect that nobody knows of."""
        request = dead_letter_service_pb2.ListUnknownEffectsRequest()
        (effect,) = (await self.harness.call(self.letters.ListUnknownEffects, request, self.token)).effects
        settle = dead_letter_service_pb2.SettleEffectRequest(effect_key=effect.effect_key, outcome=outcome)
        await self.harness.call(self.letters.SettleEffect, settle, self.token)


async def test_the_dead_letter_is_replayed(line: Line, cut_off: Contract) -> None:
    stuck = await given_up(cut_off)
    assert stuck.state == payment_pb2.PAYMENT_STATE_CREATED
    assert stuck.failure == "the provider could not be asked, attempt 2: ConnectionError"
    with refused(errors.PaymentExists):
        await cut_off.pay()
    line.cut = False
    await Desk(cut_off).replay()
    held = await cut_off.reach(stuck.payment_id, payment_pb2.PAYMENT_STATE_HELD)
    assert not held.failure
    assert set(line.asked) == {f"{stuck.payment_id}/charge"}, "by the same key"


async def test_it_is_cancelled_and_another_one_is_made(line: Line, cut_off: Contract) -> None:
    stuck = await given_up(cut_off)
    sale, request = cut_off.sale, pb.CancelPaymentRequest(payment_id=stuck.payment_id, etag="another")
    with refused(EtagMismatch):
        await sale.call(sale.payments.CancelPayment, request, cut_off.buyer)
    request.etag = stuck.etag
    with refused(errors.NotAParty):
        reader = Side(sale.harness, cut_off.organization_id, ("deal.read", "deal.write"))
        await sale.call(sale.payments.CancelPayment, request, reader)
    with refused(errors.PaymentNotFound):
        await sale.call(sale.payments.CancelPayment, request, sale.buyer())
    cancelled = (await sale.call(sale.payments.CancelPayment, request, cut_off.buyer)).payment
    assert cancelled.state == payment_pb2.PAYMENT_STATE_CANCELLED
    with refused(errors.PaymentStateRefused):
        await sale.call(
            sale.payments.CancelPayment, pb.CancelPaymentRequest(payment_id=stuck.payment_id), cut_off.seller
        )
    line.cut = False
    line.asked.clear()
    other = await cut_off.held()
    assert line.asked == [f"{other.payment_id}/charge"]
    late = news(stuck.payment_id, "payment.held", 1)
    assert await cut_off.tell(late) == "UNEXPECTED", "the deal has its token: a reconciliation shows it"


async def test_money_that_comes_all_the_same_is_held(cut_off: Contract) -> None:
    stuck = await given_up(cut_off)
    request = pb.CancelPaymentRequest(payment_id=stuck.payment_id)
    await cut_off.sale.call(cut_off.sale.payments.CancelPayment, request, cut_off.seller)
    assert await cut_off.tell(news(stuck.payment_id, "payment.held", 1)) == "APPLIED"
    held = await cut_off.get(stuck.payment_id)
    assert (held.state, held.HasField("end_time")) == (payment_pb2.PAYMENT_STATE_HELD, False)
    assert await cut_off.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}


@pytest.mark.parametrize("age", [timedelta(hours=22), timedelta(hours=24)])
async def test_who_forgets_orders_is_not_asked_again_later(
    line: Line, cut_off: Contract, monkeypatch: pytest.MonkeyPatch, age: timedelta
) -> None:
    """What was lost may have been the answer: a provider that has forgotten the key would take the money twice."""
    monkeypatch.setattr(InSuiteProvider, "repeatable", StripeProvider.repeatable)
    stuck = await given_up(cut_off)
    aged = "UPDATE jobs.effects SET create_time = create_time - $1::interval WHERE key LIKE $2"
    await cut_off.sale.sql(aged, age, f"{SUBMIT_JOB}/%")
    line.cut, desk = False, Desk(cut_off)
    line.asked.clear()
    await desk.replay()
    if age == timedelta(hours=24):
        unknown = await cut_off.sale.until(
            lambda: cut_off.get(stuck.payment_id), lambda found: found.failure.endswith("EffectUnknown")
        )
        assert (unknown.state, line.asked) == (payment_pb2.PAYMENT_STATE_CREATED, [])
        dead = "SELECT 1 FROM jobs.pgqueuer WHERE entrypoint = $1 AND status = 'failed'"
        await cut_off.sale.until(lambda: cut_off.sale.sql(dead, SUBMIT_JOB), bool)
        await desk.settle("EFFECT_OUTCOME_DID_NOT_HAPPEN")
        await desk.replay()
    await cut_off.reach(stuck.payment_id, payment_pb2.PAYMENT_STATE_HELD)
    assert line.asked == [f"{stuck.payment_id}/charge"]
