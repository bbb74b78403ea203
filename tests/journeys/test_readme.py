"""The examples of the client's README, against the suite."""

import asyncio
from typing import Any

import pytest

from doorstep_client import Doorstep
from tests.client.test_readme import examples
from tests.journeys.conftest import People

__all__ = ["examples"]


async def test_reading(examples: dict[str, Any], people: People, capsys: pytest.CaptureFixture[str]) -> None:
    email, password = people.credentials("agent")
    await examples["main"](people.url, email, password)
    assert capsys.readouterr().out.startswith(f"{email}\n")
    await asyncio.to_thread(examples["blocking"], people.url, email, password)
    assert capsys.readouterr().out == f"{email}\n"


async def test_writing(examples: dict[str, Any], people: People) -> None:
    async with people.signed_in("seller") as seller:
        password = people.credentials("seller")[1]
        refusal = await examples["change_password"](seller, password, "short")
        assert refusal.startswith("new_password")


async def test_visiting(examples: dict[str, Any], headset: Doorstep, home: str) -> None:
    assert await examples["visit"](headset, home) == 902
