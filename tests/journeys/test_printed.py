"""README's sale, run as printed, against a suite of the test's own folder and port."""

import asyncio
import contextlib
import re
import subprocess
from pathlib import Path

import pytest

from doorstep_client import Doorstep
from doorstep_client.api.doorstep.outreach.v1 import ListNotificationsRequest, NotificationType
from services.stack.home import Home
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People

README = (Path(__file__).parents[2] / "README.md").read_text()
TOLD = {
    NotificationType.VISIT_REQUESTED,
    NotificationType.VISIT_COUNTERED,
    NotificationType.VISIT_APPROVED,
    NotificationType.VISIT_STARTED,
    NotificationType.VISIT_COMPLETED,
    NotificationType.VISIT_REVIEWED,
    NotificationType.OFFER_MADE,
    NotificationType.OFFER_ACCEPTED,
    NotificationType.DEAL_OPENED,
    NotificationType.TOKEN_HELD,
    NotificationType.TOKEN_RELEASED,
    NotificationType.DEAL_CLOSED,
}
"""What both sides hear of a sale, in this order or nearly."""


def block(heading: str) -> str:
    found = re.search(rf"^## {heading}\n.*?^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found, f"README has no commands under {heading!r}"
    return found[1]


@pytest.fixture(scope="module")
def printed(suite: Suite) -> str:
    """What the commands print; they stop at the first that fails."""
    prelude = block("From a sign-in to a heat map").partition("\n\n")[0]
    commands = f"{prelude}\n{block('From a free slot to a paid commission')}"
    for here, there in {
        "http://127.0.0.1:8080": suite.url,
        ".doorstep/demo.json": str(Home(suite.home).demo),
    }.items():
        assert here in commands
        commands = commands.replace(here, there)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], capture_output=True, text=True, timeout=250, check=False
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


def test_every_call_is_answered(printed: str) -> None:
    assert "urn:doorstep:error" not in printed, printed


def test_the_three_sides_agree_before_it_is_paid(printed: str) -> None:
    assert '"differences":0' in next(line for line in printed.splitlines() if line.startswith('{"reconciliation":'))
    assert '"kind":"payout"' in printed


def test_the_commission_is_divided(printed: str) -> None:
    divided = next(line for line in printed.splitlines() if '"kind":"commission"' in line)
    assert '"kind":"ACCOUNT_KIND_AGENT_PAYABLE","currencyCode":"USD","amountMinor":"400000"' in divided
    assert '"kind":"ACCOUNT_KIND_PLATFORM_REVENUE","currencyCode":"USD","amountMinor":"100000"' in divided


@pytest.mark.parametrize(("role", "more"), [("buyer", set()), ("agent", {NotificationType.PAYOUT_RELEASED})])
@pytest.mark.usefixtures("printed")
async def test_both_were_told_of_each_step(role: str, more: set[NotificationType], people: People) -> None:
    async with people.signed_in(role) as client:
        missing = TOLD | more
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(60):
                while missing := missing - await _told(client):  # noqa: ASYNC110 - notices follow by themselves
                    await asyncio.sleep(0.1)
    assert not missing, f"{role} was not told of them"


async def _told(client: Doorstep) -> set[NotificationType]:
    found = await client.notifications.list_notifications(ListNotificationsRequest(page_size=100))
    return {NotificationType(one.type) for one in found.notifications}
