"""Hashing in threads, and which passwords are refused."""

import asyncio

import bcrypt
import pytest
from argon2 import PasswordHasher

from services.chassis.errors import RateLimited
from services.identity.errors import WeakPassword
from services.identity.passwords import Passwords, can_be_taken_over, require_strong, weakness


def old_hash(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


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


class TestBcrypt:
    """Hashes of older systems."""

    @pytest.mark.parametrize("kind", ["2a", "2b", "2y"])
    async def test_is_right_or_wrong_like_any_other(self, passwords: Passwords, kind: str) -> None:
        stored = old_hash("a walk by the lake").replace("$2b$", f"${kind}$")
        assert await passwords.verify(stored, "a walk by the lake")
        assert not await passwords.verify(stored, "a walk by the sea")

    async def test_is_outdated(self, passwords: Passwords) -> None:
        assert passwords.outdated(old_hash("x"))

    async def test_only_72_bytes_count_as_they_did_there(self, passwords: Passwords) -> None:
        stored = old_hash("x" * 72)
        assert await passwords.verify(stored, "x" * 100)
        assert not await passwords.verify(stored, "x" * 71)

    async def test_letters_are_taken_as_typed(self, passwords: Passwords) -> None:
        stored = old_hash("cafe\u0301 in the morning")
        assert await passwords.verify(stored, "cafe\u0301 in the morning")
        assert not await passwords.verify(stored, "caf\u00e9 in the morning")

    @pytest.mark.parametrize("broken", ["$2b$99$" + "a" * 53, "$2b$04$short", "$2x$04$" + "a" * 53])
    async def test_a_broken_hash_is_never_right(self, passwords: Passwords, broken: str) -> None:
        assert not await passwords.verify(broken, "anything at all")

    @pytest.mark.parametrize("cost", [4, 5, 7])
    async def test_whoever_signs_in_costs_the_same_while_there_are_any(
        self, passwords: Passwords, monkeypatch: pytest.MonkeyPatch, cost: int
    ) -> None:
        rounds: list[int] = []
        argon: list[str] = []
        hashpw, check = bcrypt.hashpw, passwords._check
        monkeypatch.setattr(bcrypt, "hashpw", lambda pw, salt: rounds.append(2 ** int(salt[4:6])) or hashpw(pw, salt))
        monkeypatch.setattr(bcrypt, "checkpw", lambda pw, old: hashpw(pw, old) == old and not rounds.append(16))
        monkeypatch.setattr(passwords, "_check", lambda *given: argon.append("") or check(*given))

        async def work(stored: str | None) -> tuple[int, int]:
            rounds.clear(), argon.clear()
            await passwords.verify(stored, "right", bcrypt_cost=cost)
            return sum(rounds), len(argon)

        right = hashpw(b"right", bcrypt.gensalt(4)).decode()
        assert await work(right) == await work(None) == await work(await passwords.hash("right")) == (2**cost, 1)

    @pytest.mark.parametrize(
        ("stored", "taken"),
        [
            ("$2b$12$" + "a" * 53, True),
            ("$2b$16$" + "a" * 53, False),
            (PasswordHasher(time_cost=1, memory_cost=512).hash("x", salt=b"always the same "), True),
            ("$argon2id$v=19$m=1048576,t=2,p=1$c29tZXNhbHQ$" + "A" * 43, False),
            ("$argon2i$v=19$m=512,t=2,p=1$c29tZXNhbHQ$" + "A" * 43, False),
            ("$argon2id$v=19$m=512,t=2,p=1$c29tZXNhbHQ$" + "ä" * 43, False),
            ("5f4dcc3b5aa765d61d8327deb882cf99", False),
            ("", False),
        ],
    )
    def test_what_can_be_taken_over(self, stored: str, taken: bool) -> None:
        assert can_be_taken_over(stored) is taken


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
