"""Visits as iCalendar (RFC 5545) for one reader. Pure.

An event is the same event for ever: its UID is the visit's id, its SEQUENCE the visit's, which rises with every change.
Times are in UTC, so that no calendar needs our rules of time zones. The reader is named by e-mail address, because
calendar programs find their owner by it; the other party by name and an opaque `urn:uuid`, because an address is for
its owner to give away. The place is told once both have agreed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

from services.visit.lifecycle import Party, VisitState
from services.visit.models.visit import Visit

PRODUCT = "-//Doorstep//Visits//EN"
MEDIA_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=1)
"""How often a calendar program should look at a feed."""

OFF = frozenset({VisitState.REJECTED, VisitState.CANCELLED, VisitState.EXPIRED})
"""States in which nothing takes place."""
_OPEN = frozenset({VisitState.PENDING, VisitState.COUNTERED})


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody of a visit; `email` only where the reader may know it."""

    user_id: UUID
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit as one of its parties reads it."""

    visit: Visit
    reader: Attendee
    other: Attendee
    address: str = ""
    """Of the home, if it is known; kept back until both have agreed."""


def method_of(visit: Visit) -> str:
    """The METHOD of a visit's invitation."""
    return "CANCEL" if visit.state in OFF else "REQUEST"


def invitation(entry: Entry, *, sender: str) -> bytes:
    """The invitation to a visit as it stands.

    Args:
        entry: The visit and its reader.
        sender: Who sends it, as in the From header of mails: a calendar program answers there.
    """
    method = method_of(entry.visit)
    calendar = _calendar(method)
    event = _event(entry, sender=sender)
    for person in (entry.reader, entry.other):
        event.add("attendee", _attendee(person, entry.visit), encode=False)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def feed(name: str, entries: Iterable[Entry], *, sender: str) -> bytes:
    """A user's visits, for a calendar program that comes again and again.

    Without attendees: nobody is asked by it (RFC 5546, 3.2.1: they MUST NOT be present).
    """
    calendar = _calendar("PUBLISH")
    calendar.add("name", name)  # RFC 7986
    calendar.add("x-wr-calname", name)  # what programs really read
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, sender=sender))
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry, *, sender: str) -> Event:
    visit = entry.visit
    agreed = visit.state not in OFF | _OPEN
    event = Event()
    event.add("uid", str(visit.id))
    event.add("sequence", visit.sequence)
    event.add("dtstamp", visit.update_time)
    event.add("created", visit.create_time)
    event.add("last-modified", visit.update_time)
    event.add("dtstart", visit.start_time)
    event.add("dtend", visit.end_time)
    event.add("status", "CANCELLED" if visit.state in OFF else "CONFIRMED" if agreed else "TENTATIVE")
    event.add("transp", "TRANSPARENT" if visit.state in OFF else "OPAQUE")
    event.add("class", "PRIVATE")
    title = "Visit" if agreed else "Visit (not agreed yet)"
    if agreed and entry.address:
        event.add("location", entry.address)
        title = f"Visit: {entry.address}"
    event.add("summary", title)
    if entry.other.name:
        event.add("description", f"With {entry.other.name}")
    if agreed and visit.place is not None:
        event.add("geo", visit.place)
    name, address = parseaddr(sender)
    organizer = vCalAddress(f"mailto:{address}")
    if name:
        organizer.params["cn"] = vText(name)
    event.add("organizer", organizer, encode=False)
    return event


def _attendee(person: Attendee, visit: Visit) -> vCalAddress:
    found = vCalAddress(f"mailto:{person.email}" if person.email else person.user_id.urn)
    if person.name:
        found.params["cn"] = vText(person.name)
    side = Party.BUYER if person.user_id == visit.buyer_id else Party.AGENT
    waits = visit.state in _OPEN and visit.proposed_by != side.value
    found.params["role"] = vText("REQ-PARTICIPANT")
    found.params["partstat"] = vText("NEEDS-ACTION" if waits else "ACCEPTED")
    found.params["rsvp"] = vText("FALSE")  # one answers in Doorstep, not by mail
    return found
