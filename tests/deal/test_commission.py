"""Dividing and reckoning, without anything around it."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.ids import new_id
from services.deal.commission import USUAL, WHOLE, Recipient, Rule, Share, Tier, choose, split, tier_of, token

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass
class Policy:
    effective_time: datetime
    agent_id: UUID | None = None


@st.composite
def wholes(draw: st.DrawFn) -> list[Share]:
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE), max_size=9)))
    bounds = [0, *cuts, WHOLE]
    return [Share(Recipient.AGENT, b - a) for a, b in itertools.pairwise(bounds)]


class TestSplit:
    @given(st.integers(0, 10**17), wholes())
    def test_the_parts_are_the_whole(self, amount: int, shares: list[Share]) -> None:
        parts = split(amount, shares)
        assert sum(parts) == amount
        for part, share in zip(parts, shares, strict=True):
            due = amount * share.basis_points
            assert due // WHOLE <= part <= -(-due // WHOLE), "nobody is a minor unit off what is due"

    @pytest.mark.parametrize(("amount", "parts"), [(0, [0, 0]), (1, [0, 1]), (2, [0, 2]), (3, [1, 2]), (101, [20, 81])])
    def test_the_usual_rule(self, amount: int, parts: list[int]) -> None:
        assert split(amount, USUAL.tiers[0].shares) == parts

    def test_of_equal_remainders_the_first_gets_the_rest(self) -> None:
        halves = [Share(Recipient.PLATFORM, 5_000), Share(Recipient.AGENT, 5_000)]
        assert split(3, halves) == [2, 1]

    def test_what_is_no_whole_is_refused(self) -> None:
        with pytest.raises(ValueError, match="whole"):
            split(100, [Share(Recipient.AGENT, 9_999)])
        with pytest.raises(ValueError, match="whole"):
            split(-1, [Share(Recipient.AGENT, WHOLE)])


class TestChoose:
    def test_the_latest_that_holds(self) -> None:
        old, new, coming = (Policy(NOW + timedelta(days=days)) for days in (-9, -1, 1))
        assert choose([coming, new, old], None, NOW) is new
        assert choose([coming, new, old], None, NOW - timedelta(days=2)) is old
        assert choose([coming], None, NOW) is None

    def test_the_agents_own_goes_first_however_old(self) -> None:
        agent = new_id()
        own, common = Policy(NOW - timedelta(days=9), agent), Policy(NOW - timedelta(days=1))
        assert choose([own, common], agent, NOW) is own
        assert choose([own, common], new_id(), NOW) is common
        assert choose([own], None, NOW) is None


def test_a_tier_holds_from_its_minimum_on() -> None:
    low, high = Tier(0, USUAL.tiers[0].shares), Tier(1_000, USUAL.tiers[0].shares)
    rule = Rule(None, 100, (high, low))
    assert tier_of(rule, 99_999, 100) is low
    assert tier_of(rule, 100_000, 100) is high


@given(st.integers(1, 10**17))
def test_a_token_is_never_nothing_and_never_more_than_the_price(price: int) -> None:
    assert 1 <= token(price, USUAL) <= price
