"""How long an answer takes tells nothing: whether somebody has an account, whether an id is another organisation's.

What is compared is the processor time of the process, known against unknown in turn, so that neighbours on the machine
hardly matter; and what is judged is in how many pairs the one cost more than the other. A matter of statistics, so only
the long form does it.
"""

import random
import time
from collections.abc import Awaitable, Callable

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2 as pb
from services.identity.passwords import Passwords
from tests.faults.scale import LONG, times
from tests.identity.conftest import House, house, served

__all__ = ["house", "served"]

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not LONG, reason="statistics need hundreds of calls; `make faults` makes them"),
]

PAIRS = times(100, 500)
SIGMAS = 4.0


async def cost(call: Callable[[], Awaitable[None]]) -> float:
    """Processor time of the caller and the server together, which are one process here."""
    before = time.process_time()
    await call()
    return time.process_time() - before


async def favour(one: Callable[[], Awaitable[None]], other: Callable[[], Awaitable[None]]) -> float:
    """By how many standard deviations one costs more than the other; within SIGMAS it is chance."""
    dearer = 0
    for _ in range(PAIRS):
        if random.random() < 0.5:
            first = await cost(one)
            dearer += first > await cost(other)
        else:
            second = await cost(other)
            dearer += await cost(one) > second
    return float((dearer - PAIRS / 2) / (PAIRS**0.5 / 2))


class Guesses:
    """Wrong passwords, never twice from one address, and too few per person to lock anybody out."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.emails: list[str] = []
        self.count = 0

    async def prepare(self) -> None:
        for _ in range(-(-PAIRS // 3)):
            self.emails.append((await self.house.person()).email)

    async def known(self) -> None:
        await self._guess(self.emails[self.count % len(self.emails)])

    async def unknown(self) -> None:
        await self._guess(self.house.new_email())

    async def _guess(self, email: str) -> None:
        self.count += 1
        address = f"198.{18 + self.count // 65536}.{self.count // 256 % 256}.{self.count % 256}"
        headers = {"x_envoy_external_address": address}
        request = pb.LoginRequest(email=email, password="certainly not the password")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.house.harness.call(self.house.auth.Login, request, None, **headers)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_wrong_password_costs_the_same_with_and_without_an_account(house: House) -> None:
    guesses = Guesses(house)
    await guesses.prepare()
    found = await favour(guesses.known, guesses.unknown)
    print(f"{PAIRS} pairs: {found:+.1f} standard deviations")
    assert abs(found) < SIGMAS


async def test_control_without_the_hash_for_nobody_it_shows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    verify = Passwords.verify

    async def careless(self: Passwords, stored: str | None, password: str, *, bcrypt_cost: int = 0) -> bool:
        return stored is not None and await verify(self, stored, password, bcrypt_cost=bcrypt_cost)

    monkeypatch.setattr(Passwords, "verify", careless)
    guesses = Guesses(house)
    await guesses.prepare()
    assert await favour(guesses.known, guesses.unknown) > SIGMAS
