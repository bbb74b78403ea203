"""Hashing in threads, and which passwords are refused."""

import asyncio

import pytest
from argon2 import PasswordHasher

from services.chassis.errors import RateLimited
from services.identity.errors import WeakPassword
from services.identity.passwords import Passwords, require_strong, weakness


@pytest.fixture
def passwords():
    made = Passwords(memory_kib=1024, passes=1)
    yield made
    made.close()


class TestHash:
    async def test_verifies_what_it_hashed_and_nothing_else(self, passwords: Passwords) -> None:
        stored = await passwords.hash("a walk by the lake")
        assert stored.startswith("$argon2id$")
        assert await passwords.verify(stored, "a walk by the lake")
        assert not await passwords.verify(stored, "a walk by the sea")

    async def test_the_same_password_has_another_hash_each_time(self, passwords: Passwords) -> None:
        assert await passwords.hash("a walk by the lake") != await passwords.hash("a walk by the lake")

    async def test_composed_and_decomposed_letters_are_one_password(self, passwords: Passwords) -> None:
        stored = await passwords.hash("caf\u00e9 in the morning")
        assert await passwords.verify(stored, "cafe\u0301 in the morning")

    async def test_nobody_has_a_password(self, passwords: Passwords) -> None:
        assert not await passwords.verify(None, "nobody has this password")

    async def test_a_broken_hash_is_never_right(self, passwords: Passwords) -> None:
        assert not await passwords.verify("not a hash", "anything at all")

    async def test_an_unknown_account_costs_the_same_hash(self, passwords: Passwords, monkeypatch) -> None:
        checked = []
        monkeypatch.setattr(passwords, "_check", lambda stored, _password: checked.append(stored) or True)
        assert not await passwords.verify(None, "x")
        assert [stored.split("$")[3] for stored in checked] == ["m=1024,t=1,p=1"]

    async def test_a_cheaper_hash_is_outdated(self, passwords: Passwords) -> None:
        assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=512, parallelism=1).hash("x"))
        assert not passwords.outdated(await passwords.hash("x"))

    async def test_a_full_queue_refuses_instead_of_waiting(self) -> None:
        passwords = Passwords(threads=1, queue=3, memory_kib=8192, passes=2)
        answers = await asyncio.gather(*(passwords.hash("x") for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(a, RateLimited) for a in answers) == 7
        assert sum(isinstance(a, str) for a in answers) == 3
        assert await passwords.hash("x")
        passwords.close()

    async def test_the_default_cost_is_the_recommended_one(self) -> None:
        passwords = Passwords()
        assert "$m=19456,t=2,p=1$" in await passwords.hash("x")
        passwords.close()


class TestWeakness:
    @pytest.mark.parametrize(
        "password",
        [
            "short1!",
            "password123",
            "P@ssw0rd2026!",
            "Welcome2026!!",
            "qwertyuiop",
            "qwertyuiop12",
            "poiuytrewq",
            "1234567890",
            "12345678901234",
            "abcdefghijklm",
            "aaaaaaaaaaaaaa",
            "abababababab",
            "dragondragon",
            "supersecretkey",
            "Summer2026!",
            "correcthorsebatterystaple",
            "x" * 300,
        ],
    )
    def test_refuses_what_is_tried_first(self, password: str) -> None:
        assert weakness(password)

    @pytest.mark.parametrize(
        "password",
        ["a walk by the lake", "Trom7-bellhop-quince", "gV9$kkw2Lq", "päronträd i blom", "电池马订书钉正确的很好"],
    )
    def test_lets_the_rest_pass(self, password: str) -> None:
        assert weakness(password) == ""

    @pytest.mark.parametrize("password", ["anacosta2026", "AnaCosta!!11", "4naCost4_77"])
    def test_refuses_ones_own_name(self, password: str) -> None:
        assert weakness(password, own=("ana.costa@example.com", "AnaCosta"))

    def test_a_name_within_a_long_password_does_no_harm(self) -> None:
        assert weakness("the costa brava in winter rain", own=("costa@example.com",)) == ""

    def test_names_the_field(self) -> None:
        with pytest.raises(WeakPassword) as refused:
            require_strong("password123", field="new_password")
        assert refused.value.violations[0].field == "new_password"
        assert "password123" not in str(refused.value)
