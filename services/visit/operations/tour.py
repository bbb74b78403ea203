"""Tours: what is wanted, put into an order as things stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.visit import tours
from services.visit.errors import ListingNotFound, ListingNotShown, TooManyTours, VisitNotFound, VisitStateRefused
from services.visit.lifecycle import LIVING, VisitState
from services.visit.models.tour import Tour
from services.visit.models.visit import Visit
from services.visit.operations.common import find_visit
from services.visit.operations.visit import require_shown
from services.visit.peers import ListingFacts
from services.visit.repository.tour import TourRepository

MOST = 100
"""Tours of one user."""
DAY = timedelta(hours=24)
_PLACES = 2
"""Digits of a place that is not to be known exactly: about a kilometre."""
_EXACT_FROM = (VisitState.APPROVED, VisitState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stop as it is wanted: a visit, or a listing and how long."""

    visit_id: UUID | None
    listing_id: UUID | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A tour as it is wanted."""

    display_name: str
    start_time: datetime
    origin: tours.Place | None
    speed_kmh: int
    stops: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what it is made of."""

    plan: tours.Plan
    stops: Sequence[Wanted]
    left_out: Sequence[Wanted]


class WrongDay(Exception):
    """A visit does not begin within the day of its tour; carries the number of its stop."""

    def __init__(self, number: int) -> None:
        """Name the stop."""
        super().__init__(number)
        self.number = number


async def plan_tour(
    tx: ReadTransaction,
    caller: Actor,
    draft: Draft,
    listings: Mapping[UUID, ListingFacts],
    *,
    strict: bool,
) -> Planned:
    """Put the stops of a draft into an order.

    Args:
        tx: Of the caller.
        caller: Who may see which visits.
        draft: What is wanted.
        listings: Those of its listings that there are.
        strict: Refuse what cannot be seen; otherwise leave it out.

    Raises:
        VisitNotFound, VisitStateRefused, ListingNotFound, ListingNotShown, WrongDay: only if `strict`.
    """
    stops, kept, left_out = [], [], []
    for number, wanted in enumerate(draft.stops):
        try:
            stop = await _stop(tx, caller, wanted, listings)
            if stop.start is not None and not draft.start_time <= stop.start < draft.start_time + DAY:
                raise WrongDay(number)
        except (VisitNotFound, VisitStateRefused, ListingNotFound, ListingNotShown, WrongDay):
            if strict:
                raise
            left_out.append(wanted)
            continue
        stops.append(stop)
        kept.append(wanted)
    made = tours.plan(stops, begin=draft.start_time, origin=draft.origin, speed_kmh=draft.speed_kmh)
    return Planned(made, kept, left_out)


async def create_tour(tx: Transaction, caller: Actor, draft: Draft, now: datetime) -> Tour:
    """Keep a tour.

    Raises:
        TooManyTours
    """
    user_id, kept = user_of(caller), TourRepository(tx)
    await kept.lock(user_id)
    if await kept.count(user_id) >= MOST:
        raise TooManyTours(metadata={"limit": str(MOST)})
    row = kept.add(Tour(user_id=user_id, id=new_id(), create_time=now, update_time=now, **_values(draft)))
    await tx.session.flush()
    return row


async def replace_tour(
    tx: Transaction, caller: Actor, tour_id: UUID, draft: Draft, *, etag: str, now: datetime
) -> Tour:
    """Put another draft in place.

    Raises:
        TourNotFound, EtagMismatch
    """
    row = await TourRepository(tx).get_for_update(tour_id)
    match_etag(row.etag, etag)
    for name, value in _values(draft).items():
        setattr(row, name, value)
    row.update_time = now
    await tx.session.flush()
    return row


async def get_tour(tx: ReadTransaction, tour_id: UUID) -> Tour:
    """One of the caller's.

    Raises:
        TourNotFound
    """
    return await TourRepository(tx).get(tour_id)


async def list_tours(tx: ReadTransaction, caller: Actor, page: Page) -> PageOf[Tour]:
    """One page of the caller's."""
    return await TourRepository(tx).list_page(user_of(caller), page)


async def delete_tour(tx: Transaction, caller: Actor, tour_id: UUID) -> None:
    """Forget one of the caller's.

    Raises:
        TourNotFound
    """
    await TourRepository(tx).remove(user_of(caller), tour_id)


def draft_of(row: Tour) -> Draft:
    """A row as what is wanted."""
    origin = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    stops = [
        Wanted(UUID(text) if kind == "visit" else None, UUID(text) if kind == "listing" else None, minutes)
        for kind, text, minutes in row.stops
    ]
    return Draft(row.display_name, row.start_time, origin, row.speed_kmh, stops)


def _values(draft: Draft) -> dict[str, Any]:
    latitude, longitude = draft.origin or (None, None)
    return {
        "display_name": draft.display_name,
        "start_time": draft.start_time,
        "latitude": latitude,
        "longitude": longitude,
        "speed_kmh": draft.speed_kmh,
        "stops": [
            ["visit" if one.visit_id else "listing", str(one.visit_id or one.listing_id), one.minutes]
            for one in draft.stops
        ],
    }


async def _stop(
    tx: ReadTransaction, caller: Actor, wanted: Wanted, listings: Mapping[UUID, ListingFacts]
) -> tours.Stop:
    if wanted.visit_id is not None:
        row = await find_visit(tx, caller, wanted.visit_id)
        if row.state not in LIVING:
            allowed = ",".join(state.name for state in VisitState if state in LIVING)
            raise VisitStateRefused(metadata={"verb": "tour", "state": row.state, "allowed_states": allowed})
        return tours.Stop(_place_of(row), row.end_time - row.start_time, row.start_time)
    facts = listings.get(wanted.listing_id) if wanted.listing_id is not None else None
    if facts is None:
        raise ListingNotFound
    require_shown(caller, facts)
    own = caller.organization_id == facts.organization_id
    return tours.Stop(facts.place if own else _roughly(facts.place), timedelta(minutes=wanted.minutes))


def _place_of(row: Visit) -> tours.Place | None:
    return row.place if row.state in _EXACT_FROM else _roughly(row.place)


def _roughly(place: tours.Place | None) -> tours.Place | None:
    """A place to about a kilometre: ways between stops must not give away where a home stands."""
    return None if place is None else (round(place[0], _PLACES), round(place[1], _PLACES))
