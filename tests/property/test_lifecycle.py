"""The state machines, against what people in the trade would expect of them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from doorstep.property.v1 import listing_pb2, property_import_pb2, property_pb2
from services.property import lifecycle
from services.property.errors import ListingStateRefused
from services.property.lifecycle import (
    EDITABLE,
    IMPORT_LIFECYCLE,
    LISTING_LIFECYCLE,
    ON_MARKET,
    PROPERTY_LIFECYCLE,
    StandardStatus,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "enum", "prefix"),
    [
        (LISTING_LIFECYCLE.states, listing_pb2.StandardStatus, "STANDARD_STATUS_"),
        (PROPERTY_LIFECYCLE.states, property_pb2.PropertyState, "PROPERTY_STATE_"),
        (IMPORT_LIFECYCLE.states, property_import_pb2.ImportState, "IMPORT_STATE_"),
    ],
)
def test_states_are_those_of_the_contract(states, enum, prefix):
    assert {prefix + s.name for s in states} | {prefix + "UNSPECIFIED"} == set(enum.keys())


def test_the_way_to_a_sale():
    row = SimpleNamespace(state="INCOMPLETE", status_change_timestamp=None)
    for verb, expected in [
        ("announce", "COMING_SOON"),
        ("publish", "ACTIVE"),
        ("mark_under_contract", "ACTIVE_UNDER_CONTRACT"),
        ("mark_pending", "PENDING"),
        ("close", "CLOSED"),
    ]:
        LISTING_LIFECYCLE.apply(row, verb, at=NOW)
        assert row.state == expected
        assert row.status_change_timestamp == NOW


@pytest.mark.parametrize("verb", sorted(LISTING_LIFECYCLE.verbs))
def test_nothing_leads_out_of_a_sale_or_a_mistake(verb):
    for state in (StandardStatus.CLOSED, StandardStatus.DELETE):
        with pytest.raises(ListingStateRefused) as refused:
            LISTING_LIFECYCLE.target(verb, state)
        assert refused.value.metadata["state"] == state.name
        assert state.name not in refused.value.metadata["allowed_states"].split(",")


def test_every_status_can_be_reached():
    reached = set(LISTING_LIFECYCLE.start)
    for _ in StandardStatus:
        reached |= {to for (_, frm), to in LISTING_LIFECYCLE.as_table().items() if frm in reached}
    assert reached == set(StandardStatus)


def test_everything_on_the_market_can_be_taken_off_it_and_edited():
    for state in ON_MARKET:
        assert LISTING_LIFECYCLE.target("withdraw", state) is StandardStatus.WITHDRAWN
    assert ON_MARKET < EDITABLE


def test_every_verb_is_an_rpc():
    rpcs = {m.name for m in __import__(
        "doorstep.property.v1.listing_service_pb2", fromlist=["x"]
    ).DESCRIPTOR.services_by_name["ListingService"].methods}  # fmt: skip
    for verb in LISTING_LIFECYCLE.verbs - {"supersede"}:  # which an import does
        head, _, rest = verb.partition("_")
        assert head.capitalize() + "Listing" + rest.title().replace("_", "") in rpcs


def test_the_picture_in_the_readme_is_the_table():
    text = (Path(lifecycle.__file__).parent / "README.md").read_text()
    assert f"```mermaid\n{LISTING_LIFECYCLE.mermaid()}\n```" in text


def test_the_database_knows_the_same_states(postgres_server, template_database):
    for table, column, machine in (
        ("properties", "state", PROPERTY_LIFECYCLE),
        ("listings", "standard_status", LISTING_LIFECYCLE),
        ("imports", "state", IMPORT_LIFECYCLE),
    ):
        found = postgres_server.sql(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            f"WHERE conrelid = 'property.{table}'::regclass AND conname = '{table}_{column}_check'",
            database=template_database,
        )
        assert set(re.findall(r"'(\w+)'", str(found))) == {str(s) for s in machine.states}
