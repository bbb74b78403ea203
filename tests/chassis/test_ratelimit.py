import asyncio
from collections.abc import AsyncIterator

import pytest

from services.chassis import ratelimit
from services.chassis.ratelimit import RateLimiter, address_identity
from services.chassis.redis import connect


@pytest.fixture
async def limiter(redis_url: str) -> AsyncIterator[RateLimiter]:
    client = connect(redis_url, timeout=30.0)
    yield RateLimiter(client)
    await client.aclose()


async def test_admits_the_limit_and_says_what_remains(limiter: RateLimiter) -> None:
    verdicts = [await limiter.hit("s", "user:1", 3, 60) for _ in range(5)]
    assert [v.allowed for v in verdicts] == [True, True, True, False, False]
    assert [v.remaining for v in verdicts] == [2, 1, 0, 0, 0]
    assert all(v.limit == 3 for v in verdicts)
    assert 0 < verdicts[-1].retry_after <= 120


async def test_identities_and_scopes_count_apart(limiter: RateLimiter) -> None:
    assert (await limiter.hit("s", "a", 1, 60)).allowed
    assert not (await limiter.hit("s", "a", 1, 60)).allowed
    assert (await limiter.hit("s", "b", 1, 60)).allowed
    assert (await limiter.hit("t", "a", 1, 60)).allowed


async def test_a_limit_of_zero_admits_nobody(limiter: RateLimiter) -> None:
    assert not (await limiter.hit("s", "a", 0, 60)).allowed


async def test_waiting_as_told_is_enough(limiter: RateLimiter) -> None:
    for _ in range(3):
        for _ in range(2):
            await limiter.hit("s", "a", 2, 1)
        refused = await limiter.hit("s", "a", 2, 1)
        if refused.allowed:  # the window turned meanwhile
            continue
        await asyncio.sleep(refused.retry_after + 0.005)
        assert (await limiter.hit("s", "a", 2, 1)).allowed


async def test_three_instances_share_one_limit_within_five_percent(redis_url: str) -> None:
    clients = [connect(redis_url, timeout=30.0) for _ in range(3)]
    limiters = [RateLimiter(client) for client in clients]
    limit, windows = 200, 3

    async def caller(limiter: RateLimiter) -> int:
        admitted = 0
        while loop.time() < until:
            verdict = await limiter.hit("accuracy", "user:1", limit, 1)
            admitted += verdict.allowed
            await asyncio.sleep(0.002)
        return admitted

    loop = asyncio.get_running_loop()
    started = loop.time()
    until = started + windows
    try:
        admitted = sum(await asyncio.gather(*(caller(limiter) for limiter in limiters for _ in range(2))))
    finally:
        for client in clients:
            await client.aclose()
    # The first window admits its limit at once and the following ones as the window slides: `limit` per second of the
    # time that really passed, plus the first burst.
    passed = loop.time() - started
    assert admitted <= limit * (passed + 1) * 1.05
    assert admitted >= limit


async def test_instances_that_do_not_share_redis_admit_three_times_as_much() -> None:
    """The negative control of the test above: without the shared counter the limit is per process."""
    limiters = [RateLimiter(connect("redis://127.0.0.1:1/0")) for _ in range(3)]
    admitted = 0
    for limiter in limiters:
        for _ in range(20):
            admitted += (await limiter.hit("s", "a", 10, 60, strict=True)).allowed
    assert admitted == 30


async def test_without_redis_calls_go_on() -> None:
    limiter = RateLimiter(connect("redis://127.0.0.1:1/0"))
    assert all([(await limiter.hit("s", "a", 1, 60)).allowed for _ in range(10)])


async def test_without_redis_a_strict_limit_holds_within_the_process() -> None:
    limiter = RateLimiter(connect("redis://127.0.0.1:1/0"))
    verdicts = [await limiter.hit("sign-in", "a", 2, 60, strict=True) for _ in range(4)]
    assert [v.allowed for v in verdicts] == [True, True, False, False]
    assert 0 < verdicts[-1].retry_after <= 60


async def test_no_identity_stands_in_redis_in_the_clear(redis_url: str) -> None:
    client = connect(redis_url, timeout=30.0)
    await RateLimiter(client).hit("s", "address:192.0.2.77", 2, 60)
    keys = await client.keys("*")
    await client.aclose()
    assert keys
    assert not any(b"192.0.2.77" in key for key in keys)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("[2001:db8::1]", "2001:db8::2", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unix:", "unix:", True),
    ],
)
def test_addresses_are_grouped_as_their_owners_are(one: str, other: str, same: bool) -> None:
    assert (address_identity(one) == address_identity(other)) is same


async def test_haste_does_not_lift_a_limit(redis_url: str) -> None:
    """Thousands of calls at once, far more than there are connections: none is let through uncounted."""
    client = connect(redis_url, timeout=30.0, max_connections=4)
    limiter = RateLimiter(client)
    try:
        same = await asyncio.gather(*(limiter.hit("haste", "user:1", 300, 600) for _ in range(3_000)))
        assert sum(verdict.allowed for verdict in same) == 300
        others = await asyncio.gather(*(limiter.hit("haste", f"user:{n % 500}", 2, 600) for n in range(2_000)))
        assert sum(verdict.allowed for verdict in others) == 1_000
    finally:
        await client.aclose()


async def test_calls_at_once_make_one_trip(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "LEASE", 60.0)  # longer than a busy machine takes to let all have their part of it
    client = connect(redis_url, timeout=30.0)
    limiter = RateLimiter(client)
    trips = 0
    script = limiter._script

    async def counted(**arguments: list[object]) -> object:
        nonlocal trips
        trips += 1
        return await script(**arguments)

    monkeypatch.setattr(limiter, "_script", counted)
    try:
        verdicts = await asyncio.gather(*(limiter.hit("trip", "user:1", 1_000, 600) for _ in range(900)))
        assert all(verdict.allowed for verdict in verdicts)
        assert trips == 1
    finally:
        await client.aclose()


async def test_a_caller_that_gives_up_leaves_nobody_waiting(limiter: RateLimiter) -> None:
    first = asyncio.create_task(limiter.hit("gone", "a", 5, 60))
    second = asyncio.create_task(limiter.hit("gone", "a", 5, 60))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).allowed


async def test_all_who_wait_learn_that_redis_is_away() -> None:
    limiter = RateLimiter(connect("redis://127.0.0.1:1/0"))
    verdicts = await asyncio.gather(*(limiter.hit("s", "a", 2, 60, strict=True) for _ in range(5)))
    assert [verdict.allowed for verdict in verdicts].count(True) == 2
