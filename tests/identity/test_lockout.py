"""How wrong passwords are counted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.identity.lockout import RULES, Counter, Scope, Subject, Turnstile, judge, network, subjects

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAIR = RULES[Scope.PAIR]


def fail(times: int, counter: Counter = Counter(), now: datetime = NOW) -> Counter:  # noqa: B008 - immutable
    for _ in range(times):
        verdict = PAIR.attempt(counter, now)
        assert verdict.admitted
        counter = verdict.counter
    return counter


class TestPair:
    def test_counts_down(self) -> None:
        counter, seen = Counter(), []
        for _ in range(5):
            verdict = PAIR.attempt(counter, NOW)
            counter = verdict.counter
            seen.append((verdict.admitted, verdict.remaining, verdict.retry_after))
        assert seen == [
            (True, 4, timedelta()),
            (True, 3, timedelta()),
            (True, 2, timedelta()),
            (True, 1, timedelta()),
            (True, 0, timedelta(minutes=2)),
        ]

    def test_refuses_while_locked_and_says_how_long(self) -> None:
        verdict = PAIR.attempt(fail(5), NOW + timedelta(seconds=30))
        assert not verdict.admitted
        assert verdict.retry_after == timedelta(seconds=90)

    def test_refusals_do_not_lengthen_the_lock(self) -> None:
        locked = fail(5)
        assert PAIR.attempt(locked, NOW).counter == locked

    def test_locks_double(self) -> None:
        counter, now, lengths = Counter(), NOW, []
        for _ in range(12):
            counter = fail(5, counter, now)
            assert counter.lock_expire_time is not None
            lengths.append((counter.lock_expire_time - now) // timedelta(minutes=1))
            now = counter.lock_expire_time
        assert lengths == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024, 1024]

    def test_forgets_after_a_quiet_day(self) -> None:
        later = NOW + timedelta(hours=25)
        assert PAIR.attempt(fail(4), later).counter.failures == 1
        assert PAIR.attempt(fail(5), later).counter == Counter(1, 0, None, later)


class TestAccount:
    def test_at_most_a_hundred_guesses_an_hour_from_everywhere(self) -> None:
        rule, counter, admitted = RULES[Scope.ACCOUNT], Counter(), 0
        for second in range(3600):
            verdict = rule.attempt(counter, NOW + timedelta(seconds=second))
            counter = verdict.counter
            admitted += verdict.admitted
        assert admitted == 50


class TestSubjects:
    def test_a_known_device_is_counted_by_itself(self) -> None:
        (device,) = subjects("ana@example.com", "192.0.2.1", device=b"d")
        assert device.scope is Scope.DEVICE
        assert device not in subjects("ana@example.com", "192.0.2.1", device=None)

    def test_another_network_is_another_pair_of_the_same_account(self) -> None:
        pair_1, account_1 = subjects("ana@example.com", "192.0.2.1", device=None)
        pair_2, account_2 = subjects("ana@example.com", "192.0.2.2", device=None)
        assert pair_1 != pair_2
        assert account_1 == account_2

    def test_tells_nobody_who_it_is_about(self) -> None:
        assert all(len(s.key) == 32 for s in subjects("ana@example.com", "192.0.2.1", device=None))

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("192.0.2.1", "192.0.2.2", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
            ("fe80::1%eth0", "fe80::2", True),
            ("unix", "unix", True),
        ],
    )
    def test_networks(self, one: str, other: str, same: bool) -> None:
        assert (network(one) == network(other)) is same


class TestJudge:
    def test_the_strictest_counts(self) -> None:
        _, verdict = judge([(PAIR, Counter(failures=3)), (RULES[Scope.ACCOUNT], Counter(failures=3))], NOW)
        assert verdict.admitted
        assert verdict.remaining == 1

    def test_a_refused_attempt_is_counted_nowhere(self) -> None:
        locked = fail(5)
        account = Counter(failures=7, update_time=NOW)
        kept, verdict = judge([(PAIR, locked), (RULES[Scope.ACCOUNT], account)], NOW)
        assert not verdict.admitted
        assert [v.counter for v in kept] == [locked, account]


async def test_the_turnstile_lets_one_through_per_subject() -> None:
    turnstile, inside, most = Turnstile(), 0, 0

    async def attempt(name: bytes) -> None:
        nonlocal inside, most
        async with turnstile.through([Subject(Scope.PAIR, name), Subject(Scope.ACCOUNT, b"a")]):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(attempt(b"one") for _ in range(20)))
    assert most == 1
    await asyncio.gather(*(attempt(b"%d" % n) for n in range(20)))
    assert most > 1
