"""An account from its first link to its last, through the clients and as JSON."""

import json
import os
import re
import subprocess
import sys
import time
from uuid import uuid4

import httpx
import pytest

from doorstep_client import Doorstep, DoorstepSync, FailedPrecondition, Unauthenticated
from doorstep_client.api.doorstep.identity.v1 import (
    ConfirmEmailChangeRequest,
    DeleteUserRequest,
    GetMeRequest,
    RegisterRequest,
    RequestEmailChangeRequest,
    RestoreAccountRequest,
    VerifyEmailRequest,
)
from services.stack.worker import with_import_roots
from tests.fixtures.suite import Suite

PASSWORD = "a walk by the lake"


def code(suite: Suite, email: str, subject: str) -> str:
    """What somebody finds in the mailbox; in development a command shows it. Look until the mail has come."""
    until = time.monotonic() + 80  # only ends a test that hangs
    while True:
        found = [mail for mail in mails(suite, email) if mail["subject"] == subject]
        if found:
            return next(line for line in found[0]["text"].splitlines() if re.fullmatch(r"[\w-]{43}", line))
        assert time.monotonic() < until, f"no mail to {email}"


def mails(suite: Suite, email: str) -> list[dict[str, str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    shown = subprocess.run(
        [sys.executable, "-m", "services.cli", "mailbox", "--to", email],
        env=with_import_roots({**environment, "DOORSTEP_HOME": str(suite.home)}),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    return [json.loads(line) for line in shown.stdout.splitlines()]


async def test_an_account_moves_to_another_address_and_comes_back_from_deletion(suite: Suite) -> None:
    email, new_email = (f"{name}-{uuid4().hex[:8]}@example.com" for name in ("zoe", "zoe.k"))
    async with Doorstep(suite.url) as client:
        await client.auth.register(RegisterRequest(email=email, password=PASSWORD, given_name="Zoe"))
        await client.auth.verify_email(VerifyEmailRequest(token=code(suite, email, "Confirm your address")))
        await client.sign_in(email, PASSWORD)
        await client.auth.request_email_change(
            RequestEmailChangeRequest(new_email=new_email, current_password=PASSWORD)
        )
        token = code(suite, new_email, "Confirm your new address")
        moved = await client.auth.confirm_email_change(ConfirmEmailChangeRequest(token=token))
        assert moved.user is not None
        assert moved.user.email == new_email
        with pytest.raises(FailedPrecondition) as caught:
            await client.auth.confirm_email_change(ConfirmEmailChangeRequest(token=token))
        assert caught.value.reason == "LINK_INVALID"
        await client.users.delete_user(DeleteUserRequest(user_id=moved.user.user_id))
    with DoorstepSync(suite.url) as client:
        with pytest.raises(Unauthenticated):
            client.sign_in(new_email, PASSWORD)
        client.auth.restore_account(RestoreAccountRequest(token=code(suite, new_email, "Your account was deleted")))
        client.sign_in(new_email, PASSWORD)
        me = client.auth.get_me(GetMeRequest()).user
        assert me is not None
        assert me.email == new_email


async def test_the_same_as_json(suite: Suite) -> None:
    email, new_email = (f"{name}-{uuid4().hex[:8]}@example.com" for name in ("ben", "ben.o"))
    async with httpx.AsyncClient(base_url=f"{suite.url}/api/v1/auth/", timeout=30, trust_env=False) as http:

        async def post(path: str, **body: str) -> httpx.Response:
            return await http.post(path, json=body)

        (await post("register", email=email, password=PASSWORD, givenName="Ben")).raise_for_status()
        (await post("verify-email", token=code(suite, email, "Confirm your address"))).raise_for_status()
        login = (await post("login", email=email, password=PASSWORD)).raise_for_status().json()
        refused = await post("request-email-change", newEmail=new_email, currentPassword=PASSWORD)
        assert (refused.status_code, refused.json()["reason"]) == (401, "CREDENTIALS_MISSING")
        http.headers["authorization"] = f"Bearer {login['accessToken']}"
        wrong = await post("request-email-change", newEmail=new_email, currentPassword="not this one")
        assert (wrong.status_code, wrong.json()["metadata"]) == (401, {"remaining_attempts": "4"})
        same = await post("request-email-change", newEmail=email, currentPassword=PASSWORD)
        assert (same.status_code, [v["field"] for v in same.json()["violations"]]) == (400, ["new_email"])
        asked = await post("request-email-change", newEmail=new_email, currentPassword=PASSWORD)
        assert asked.raise_for_status().json() == {"newEmail": new_email, "linkLifetime": "3600s"}
        moved = await post("confirm-email-change", token=code(suite, new_email, "Confirm your new address"))
        assert moved.raise_for_status().json()["user"]["email"] == new_email
        gone = await post("restore-account", token="x" * 43)
        assert (gone.status_code, gone.json()["reason"]) == (400, "LINK_INVALID")
