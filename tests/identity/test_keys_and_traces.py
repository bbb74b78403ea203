"""An idempotency key must not undo what a refusal leaves behind."""

from doorstep.identity.v1 import auth_service_pb2 as pb
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.identity.errors import InvalidCredentials
from tests.identity.conftest import NEW_PASSWORD, PASSWORD, House


def a_key() -> str:
    return f"key-{new_id()}"


async def test_wrong_passwords_lock_whatever_key_they_come_with(house: House) -> None:
    person = await house.person()
    request = pb.ChangePasswordRequest(current_password="not the password", new_password=NEW_PASSWORD)
    for _ in range(5):
        with refused(InvalidCredentials) as refusal:
            await house.call(house.auth.ChangePassword, request, person.token, idempotency_key=a_key())
    assert refusal.metadata["remaining_attempts"] == "0"
    assert await house.messages(person.email, "sign_in_locked")
    (row,) = await house.sql(
        "SELECT count(*) AS n FROM identity.audit_entries WHERE action = 'user.locked' AND resource_id = :id",
        id=person.user_id,
    )
    assert row.n == 1


async def test_a_repeated_change_of_password_is_no_wrong_one(house: House) -> None:
    """The answer was lost: the password that proves the caller is the one that the call itself has replaced."""
    person = await house.person()
    request = pb.ChangePasswordRequest(current_password=PASSWORD, new_password=NEW_PASSWORD)
    key = a_key()
    first = await house.call(house.auth.ChangePassword, request, person.token, idempotency_key=key)
    assert await house.call(house.auth.ChangePassword, request, person.token, idempotency_key=key) == first
    with refused(InvalidCredentials):
        await house.call(house.auth.ChangePassword, request, person.token, idempotency_key=a_key())
