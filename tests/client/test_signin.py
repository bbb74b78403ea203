"""Signing in, and staying so."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import grpc
import pytest

from doorstep_client import Doorstep, DoorstepSync, Tokens, Unauthenticated, Unavailable
from doorstep_client.api.doorstep.identity.v1 import GetMeRequest
from tests.client.conftest import World
from tests.client.serving import refuse

ME = GetMeRequest()


def stale(client: Doorstep | DoorstepSync, **changes: Any) -> None:
    """Let the time to renew have come."""
    assert client.tokens is not None
    client._signin.tokens = replace(client.tokens, renew_at=0.0, **changes)


async def test_calls_carry_the_token(world: World, client: Doorstep) -> None:
    user = await client.sign_in("ana@example.com", "right")
    assert user.email == "ana@example.com"
    await client.auth.get_me(ME)
    assert world.auth.headers[-1]["authorization"] == "Bearer access-1"


async def test_wrong_password(world: World, client: Doorstep) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await client.sign_in("ana@example.com", "wrong")
    assert caught.value.reason == "INVALID_CREDENTIALS"
    assert caught.value.metadata == {"remaining_attempts": "3"}
    assert world.auth.calls["Login"] == 1


async def test_renewed_before_expiry_in_one_flight(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    stale(client)
    await asyncio.gather(*(client.auth.get_me(ME) for _ in range(50)))
    assert world.auth.calls["RefreshToken"] == 1
    assert world.auth.calls["GetMe"] == 50


async def test_a_refused_token_is_renewed_once_by_all(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    client._signin.tokens = replace(client.tokens, access_token="revoked")  # type: ignore[type-var]
    await asyncio.gather(*(client.auth.get_me(ME) for _ in range(20)))
    assert world.auth.calls["RefreshToken"] == 1


async def test_the_proxy_s_refusal_without_a_reason_counts_too(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    refusals = 1

    async def once(context: Any) -> None:
        nonlocal refusals
        if refusals:
            refusals -= 1
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Jwt is expired")

    world.auth.on_me = once
    await client.auth.get_me(ME)
    assert world.auth.calls["RefreshToken"] == 1


async def test_no_second_renewal_within_a_call(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")

    async def never(context: Any) -> None:
        await refuse(context, grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")

    world.auth.on_me = never
    with pytest.raises(Unauthenticated):
        await client.auth.get_me(ME)
    assert (world.auth.calls["RefreshToken"], world.auth.calls["GetMe"]) == (1, 2)


async def test_a_caller_that_gives_up_does_not_lose_the_renewal(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    stale(client)
    arrived, go = asyncio.Event(), asyncio.Event()

    async def wait(context: Any) -> None:
        arrived.set()
        await go.wait()

    world.auth.on_refresh = wait
    first = asyncio.create_task(client.auth.get_me(ME))
    await arrived.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(client.auth.get_me(ME))
    go.set()
    await second
    assert world.auth.calls["RefreshToken"] == 1  # a second one would look like theft
    assert client.tokens is not None
    assert client.tokens.refresh_token == "refresh-2"


async def test_an_ended_session_says_so_to_every_call(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    stale(client, refresh_token="copied")
    outcomes = await asyncio.gather(*(client.auth.get_me(ME) for _ in range(5)), return_exceptions=True)
    assert {getattr(o, "reason", o) for o in outcomes} == {"REFRESH_TOKEN_REUSED"}
    assert world.auth.calls["RefreshToken"] == 1
    await client.sign_in("ana@example.com", "right")
    await client.auth.get_me(ME)


async def test_a_token_that_still_serves_bridges_an_outage(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    stale(client)

    async def out(context: Any) -> None:
        await refuse(context, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", retry_after=60)

    world.auth.on_refresh = out
    await client.auth.get_me(ME)
    stale(client, access_expires_at=0.0)
    with pytest.raises(Unavailable):
        await client.auth.get_me(ME)


async def test_tokens_are_handed_out_and_taken_back(world: World) -> None:
    kept: list[Tokens] = []
    async with Doorstep(world.address, on_tokens=kept.append) as first:
        await first.sign_in("ana@example.com", "right")
    assert kept[0].device_token == "device"
    async with Doorstep(world.address, tokens=replace(kept[0], renew_at=0.0), on_tokens=kept.append) as second:
        await second.auth.get_me(ME)
    assert [t.refresh_token for t in kept] == ["refresh-1", "refresh-2"]
    assert kept[1].device_token == "device"


async def test_signing_out_forgets(world: World, client: Doorstep) -> None:
    await client.sign_in("ana@example.com", "right")
    await client.sign_out()
    assert client.tokens is None
    with pytest.raises(Unauthenticated):
        await client.auth.get_me(ME)
    assert "authorization" not in world.auth.headers[-1]


async def test_views_share_the_session(world: World, client: Doorstep) -> None:
    view = client.options(timeout=30)
    await client.sign_in("ana@example.com", "right")
    await view.auth.get_me(ME)
    assert view.tokens is client.tokens


async def test_blocking_threads_renew_once(world: World, blocking: DoorstepSync) -> None:
    def story() -> None:
        blocking.sign_in("ana@example.com", "right")
        stale(blocking)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: blocking.auth.get_me(ME), range(30)))
        blocking._signin.tokens = replace(blocking.tokens, access_token="revoked")  # type: ignore[type-var]
        blocking.auth.get_me(ME)
        blocking.sign_out()

    await asyncio.to_thread(story)
    assert world.auth.calls["RefreshToken"] == 2
    assert blocking.tokens is None
