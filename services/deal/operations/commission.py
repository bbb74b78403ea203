"""Commission policies, and dividing what the ledger holds by them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid
from services.chassis.ids import new_id
from services.chassis.money import minor_per_unit
from services.chassis.paging import Page, PageOf
from services.deal import commission
from services.deal.commission import Recipient, Rule, Share, Tier
from services.deal.errors import DealStateRefused, NothingToDistribute
from services.deal.lifecycle import AccountKind, DealState
from services.deal.models.deal import Deal
from services.deal.models.ledger import CommissionPolicy
from services.deal.operations.common import note
from services.deal.operations.holding import must_be_undisputed
from services.deal.operations.ledger import Posted, commission_place, divide
from services.deal.repository.deal import DealRepository
from services.deal.repository.dispute import DisputeRepository
from services.deal.repository.ledger import LedgerRepository, Place, PolicyRepository

GRACE = timedelta(minutes=5)
"""How far `effective_time` may lie back: clocks differ, and "now" takes a moment to arrive."""


async def create_commission_policy(
    tx: Transaction,
    actor: Actor,
    organization_id: UUID,
    *,
    display_name: str,
    agent_id: UUID | None,
    effective_time: datetime,
    token_basis_points: int,
    tiers: Sequence[Tier],
    now: datetime,
) -> CommissionPolicy:
    """Make a policy that holds from some time on.

    Raises:
        InvalidFields: see the contract.
    """
    if effective_time < now - GRACE:
        raise invalid("policy.effective_time", "must not be in the past", "effective_time.past")
    starts = [tier.minimum_units for tier in tiers]
    if 0 not in starts or len(set(starts)) < len(starts):
        raise invalid("policy.tiers", "one must begin at 0, and no two with the same amount", "tiers.starts")
    for tier in tiers:
        if sum(share.basis_points for share in tier.shares) != commission.WHOLE:
            raise invalid("policy.tiers.shares", "must be 10000 basis points together", "shares.whole")
        for share in tier.shares:
            if (share.recipient is Recipient.REFERRAL) != (share.payee_id is not None):
                raise invalid("policy.tiers.shares.payee_id", "belongs to REFERRAL, which needs one", "shares.payee")
    row = CommissionPolicy(
        organization_id=organization_id,
        id=new_id(),
        display_name=display_name,
        agent_id=agent_id,
        effective_time=effective_time,
        token_basis_points=token_basis_points,
        tiers=[_to_json(tier) for tier in tiers],
        creator_id=user_of(actor),
        create_time=now,
    )
    PolicyRepository(tx).add(row)
    await tx.session.flush()
    return row


async def list_commission_policies(tx: ReadTransaction, page: Page) -> PageOf[CommissionPolicy]:
    """One page of policies."""
    return await PolicyRepository(tx).list_page(page)


async def rule_for(tx: ReadTransaction, deal: Deal) -> Rule:
    """The rule by which a deal goes: that of the day on which it began, whatever was decided later."""
    # One that is made later may begin a moment earlier (`GRACE`).
    known = [policy for policy in await PolicyRepository(tx).all() if policy.create_time <= deal.create_time]
    found = commission.choose(known, deal.agent_id, deal.create_time)
    if found is None:
        return commission.USUAL
    return Rule(found.id, found.token_basis_points, tuple(tier_from_json(tier) for tier in found.tiers))


def payees_of(rule: Rule) -> set[UUID]:
    """Whom a rule names beside platform and agent: they gain by what is released."""
    return {share.payee_id for tier in rule.tiers for share in tier.shares if share.payee_id is not None}


async def distribute_commission(tx: Transaction, actor: Actor, deal_id: UUID, now: datetime) -> Posted:
    """Divide what the ledger holds as the commission of a closed deal, or of one that fell through after a dispute.

    Raises:
        DealNotFound, DealStateRefused, DealDisputed, NothingToDistribute.
    """
    by = user_of(actor)
    deal = await DealRepository(tx).get_for_update(deal_id)
    # A token that nobody has decided about is taken back before its deal is cancelled; what a dispute released stays.
    decided = deal.state == DealState.CANCELLED and await DisputeRepository(tx).releasing(deal_id) is not None
    if deal.state != DealState.CLOSED and not decided:
        raise DealStateRefused(metadata={"state": deal.state, "allowed_states": DealState.CLOSED.name})
    await must_be_undisputed(tx, deal)
    # Ahead of the order of accounts, which is safe: who touches this one holds the lock of the deal.
    total = await LedgerRepository(tx).balance(deal.organization_id, commission_place(deal), now)
    if total <= 0:
        raise NothingToDistribute
    rule = await rule_for(tx, deal)
    shares = commission.tier_of(rule, total, minor_per_unit(deal.currency_code)).shares
    amounts: dict[Place, int] = {}
    for share, part in zip(shares, commission.split(total, shares), strict=True):
        place = _place(share, deal)
        amounts[place] = amounts.get(place, 0) + part
    posted = await divide(tx, deal, amounts, policy_id=rule.policy_id, by=by, now=now)
    note(tx, deal, "commission.distribute", by=by, now=now, resource_id=posted.row.id, members_only=True)
    return posted


def _place(share: Share, deal: Deal) -> Place:
    match share.recipient:
        case Recipient.AGENT if deal.agent_id is not None:
            return Place(AccountKind.AGENT_PAYABLE, deal.agent_id, deal.currency_code)
        case Recipient.REFERRAL if share.payee_id is not None:
            return Place(AccountKind.REFERRAL_PAYABLE, share.payee_id, deal.currency_code)
        case _:
            # A deal that nobody led: the agent's part stays with the platform.
            return Place(AccountKind.PLATFORM_REVENUE, deal.organization_id, deal.currency_code)


def _to_json(tier: Tier) -> dict[str, Any]:
    shares = [
        {
            "recipient": str(share.recipient),
            "basis_points": share.basis_points,
            "payee_id": str(share.payee_id) if share.payee_id else None,
        }
        for share in tier.shares
    ]
    return {"minimum_units": tier.minimum_units, "shares": shares}


def tier_from_json(data: dict[str, Any]) -> Tier:
    """A tier as a policy keeps it."""
    shares = tuple(
        Share(
            Recipient(share["recipient"]),
            share["basis_points"],
            UUID(share["payee_id"]) if share["payee_id"] else None,
        )
        for share in data["shares"]
    )
    return Tier(data["minimum_units"], shares)
