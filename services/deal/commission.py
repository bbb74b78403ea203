"""How commissions are divided and tokens reckoned. Pure, whole minor units only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

WHOLE = 10_000
"""Basis points of a whole."""


class Recipient(StrEnum):
    """Who gets a share."""

    PLATFORM = "PLATFORM"
    AGENT = "AGENT"
    REFERRAL = "REFERRAL"


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a commission."""

    recipient: Recipient
    basis_points: int
    payee_id: UUID | None = None
    """The referrer."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How commissions are divided from some amount on."""

    minimum_units: int
    """Whole units of the currency."""
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a policy is reckoned with."""

    policy_id: UUID | None
    """None for the usual rule."""
    token_basis_points: int
    tiers: tuple[Tier, ...]


USUAL = Rule(None, 100, (Tier(0, (Share(Recipient.PLATFORM, 2_000), Share(Recipient.AGENT, 8_000))),))
"""What holds where an organisation has said nothing."""


class Dated(Protocol):
    """A policy with the time from which it holds, and the agent whom it is for."""

    agent_id: UUID | None
    effective_time: datetime


P = TypeVar("P", bound=Dated)


def choose(policies: Sequence[P], agent_id: UUID | None, at: datetime) -> P | None:
    """The policy that holds at a time: the latest one for the agent, else the latest one for everybody.

    Of two that begin at the same time the one that stands later in `policies` holds.
    """
    holding = [policy for policy in policies if policy.effective_time <= at]
    own = [policy for policy in holding if policy.agent_id is not None and policy.agent_id == agent_id]
    common = [policy for policy in holding if policy.agent_id is None]
    found: P | None = None
    for policy in own or common:
        if found is None or policy.effective_time >= found.effective_time:
            found = policy
    return found


def tier_of(rule: Rule, amount: int, minor_per_unit: int) -> Tier:
    """The tier with the greatest minimum that is not above an amount of minor units."""
    reached = [tier for tier in rule.tiers if tier.minimum_units * minor_per_unit <= amount]
    return max(reached, key=lambda tier: tier.minimum_units)


def token(price: int, rule: Rule) -> int:
    """The token for a price: rounded up, so that it is never nothing."""
    return -(-price * rule.token_basis_points // WHOLE)


def split(amount: int, shares: Sequence[Share]) -> list[int]:
    """Divide an amount by basis points so that the parts add up to it (largest remainder, Hamilton's method).

    Every part is what is due rounded down; the minor units that are left go one each to the largest remainders, and of
    equal ones to the share that stands first, so that the same amount is always divided in the same way.

    Raises:
        ValueError: the shares are not a whole, or the amount is negative.
    """
    if amount < 0 or sum(share.basis_points for share in shares) != WHOLE:
        raise ValueError("only a whole of a positive amount can be divided")
    parts, remainders = [], []
    for share in shares:
        part, rest = divmod(amount * share.basis_points, WHOLE)
        parts.append(part)
        remainders.append(rest)
    left = amount - sum(parts)
    for index in sorted(range(len(shares)), key=lambda n: (-remainders[n], n))[:left]:
        parts[index] += 1
    return parts
