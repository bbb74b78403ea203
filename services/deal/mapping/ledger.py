"""The ledger and commission policies: rows to messages and back."""

from uuid import UUID

from doorstep.deal.v1 import commission_pb2, ledger_pb2
from services.chassis.mapping import enum_name, to_time
from services.deal.commission import Recipient, Share, Tier
from services.deal.models.ledger import CommissionPolicy, LedgerAccount
from services.deal.operations.commission import tier_from_json
from services.deal.operations.ledger import Posted


def to_account(row: LedgerAccount) -> ledger_pb2.LedgerAccount:
    """A place where money is."""
    return ledger_pb2.LedgerAccount(
        account_id=str(row.id),
        kind=f"ACCOUNT_KIND_{row.kind}",
        owner_id="" if row.owner_id == row.organization_id else str(row.owner_id),
        currency_code=row.currency_code,
        balance_minor=row.balance,
    )


def to_transaction(posted: Posted) -> ledger_pb2.LedgerTransaction:
    """A movement with its lines."""
    row = posted.row
    return ledger_pb2.LedgerTransaction(
        transaction_id=str(row.id),
        kind=row.kind,
        deal_id=str(row.deal_id),
        payment_id=str(row.payment_id or ""),
        payout_id=str(row.payout_id or ""),
        policy_id=str(row.policy_id or ""),
        actor_id=str(row.actor_id or ""),
        entries=[
            ledger_pb2.LedgerEntry(
                account_id=str(account.id),
                kind=f"ACCOUNT_KIND_{account.kind}",
                currency_code=account.currency_code,
                amount_minor=amount,
            )
            for account, amount in posted.lines
        ],
        create_time=to_time(row.create_time),
    )


def to_policy(row: CommissionPolicy) -> commission_pb2.CommissionPolicy:
    """A rule as it was made."""
    return commission_pb2.CommissionPolicy(
        policy_id=str(row.id),
        organization_id=str(row.organization_id),
        display_name=row.display_name,
        agent_id=str(row.agent_id or ""),
        effective_time=to_time(row.effective_time),
        token_basis_points=row.token_basis_points,
        tiers=[_to_tier(tier_from_json(tier)) for tier in row.tiers],
        creator_id=str(row.creator_id),
        create_time=to_time(row.create_time),
    )


def to_tiers(message: commission_pb2.CommissionPolicy) -> list[Tier]:
    """The tiers that a caller wants."""
    return [
        Tier(
            tier.minimum_units,
            tuple(
                Share(
                    Recipient(enum_name(commission_pb2.CommissionRecipient, "COMMISSION_RECIPIENT_", share.recipient)),
                    share.basis_points,
                    UUID(share.payee_id) if share.payee_id else None,
                )
                for share in tier.shares
            ),
        )
        for tier in message.tiers
    ]


def _to_tier(tier: Tier) -> commission_pb2.CommissionTier:
    return commission_pb2.CommissionTier(
        minimum_units=tier.minimum_units,
        shares=[
            commission_pb2.CommissionShare(
                recipient=f"COMMISSION_RECIPIENT_{share.recipient}",
                payee_id=str(share.payee_id or ""),
                basis_points=share.basis_points,
            )
            for share in tier.shares
        ],
    )
