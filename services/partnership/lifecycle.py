"""The states of requests, partnerships and engagements, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.partnership.errors import (
    EngagementStateRefused,
    PartnerRequestStateRefused,
    PartnershipStateRefused,
)


class PartnerRequestState(StrEnum):
    """Where a request stands; all but PENDING are final."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class PartnershipState(StrEnum):
    """Where a partnership stands."""

    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class EngagementState(StrEnum):
    """Where an engagement stands."""

    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    ENDED = "ENDED"


OPEN = frozenset({EngagementState.REQUESTED, EngagementState.ACTIVE})
"""States of which there is at most one engagement for client, agent and purpose."""

_PENDING = frozenset({PartnerRequestState.PENDING})
_REQUESTED = frozenset({EngagementState.REQUESTED})
_ANSWERED = "response_time"

PARTNER_REQUEST_LIFECYCLE = Lifecycle(
    PartnerRequestState,
    table="partnership.partner_requests",
    start=PartnerRequestState.PENDING,
    transitions=(
        Transition("accept", _PENDING, PartnerRequestState.ACCEPTED, _ANSWERED),
        Transition("reject", _PENDING, PartnerRequestState.REJECTED, _ANSWERED),
        Transition("withdraw", _PENDING, PartnerRequestState.WITHDRAWN, _ANSWERED),
        Transition("expire", _PENDING, PartnerRequestState.EXPIRED, _ANSWERED),
    ),
    invalid=PartnerRequestStateRefused,
)

PARTNERSHIP_LIFECYCLE = Lifecycle(
    PartnershipState,
    table="partnership.partnerships",
    start=PartnershipState.ACTIVE,
    transitions=(Transition("end", frozenset({PartnershipState.ACTIVE}), PartnershipState.ENDED, "end_time"),),
    invalid=PartnershipStateRefused,
)

ENGAGEMENT_LIFECYCLE = Lifecycle(
    EngagementState,
    table="partnership.engagements",
    start=EngagementState.REQUESTED,
    transitions=(
        Transition("accept", _REQUESTED, EngagementState.ACTIVE, _ANSWERED),
        Transition("decline", _REQUESTED, EngagementState.DECLINED, _ANSWERED),
        Transition("withdraw", _REQUESTED, EngagementState.WITHDRAWN, _ANSWERED),
        Transition("expire", _REQUESTED, EngagementState.EXPIRED, _ANSWERED),
        Transition("end", frozenset({EngagementState.ACTIVE}), EngagementState.ENDED, "end_time"),
    ),
    invalid=EngagementStateRefused,
)
