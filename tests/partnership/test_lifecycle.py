"""The state machines, and the pictures of them in the service's README."""

import re
from pathlib import Path

import pytest

import services.partnership
from services.chassis.lifecycle import Lifecycle
from services.partnership.lifecycle import (
    ENGAGEMENT_LIFECYCLE,
    OPEN,
    PARTNER_REQUEST_LIFECYCLE,
    PARTNERSHIP_LIFECYCLE,
)

README = Path(services.partnership.__file__).with_name("README.md")


def test_every_answer_to_a_request_is_final():
    assert PARTNER_REQUEST_LIFECYCLE.terminal() == {"ACCEPTED", "REJECTED", "WITHDRAWN", "EXPIRED"}
    assert PARTNERSHIP_LIFECYCLE.terminal() == {"ENDED"}


def test_what_is_open_can_go_on():
    assert set(ENGAGEMENT_LIFECYCLE.states) - ENGAGEMENT_LIFECYCLE.terminal() == OPEN


@pytest.mark.parametrize("lifecycle", [PARTNER_REQUEST_LIFECYCLE, ENGAGEMENT_LIFECYCLE])
def test_the_picture_shows_it(lifecycle: Lifecycle):
    pictures = re.findall(r"```mermaid\n(.*?)\n```", README.read_text(), re.S)
    assert lifecycle.mermaid() in pictures
