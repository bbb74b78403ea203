"""The states of offers, deals and documents, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.deal.errors import DealStateRefused, DocumentStateRefused, OfferStateRefused


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


_O = OfferState
OPEN_OFFERS = frozenset({_O.PENDING, _O.COUNTERED})
"""States in which somebody has to answer."""

OFFER_LIFECYCLE = Lifecycle(
    OfferState,
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
    start=DealState.OPEN,
    transitions=(
        Transition("close", frozenset({DealState.OPEN}), DealState.CLOSED, "end_time"),
        Transition("cancel", frozenset({DealState.OPEN}), DealState.CANCELLED, "end_time"),
    ),
    invalid=DealStateRefused,
)

DOCUMENT_LIFECYCLE = Lifecycle(
    DocumentStatus,
    start=DocumentStatus.RECEIVED,
    transitions=(
        Transition("verify", frozenset({DocumentStatus.RECEIVED}), DocumentStatus.ACCEPTED, "verify_time"),
        Transition("reject", frozenset({DocumentStatus.RECEIVED}), DocumentStatus.REJECTED, "verify_time"),
    ),
    invalid=DocumentStateRefused,
)
