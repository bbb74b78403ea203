"""Fifty demo homes of the demo organisation, on the market, with ids that are the same everywhere.

They lie in Portland (Oregon), so that imported listings of Seattle and demo homes do not mix.
"""

import random
from datetime import date
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, CallerKind
from services.chassis.app import Resources
from services.chassis.db.turns import take_turns
from services.chassis.demo import ORGANIZATION_ID, PEOPLE
from services.property.models import PROPERTY_FIELDS, Property
from services.property.operations.listing import create_listing, move_listing
from services.property.operations.property import create_property

COUNT = 50
_CENTER = (45.5231, -122.6765)
_STREETS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple")
_KINDS = ("Single Family Residence", "Condominium", "Townhouse")
_CHARMS = (
    "bright rooms and a quiet garden",
    "a wide view over the river",
    "a fireplace and old oak floors",
    "a roof terrace above the trees",
    "a kitchen made for long evenings",
)


def property_id(number: int) -> UUID:
    """The id of demo home 1 to 50; the first is the one that README walks through."""
    return UUID(f"01900000-0000-7000-8000-0000000010{number:02d}")


def listing_id(number: int) -> UUID:
    """The id of its listing."""
    return UUID(f"01900000-0000-7000-8000-0000000020{number:02d}")


async def seed(resources: Resources) -> None:
    """Put what is missing on the market; homes that are there stay as they are."""
    agent = Actor(
        CallerKind.USER,
        user_id=next(p.user_id for p in PEOPLE if p.role == "agent"),
        organization_id=ORGANIZATION_ID,
    )
    now = resources.clock.now()
    async with resources.database("property").transaction(agent) as tx:
        await take_turns(tx.session, "property.seed")  # two suites on one database begin one after the other
        for number, (facts, offer) in enumerate(homes(), start=1):
            if await tx.session.get(Property, (ORGANIZATION_ID, property_id(number))) is not None:
                continue
            home = await create_property(tx, facts, now, property_id=property_id(number))
            listing = await create_listing(tx, home.id, offer, now, listing_id=listing_id(number))
            await move_listing(tx, listing.id, "publish", etag="", now=now)


def homes() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Facts and offers, the same at every call."""
    rng = random.Random(20261121)  # noqa: S311 - demo data, not secrets
    return [_home(rng, number) for number in range(1, COUNT + 1)]


def _home(rng: random.Random, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    bedrooms, street, kind, charm = rng.randint(1, 5), rng.choice(_STREETS), rng.choice(_KINDS), rng.choice(_CHARMS)
    area = 40 + 32 * bedrooms + rng.randint(0, 40)
    facts: dict[str, Any] = dict.fromkeys(PROPERTY_FIELDS, "") | {
        "property_type": "RESIDENTIAL",
        "property_sub_type": kind,
        "unparsed_address": f"{number * 7} {street} Street, Portland, OR",
        "city": "Portland",
        "county_or_parish": "Multnomah",
        "state_or_province": "OR",
        "postal_code": f"972{rng.randint(1, 20):02d}",
        "country": "US",
        "latitude": round(_CENTER[0] + rng.uniform(-0.06, 0.06), 5),
        "longitude": round(_CENTER[1] + rng.uniform(-0.08, 0.08), 5),
        "bedrooms_total": bedrooms,
        "bathrooms_total_integer": max(1, bedrooms - 1),
        "bathrooms_full": max(1, bedrooms - 1),
        "bathrooms_partial": 0,
        "living_area": float(area),
        "living_area_units": "SQUARE_METERS",
        "above_grade_finished_area": None,
        "below_grade_finished_area": None,
        "lot_size_area": None if kind == "Condominium" else float(area * 3),
        "lot_size_units": "SQUARE_METERS",
        "year_built": rng.randint(1905, 2024),
        "year_built_effective": None,
        "stories": float(rng.randint(1, 3)),
        "parking_total": rng.randint(0, 2),
        "waterfront_yn": "river" in charm,
        "view": ["River"] if "river" in charm else [],
        "originating_system_name": "doorstep_demo",
        "originating_system_key": f"DEMO-{number:02d}",
        "attributes": {},
    }
    price = round(area * rng.randint(3800, 6200), -3)
    offer = {
        "listing_number": f"DEMO-{number:02d}",
        "originating_system_name": "doorstep_demo",
        "list_price": price * 100,
        "currency_code": "USD",
        "listing_contract_date": date(2026, 10, 1),
        "expiration_date": date(2027, 9, 30),
        "public_remarks": f"A {kind.lower()} on {street} Street with {charm}. Walk through it in VR before you come.",
        "private_remarks": "Demo home: keys at the front desk.",
        "showing_instructions": "Call the agent a day ahead.",
    }
    return facts, offer
