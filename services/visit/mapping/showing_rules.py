"""Showing rules: rows to messages and back."""

from typing import Any

from doorstep.visit.v1 import showing_rules_pb2 as pb
from services.chassis.errors import invalid
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name, to_time
from services.visit.models.showing_rules import ShowingRules
from services.visit.peers import ListingFacts
from services.visit.policy import Confirmation


def to_message(row: ShowingRules | None, listing: ListingFacts, *, contacts: bool) -> pb.ShowingRules:
    """How a listing is shown, its contacts only if asked for."""
    if row is None:
        return pb.ShowingRules(listing_id=str(listing.listing_id), confirmation=pb.SHOWING_CONFIRMATION_ANY_CONTACT)
    confirmation: Any = f"SHOWING_CONFIRMATION_{row.confirmation}"
    kinds: list[Any] = [f"SHOWING_CONTACT_TYPE_{kind}" for _, kind in row.contacts]
    return pb.ShowingRules(
        listing_id=str(row.listing_id),
        etag=row.etag,
        confirmation=confirmation,
        contacts=[
            pb.ShowingContact(user_id=user_id, showing_contact_type=kind)
            for (user_id, _), kind in zip(row.contacts, kinds, strict=True)
            if contacts
        ],
        showing_instructions=row.showing_instructions,
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
    )


def to_values(message: pb.ShowingRules) -> dict[str, Any]:
    """What is said, by column name.

    Raises:
        InvalidFields: the same contact twice, nobody where all have to confirm, no instructions where there is nothing
            else.
    """
    confirmation = enum_name(pb.ShowingConfirmation, "SHOWING_CONFIRMATION_", message.confirmation)
    contacts = [
        (
            str(parse_id(one.user_id)),
            enum_name(pb.ShowingContactType, "SHOWING_CONTACT_TYPE_", one.showing_contact_type),
        )
        for one in message.contacts
    ]
    for n, (user_id, _) in enumerate(contacts):
        if user_id in [other for other, _ in contacts[:n]]:
            raise invalid(f"showing_rules.contacts[{n}].user_id", "must not stand twice", "contacts.unique")
    if confirmation == Confirmation.ALL_CONTACTS and not contacts:
        raise invalid("showing_rules.contacts", "must name somebody, since all of them confirm", "contacts.required")
    if confirmation == Confirmation.INSTRUCTIONS_ONLY and not message.showing_instructions.strip():
        raise invalid("showing_rules.showing_instructions", "must say what to do", "showing_instructions.required")
    return {
        "confirmation": confirmation,
        "contacts": [list(one) for one in contacts],
        "showing_instructions": message.showing_instructions,
    }
