"""Accounts that come from an older system, as an operator brings them and their owners sign in."""

from pathlib import Path

import bcrypt
import pytest

from services.chassis.testing import refused
from services.identity.errors import InvalidCredentials
from tests.fixtures.worker import Operator
from tests.identity.conftest import PASSWORD, House

HEAD = "email,given_name,password_hash\n"


def old_hash(cost: int = 4) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode()


@pytest.fixture
def operator(house: House, redis_url: str, tmp_path: Path) -> Operator:
    return Operator(database_url=house.database.url, redis_url=redis_url, folder=tmp_path)


async def import_users(operator: Operator, text: str, *arguments: str) -> tuple[int, str, str]:
    file = operator.folder / "people.csv"
    file.write_text(text)
    return await operator.run("users", "import", str(file), *arguments)


async def stored(house: House, email: str) -> str:
    (row,) = await house.sql(
        "SELECT password_hash FROM identity.credentials JOIN identity.users ON id = user_id WHERE email = :email",
        email=email,
    )
    return str(row.password_hash)


class TestImport:
    async def test_the_old_password_opens_and_is_hashed_anew(self, house: House, operator: Operator) -> None:
        email = house.new_email()
        code, out, err = await import_users(operator, f"{HEAD}{email},Ana,{old_hash()}\n")
        assert (code, out.strip()) == (0, "1 imported, 0 there already, 0 refused"), err
        for wrong in ("not this one", "x" * 100):
            with refused(InvalidCredentials):
                await house.login(email, wrong)
        assert (await stored(house, email)).startswith("$2b$04$")
        first = await house.sign_in(email)
        assert (await stored(house, email)).startswith("$argon2id$")
        assert (await house.sign_in(email)).user_id == first.user_id
        (row,) = await house.sql("SELECT count(*) AS n FROM identity.credentials WHERE password_hash LIKE '$2%'")
        assert row.n == 0

    async def test_into_an_organisation(self, house: House, operator: Operator) -> None:
        admin, email = await house.admin(), house.new_email()
        code, _, err = await import_users(
            operator, f"{HEAD}{email},Ana,{old_hash()}\n", "--organization", admin.organization_id, "--role", "agent"
        )
        assert code == 0, err
        person = await house.sign_in(email)
        assert person.organization_id == admin.organization_id
        events = await house.sql("SELECT type FROM identity.outbox WHERE key = :id ORDER BY id", id=person.user_id)
        assert [row.type.rpartition(".")[2] for row in events][:2] == ["UserCreated", "MemberAdded"]

    async def test_a_second_run_changes_nothing(self, house: House, operator: Operator) -> None:
        email = house.new_email()
        await import_users(operator, f"{HEAD}{email},Ana,{old_hash()}\n")
        await house.sign_in(email)
        kept = await stored(house, email)
        code, out, _ = await import_users(operator, f"{HEAD}{email.upper()},Eve,{old_hash()}\n")
        assert (code, out.strip()) == (0, "0 imported, 1 there already, 0 refused")
        assert await stored(house, email) == kept

    async def test_rows_that_cannot_be_taken_are_named_and_the_others_are(
        self, house: House, operator: Operator
    ) -> None:
        good = house.new_email()
        code, out, err = await import_users(
            operator,
            f"{HEAD}nobody,Ana,{old_hash()}\n{house.new_email()},Ana,5f4dcc3b5aa765d61d8327deb882cf99\n"
            f"{house.new_email()},Ana\n{good},Ana,{old_hash()}\n",
        )
        assert (code, out.strip()) == (2, "1 imported, 0 there already, 3 refused")
        assert [line.partition(" ")[2].split()[0] for line in err.splitlines()] == ["2:", "3:", "4:"]
        assert "email" in err
        assert "password_hash" in err
        await house.sign_in(good)

    async def test_what_is_not_there_is_said_in_one_line(self, house: House, operator: Operator) -> None:
        text = f"{HEAD}{house.new_email()},Ana,{old_hash()}\n"
        nobody = "01900000-0000-7000-8000-00000000ffff"
        code, _, err = await import_users(operator, text, "--organization", nobody)
        assert (code, err.strip()) == (1, "error: there is no such organisation")
        code, _, err = await import_users(operator, "name\nAna\n")
        assert code == 2
        assert "lacks email" in err

    async def test_while_there_are_old_hashes_every_sign_in_costs_one(
        self, house: House, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody learns by the clock which addresses came from elsewhere."""
        known, unknown, old = (await house.person()).email, house.new_email(), house.new_email()
        await import_users(operator, f"{HEAD}{old},Ana,{old_hash(5)}\n")
        rounds: list[int] = []
        hashpw, checkpw = bcrypt.hashpw, bcrypt.checkpw
        monkeypatch.setattr(bcrypt, "hashpw", lambda pw, salt: rounds.append(int(salt[4:6])) or hashpw(pw, salt))
        monkeypatch.setattr(bcrypt, "checkpw", lambda pw, was: rounds.append(int(was[4:6])) or checkpw(pw, was))
        for email in (known, unknown, old):
            with refused(InvalidCredentials):
                await house.login(email, "wrong password")
        assert rounds == [5, 5, 5]
        await house.sign_in(old)
        rounds.clear()
        await house.sign_in(known)
        assert rounds == []
