"""The states of offers, deals, documents and payments, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.deal.errors import (
    DealStateRefused,
    DisputeStateRefused,
    DocumentStateRefused,
    OfferStateRefused,
    PaymentStateRefused,
    PayoutStateRefused,
    ReconciliationStateRefused,
)


class OfferState(StrEnum):
    """Where an offer stands."""

    PENDING = "PENDING"
    COUNTERED = "COUNTERED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    LAPSED = "LAPSED"
    FELL_THROUGH = "FELL_THROUGH"


class OfferParty(StrEnum):
    """A side of an offer."""

    BUYER = "BUYER"
    SELLER = "SELLER"

    @property
    def other(self) -> "OfferParty":
        """The other side."""
        return OfferParty.SELLER if self is OfferParty.BUYER else OfferParty.BUYER


class DealState(StrEnum):
    """Whether a deal goes on."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class DocumentStatus(StrEnum):
    """The part of the RESO lookup of the same name that is used here."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class PaymentState(StrEnum):
    """Where a payment stands."""

    CREATED = "CREATED"
    HELD = "HELD"
    RELEASED = "RELEASED"
    REFUNDING = "REFUNDING"
    REFUNDED = "REFUNDED"
    FORFEITED = "FORFEITED"
    FAILED = "FAILED"
    REFUND_RETURNED = "REFUND_RETURNED"
    CANCELLED = "CANCELLED"


class PayoutState(StrEnum):
    """Where a payout stands."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    PAID = "PAID"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class ReconciliationState(StrEnum):
    """Whether somebody still looks at a reconciliation."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DISCARDED = "DISCARDED"


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "OPEN"
    UNDER_REVIEW = "UNDER_REVIEW"
    RESOLVED = "RESOLVED"
    WITHDRAWN = "WITHDRAWN"


class AccountKind(StrEnum):
    """What the money of a ledger account is."""

    PROVIDER_CLEARING = "PROVIDER_CLEARING"
    ESCROW = "ESCROW"
    COMMISSION_RECEIVED = "COMMISSION_RECEIVED"
    PLATFORM_REVENUE = "PLATFORM_REVENUE"
    AGENT_PAYABLE = "AGENT_PAYABLE"
    REFERRAL_PAYABLE = "REFERRAL_PAYABLE"
    SELLER_PAYABLE = "SELLER_PAYABLE"
    PAYOUT_TRANSIT = "PAYOUT_TRANSIT"


_O = OfferState
OPEN_OFFERS = frozenset({_O.PENDING, _O.COUNTERED})
"""States in which somebody has to answer."""

OFFER_LIFECYCLE = Lifecycle(
    OfferState,
    table="deal.offers",
    start=_O.PENDING,
    transitions=(
        Transition("counter", OPEN_OFFERS, _O.COUNTERED),
        Transition("accept", OPEN_OFFERS, _O.ACCEPTED, "end_time"),
        Transition("reject", OPEN_OFFERS, _O.REJECTED, "end_time"),
        Transition("withdraw", OPEN_OFFERS, _O.WITHDRAWN, "end_time"),
        Transition("expire", OPEN_OFFERS, _O.EXPIRED, "end_time"),
        Transition("lapse", OPEN_OFFERS, _O.LAPSED, "end_time"),
        Transition("fall_through", frozenset({_O.ACCEPTED}), _O.FELL_THROUGH, "end_time"),
    ),
    invalid=OfferStateRefused,
)

DEAL_LIFECYCLE = Lifecycle(
    DealState,
    table="deal.deals",
    start=DealState.OPEN,
    transitions=(
        Transition("close", frozenset({DealState.OPEN}), DealState.CLOSED, "end_time"),
        Transition("cancel", frozenset({DealState.OPEN}), DealState.CANCELLED, "end_time"),
    ),
    invalid=DealStateRefused,
)

DOCUMENT_LIFECYCLE = Lifecycle(
    DocumentStatus,
    table="deal.documents",
    column="document_status",
    start=DocumentStatus.RECEIVED,
    transitions=(
        Transition("verify", frozenset({DocumentStatus.RECEIVED}), DocumentStatus.ACCEPTED, "verify_time"),
        Transition("reject", frozenset({DocumentStatus.RECEIVED}), DocumentStatus.REJECTED, "verify_time"),
    ),
    invalid=DocumentStateRefused,
)

_D = DisputeState
LASTING_DISPUTES = frozenset({_D.OPEN, _D.UNDER_REVIEW})
"""States in which the deal's money stays where it is; at most one dispute of a deal is in them."""

DISPUTE_LIFECYCLE = Lifecycle(
    DisputeState,
    table="deal.disputes",
    start=_D.OPEN,
    transitions=(
        Transition("respond", frozenset({_D.OPEN}), _D.UNDER_REVIEW, "respond_time"),
        Transition("withdraw", LASTING_DISPUTES, _D.WITHDRAWN, "end_time"),
        Transition("resolve", LASTING_DISPUTES, _D.RESOLVED, "end_time"),
    ),
    invalid=DisputeStateRefused,
)

_P = PaymentState
OPEN_PAYMENTS = frozenset({_P.CREATED, _P.HELD, _P.REFUNDING})
"""States in which a deal can neither be closed nor cancelled; RELEASED keeps it from being cancelled only."""
LIVE_PAYMENTS = OPEN_PAYMENTS | {_P.RELEASED}
"""States in which a deal has its token; at most one payment of a deal is in them, beside those that go back again."""

PAYMENT_LIFECYCLE = Lifecycle(
    PaymentState,
    table="deal.payments",
    start=_P.CREATED,
    transitions=(
        # A provider may take the money at a later attempt of its own, after it has told of one that failed; or it was
        # asked just before nobody waited for its answer any more.
        Transition("hold", frozenset({_P.CREATED, _P.FAILED, _P.CANCELLED}), _P.HELD, "hold_time"),
        Transition("fail", frozenset({_P.CREATED}), _P.FAILED),
        Transition("cancel", frozenset({_P.CREATED}), _P.CANCELLED, "end_time"),
        Transition("release", frozenset({_P.HELD}), _P.RELEASED, "end_time"),
        # What was released waits as the commission of the deal until it is closed, and comes back if it falls through.
        Transition("forfeit", frozenset({_P.HELD, _P.RELEASED}), _P.FORFEITED, "end_time"),
        Transition("refund", frozenset({_P.HELD, _P.RELEASED, _P.REFUND_RETURNED}), _P.REFUNDING),
        Transition("settle_refund", frozenset({_P.REFUNDING}), _P.REFUNDED, "end_time"),
        Transition("fail_refund", frozenset({_P.REFUNDING}), _P.HELD),
        # Banks send money back days after it was said to have arrived. By then the deal may have another token, or be
        # over: what was given back once stays the buyer's, and can only be sent again.
        Transition("return_refund", frozenset({_P.REFUNDED, _P.REFUNDING}), _P.REFUND_RETURNED),
    ),
    invalid=PaymentStateRefused,
)

OPEN_PAYOUTS = frozenset({PayoutState.REQUESTED, PayoutState.APPROVED})
"""States in which a payee has a payout under way; at most one for each deal."""

PAYOUT_LIFECYCLE = Lifecycle(
    PayoutState,
    table="deal.payouts",
    start=PayoutState.REQUESTED,
    transitions=(
        Transition("approve", frozenset({PayoutState.REQUESTED}), PayoutState.APPROVED, "approve_time"),
        Transition("reject", frozenset({PayoutState.REQUESTED}), PayoutState.REJECTED, "end_time"),
        Transition("cancel", frozenset({PayoutState.REQUESTED}), PayoutState.CANCELLED, "end_time"),
        Transition("settle_payout", frozenset({PayoutState.APPROVED}), PayoutState.PAID, "end_time"),
        # Banks send money back days after it was said to have arrived.
        Transition("fail_payout", frozenset({PayoutState.APPROVED, PayoutState.PAID}), PayoutState.FAILED, "end_time"),
    ),
    invalid=PayoutStateRefused,
)

RECONCILIATION_LIFECYCLE = Lifecycle(
    ReconciliationState,
    table="deal.reconciliations",
    start=ReconciliationState.OPEN,
    transitions=(
        Transition("close", frozenset({ReconciliationState.OPEN}), ReconciliationState.CLOSED, "end_time"),
        Transition("discard", frozenset({ReconciliationState.OPEN}), ReconciliationState.DISCARDED, "end_time"),
    ),
    invalid=ReconciliationStateRefused,
)
