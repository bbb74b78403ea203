"""The state machine, against what people would expect of an appointment."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.visit import lifecycle
from services.visit.errors import VisitStateRefused
from services.visit.lifecycle import LIVING, OPEN, VISIT_LIFECYCLE, Party, VisitState

NOW = datetime(2026, 11, 21, tzinfo=UTC)
OVER = set(VisitState) - LIVING


def a_row(state: VisitState) -> SimpleNamespace:
    return SimpleNamespace(state=state, approve_time=None, meet_time=None, close_time=None)


def test_the_way_to_a_completed_visit():
    row = a_row(VisitState.PENDING)
    for verb, expected in (
        ("counter", "COUNTERED"),
        ("counter", "COUNTERED"),
        ("accept_counter", "APPROVED"),
        ("reschedule", "APPROVED"),
        ("start", "IN_PROGRESS"),
        ("complete", "COMPLETED"),
    ):
        VISIT_LIFECYCLE.apply(row, verb, at=NOW)
        assert row.state == expected
    assert row.approve_time == row.meet_time == row.close_time == NOW


@given(st.lists(st.sampled_from(sorted(VISIT_LIFECYCLE.verbs)), max_size=30))
def test_whatever_is_tried(verbs):
    """A visit that is over never occupies a time again, and nobody completes one that was never agreed."""
    row = a_row(VisitState.PENDING)
    agreed = over = False
    for verb in verbs:
        before = row.state
        try:
            VISIT_LIFECYCLE.apply(row, verb, at=NOW)
        except VisitStateRefused as refusal:
            refused = refusal.metadata
            assert row.state == before
            assert refused["state"] == before
            assert before not in refused["allowed_states"].split(",")
        agreed = agreed or row.state == VisitState.APPROVED
        over = over or row.state in OVER
        assert not (over and row.state in LIVING)
        assert agreed or row.state not in (VisitState.IN_PROGRESS, VisitState.COMPLETED, VisitState.NO_SHOW)


@pytest.mark.parametrize("verb", sorted(VISIT_LIFECYCLE.verbs))
def test_nothing_leads_out_of_the_end(verb):
    for state in OVER - {VisitState.NO_SHOW}:
        if (verb, state) == ("accept_evidence", VisitState.COMPLETED):
            assert VISIT_LIFECYCLE.target(verb, state) is state, "what is over is looked at again, and stays over"
            continue
        with pytest.raises(VisitStateRefused):
            VISIT_LIFECYCLE.target(verb, state)


def test_open_proposals_occupy_their_time():
    assert OPEN < LIVING
    assert Party.BUYER.other is Party.AGENT
    assert Party.AGENT.other is Party.BUYER


def test_the_picture_in_the_readme_is_the_table():
    text = (Path(lifecycle.__file__).parent / "README.md").read_text()
    assert f"```mermaid\n{VISIT_LIFECYCLE.mermaid()}\n```" in text
