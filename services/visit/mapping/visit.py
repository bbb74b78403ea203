"""Visits: rows to messages and back."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from doorstep.visit.v1 import visit_pb2 as pb
from doorstep.visit.v1 import visit_service_pb2
from services.chassis.actor import Actor
from services.chassis.errors import invalid
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name, to_time
from services.visit.evidence import Fix
from services.visit.mapping.times import from_time
from services.visit.models.visit import Visit, VisitChange
from services.visit.repository.visit import Filter

_TIMES = (
    "start_time",
    "end_time",
    "expire_time",
    "approve_time",
    "meet_time",
    "close_time",
    "create_time",
    "update_time",
    "former_start_time",
    "former_end_time",
)
_PLAIN = ("etag", "time_zone", "round", "sequence", "note", "reason", "evidence_score", "needs_review")
_IDS = ("organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "absent_user_id", "certificate_id")
_times_of, _plain_of, _ids_of = attrgetter(*_TIMES), attrgetter(*_PLAIN), attrgetter(*_IDS)


def to_message(row: Visit, caller: Actor) -> pb.Visit:
    """A visit; the buyer does not learn who is asked beside the agent, nor who of them agrees."""
    buyer = caller.user_id == row.buyer_id
    fields: dict[str, Any] = dict(zip(_PLAIN, _plain_of(row), strict=True))
    fields |= {name: to_time(value) for name, value in zip(_TIMES, _times_of(row), strict=True)}
    fields |= {name: str(value or "") for name, value in zip(_IDS, _ids_of(row), strict=True)}
    return pb.Visit(
        visit_id=str(row.id),
        state=f"VISIT_STATE_{row.state}",
        proposed_by=f"VISIT_PARTY_{row.proposed_by}",
        showing_request_type=f"SHOWING_REQUEST_TYPE_{row.showing_request_type}",
        showing_method=f"SHOWING_METHOD_{row.showing_method}",
        confirmation=f"SHOWING_CONFIRMATION_{row.confirmation}",
        contact_ids=map(str, () if buyer else row.contact_ids),
        confirmed_ids=[str(one) for one in row.confirmed_ids if not buyer or one == row.buyer_id],
        **fields,
    )


def to_change(row: VisitChange, visit: Visit, caller: Actor) -> pb.VisitChange:
    """A step of the history; the buyer does not learn which contact took it."""
    hidden = caller.user_id == visit.buyer_id and row.actor_id != visit.agent_id and row.actor_id in visit.contact_ids
    state: Any = f"VISIT_STATE_{row.state}"
    previous: Any = f"VISIT_STATE_{row.previous_state}"
    party: Any = f"VISIT_PARTY_{row.party}"
    return pb.VisitChange(
        change_id=str(row.id),
        verb=row.verb,
        previous_state=previous,
        state=state,
        start_time=to_time(row.start_time),
        end_time=to_time(row.end_time),
        sequence=row.sequence,
        actor_id="" if hidden else str(row.actor_id or ""),
        party=party,
        reason=row.reason,
        create_time=to_time(row.create_time),
    )


def to_values(request: visit_service_pb2.RequestVisitRequest, time_zone: str) -> dict[str, Any]:
    """What a buyer says with a request, by column name."""
    return {
        "time_zone": time_zone,
        "showing_request_type": enum_name(pb.ShowingRequestType, "SHOWING_REQUEST_TYPE_", request.showing_request_type),
        "showing_method": enum_name(pb.ShowingMethod, "SHOWING_METHOD_", request.showing_method),
        "note": request.note,
    }


def to_filter(request: visit_service_pb2.ListVisitsRequest) -> Filter:
    """Which visits are asked for."""
    ids = {
        name: parse_id(getattr(request, name)) if getattr(request, name) else None
        for name in ("listing_id", "property_id", "agent_id", "buyer_id")
    }
    return Filter(
        states=[enum_name(pb.VisitState, "VISIT_STATE_", state) for state in request.states],
        start_from=_moment(request, "start_time_from"),
        start_until=_moment(request, "start_time_until"),
        needs_review=request.needs_review,
        **ids,
    )


def _moment(request: visit_service_pb2.ListVisitsRequest, name: str) -> datetime | None:
    return from_time(getattr(request, name), name) if request.HasField(name) else None


def to_fixes(messages: Iterable[pb.LocationFix], field: str) -> list[Fix]:
    """Where a device says that it was.

    Raises:
        InvalidFields: 0, 0 is where devices are that do not know where they are.
    """
    found = []
    for number, message in enumerate(messages):
        if message.latitude == 0 and message.longitude == 0:
            raise invalid(f"{field}[{number}]", "must be a place where the device was", "location.null_island")
        found.append(
            Fix(
                latitude=message.latitude,
                longitude=message.longitude,
                accuracy_meters=message.accuracy_meters,
                fix_time=from_time(message.fix_time, f"{field}[{number}].fix_time"),
                mock=message.mock,
            )
        )
    return found
