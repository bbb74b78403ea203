"""Links and notices of identity, from the row that identity writes to the mail."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from doorstep.identity.v1 import auth_service_pb2 as auth
from doorstep.outreach.v1 import (
    mailbox_service_pb2,
    mailbox_service_pb2_grpc,
    notification_pb2,
    notification_service_pb2,
    notification_service_pb2_grpc,
)
from services.chassis.testing import Harness
from services.chassis.tokens import make_key
from services.identity.app import build as identity
from services.outreach.app import build as outreach
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import doorstep, worker_environment
from tests.identity.conftest import NEW_PASSWORD, PASSWORD, House, code_in
from tests.outreach.conftest import eventually


class Home(House):
    """Identity and outreach, and who lives there."""

    async def mails(self, address: str, *, at_least: int = 1) -> list[Any]:
        """What has come for an address, oldest first."""
        found: list[Any] = []

        async def come() -> bool:
            statement = "SELECT * FROM outreach.mailbox WHERE recipient = :address ORDER BY create_time, id"
            found[:] = await self.sql(statement, address=address)
            return len(found) >= at_least

        await eventually(come)
        return found

    async def quiet(self) -> None:
        """Until every event was told and no job waits or runs."""

        async def nothing_left() -> bool:
            left = "SELECT 1 FROM jobs.pgqueuer WHERE status IN ('queued', 'picked')"
            told = (
                "SELECT 1 FROM identity.outbox o WHERE type LIKE '%AccountMessageWritten' AND NOT EXISTS "
                "(SELECT 1 FROM outreach.inbox i WHERE i.event_id = o.event_id)"
            )
            return not await self.sql(left) and not await self.sql(told)

        await eventually(nothing_left)

    async def everywhere(self, secret: str) -> set[str]:
        """The tables that hold a text."""
        found = set()
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            tables = await connection.fetch(
                "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
                "WHERE schemaname NOT LIKE 'pg_%' AND schemaname <> 'information_schema'"
            )
            for table in tables:
                rows = await connection.fetch(f"SELECT t::text AS text FROM {table['name']} t")
                if any(secret in row["text"] or secret.encode().hex() in row["text"] for row in rows):
                    found.add(table["name"])
        finally:
            await connection.close()
        return found


@pytest.fixture
def open_home(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path: Path
) -> Callable[..., Any]:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Home]:
        database = clone_database()
        async with Harness.open(
            [identity, outreach],
            database_url=database.url,
            redis_url=clone_redis(),
            keys_dir=tmp_path / "keys",
            credentials="identity",
            **settings,
        ) as harness:
            yield Home(harness, database)

    return opened


@pytest.fixture
async def home(open_home: Callable[..., Any]) -> AsyncIterator[Home]:
    async with open_home() as found:
        yield found


async def test_a_link_reaches_whom_it_is_for_and_stays_nowhere_else(home: Home):
    email = home.new_email()
    await home.register(email)
    [mail] = await home.mails(email)
    assert mail.subject == "Confirm your address"
    assert mail.body.startswith("Hello Ana,\n\n")
    code = code_in(mail.body)
    assert code in mail.html

    async def forgotten() -> bool:
        return await home.everywhere(code) == {"outreach.mailbox"}

    await eventually(forgotten)
    await home.call(home.auth.VerifyEmail, auth.VerifyEmailRequest(token=code))
    assert (await home.sign_in(email)).user_id


async def test_to_nobody_nothing_is_sent(home: Home):
    await home.call(home.auth.RequestPasswordReset, auth.RequestPasswordResetRequest(email="nobody@example.com"))
    await home.quiet()
    assert [row.recipient for row in await home.sql("SELECT recipient FROM identity.notifications")] == [None]
    for table in ("notifications", "deliveries", "mailbox"):
        assert await home.sql(f"SELECT 1 FROM outreach.{table}") == []


async def test_who_registers_in_spanish_reads_spanish(home: Home):
    email = home.new_email()
    request = auth.RegisterRequest(
        email=email, password=PASSWORD, given_name="Eva", family_name="Ramos", language_code="es-MX"
    )
    await home.call(home.auth.Register, request)
    [mail] = await home.mails(email)
    assert mail.subject == "Confirme su dirección"
    assert mail.body.startswith("Hola Eva:")


async def test_a_notice_is_in_the_inbox_and_in_a_mail_and_a_link_only_in_a_mail(home: Home):
    person = await home.person()
    await home.call(home.auth.RequestPasswordReset, auth.RequestPasswordResetRequest(email=person.email))
    change = auth.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
    await home.call(home.auth.ChangePassword, change, person.token)
    mails = await home.mails(person.email, at_least=3)
    assert {m.subject for m in mails[1:]} == {"Set a new password", "Your password was changed"}
    stub = home.harness.stub(notification_service_pb2_grpc.NotificationServiceStub)
    inbox = await home.call(stub.ListNotifications, notification_service_pb2.ListNotificationsRequest(), person.token)
    changed = notification_pb2.NotificationType.NOTIFICATION_TYPE_PASSWORD_CHANGED
    assert [(n.type, n.resource_type) for n in inbox.notifications] == [(changed, "account_message")]


async def test_what_an_organisation_is_called_cannot_forge_a_mail(home: Home):
    admin = await home.admin("<b>Agency</b> & {{ 7 * 7 }}")
    email = home.new_email()
    await home.invite(admin, email, "viewer")
    [mail] = await home.mails(email)
    assert mail.subject == "You are invited to <b>Agency</b> & {{ 7 * 7 }}"
    assert "<b>" not in mail.html
    assert "&lt;b&gt;Agency&lt;/b&gt; &amp; {{ 7 * 7 }}" in mail.html
    assert mail.body.startswith("Hello,\n")
    assert len(code_in(mail.body)) == 43


async def test_a_message_told_twice_is_sent_once(home: Home):
    email = home.new_email()
    await home.register(email)
    await home.mails(email)
    await home.quiet()
    await home.sql(
        "INSERT INTO identity.outbox (event_id, type, key, payload) SELECT gen_random_uuid(), type, key, payload "
        "FROM identity.outbox WHERE type LIKE '%AccountMessageWritten'"
    )
    await home.quiet()
    assert len(await home.mails(email)) == 1


async def test_with_an_application_a_mail_leads_to_its_page(open_home: Callable[..., Any]):
    async with open_home(app_url="https://app.test.example/") as home:
        email = home.new_email()
        await home.register(email)
        [mail] = await home.mails(email)
        link = f"https://app.test.example/verify-email#token={code_in(mail.body)}"
        assert f"Go on here: {link}\n" in mail.body
        assert re.findall('href="([^"]+)"', mail.html) == [link]


async def test_operators_look_for_an_address_and_others_see_their_own(home: Home):
    ben, eva = await home.person(), await home.person()
    await home.mails(ben.email)
    stub = home.harness.stub(mailbox_service_pb2_grpc.MailboxServiceStub)
    notice = auth.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
    await home.call(home.auth.ChangePassword, notice, ben.token)
    await home.mails(ben.email, at_least=2)

    async def subjects(token: str, recipient: str = "") -> list[str]:
        request = mailbox_service_pb2.ListMailboxMessagesRequest(recipient=recipient)
        return [m.subject for m in (await home.call(stub.ListMailboxMessages, request, token)).messages]

    # A link to an address is not yet anybody's: only who operates sees it.
    assert await subjects(ben.token) == await subjects(ben.token, ben.email) == ["Your password was changed"]
    assert await subjects(eva.token, ben.email) == []
    operator = home.harness.token(
        user_id=UUID(eva.user_id), session_id=UUID(eva.session_id), permissions=["platform.operate"]
    )
    assert await subjects(operator, ben.email) == ["Your password was changed", "Confirm your address"]


class TestCommand:
    async def run(self, home: Home, redis_url: str, folder: Path, *arguments: str, **settings: str) -> Any:
        make_key(folder / "command-keys")
        environment = worker_environment(
            database_url=home.database.url, redis_url=redis_url, keys_dir=folder / "command-keys"
        )
        environment.pop("DOORSTEP_FAILPOINTS", None)
        return await doorstep("mailbox", *arguments, environment={**environment, **settings})

    async def test_shows_who_develops_what_was_sent_to_an_address(self, home: Home, redis_url: str, tmp_path: Path):
        email, other = home.new_email(), home.new_email()
        for address in (email, other):
            await home.register(address)
            await home.mails(address)
        code, out, err = await self.run(home, redis_url, tmp_path, "--to", email)
        assert code == 0, err
        [mail] = [json.loads(line) for line in out.splitlines()]
        assert (mail["recipient"], mail["subject"], mail["channel"]) == (email, "Confirm your address", "EMAIL")
        assert code_in(mail["text"])

    async def test_shows_nothing_in_production(self, home: Home, redis_url: str, tmp_path: Path):
        settings = {"DOORSTEP_ENVIRONMENT": "production", "DOORSTEP_NOTIFIER": "table"}
        code, out, err = await self.run(home, redis_url, tmp_path, **settings)
        assert (code != 0, out) == (True, "")
        assert "production" in err
