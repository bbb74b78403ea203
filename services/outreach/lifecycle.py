"""The states of a delivery, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.outreach.errors import DeliveryStateRefused


class DeliveryState(StrEnum):
    """What became of a message by mail or text message."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    SUPPRESSED = "SUPPRESSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


_S = DeliveryState

OPEN = frozenset({_S.QUEUED, _S.SENDING, _S.FAILED, _S.UNKNOWN})
"""States from which it may still be sent: the last two by a replay of the held job."""

DELIVERY = Lifecycle(
    DeliveryState,
    table="outreach.deliveries",
    start=_S.QUEUED,
    transitions=(
        # None of them is an RPC: the jobs do it. A run that takes over from a dead one finds SENDING; whether the
        # message may be sent again is what the ledger of effects decides, not the state.
        Transition("start", OPEN, _S.SENDING),
        Transition("defer", frozenset({_S.SENDING}), _S.QUEUED),
        Transition("succeed", OPEN, _S.SENT, "sent_time"),
        Transition("suppress", OPEN, _S.SUPPRESSED),
        Transition("fail", frozenset({_S.QUEUED, _S.SENDING}), _S.FAILED),
        Transition("lose", frozenset({_S.QUEUED, _S.SENDING}), _S.UNKNOWN),
    ),
    invalid=DeliveryStateRefused,
)
