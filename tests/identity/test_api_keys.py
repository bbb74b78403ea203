"""API keys of servers and headsets."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from doorstep.identity.v1 import api_key_pb2, organization_service_pb2, role_service_pb2, user_service_pb2
from doorstep.identity.v1 import api_key_service_pb2 as pb
from services.chassis.errors import CredentialsInvalid, InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.identity.errors import (
    ApiKeyNotFound,
    ApiKeyStateRefused,
    PermissionEscalation,
    PermissionUnknown,
)
from services.identity.secret_tokens import KeyPrefix, new_key
from tests.identity.conftest import House


async def verify(house: House, secret: str) -> pb.VerifyApiKeyResponse:
    return await house.call(house.keys.VerifyApiKey, pb.VerifyApiKeyRequest(api_key=secret), service="identity")


class TestCreate:
    async def test_a_server_key_has_what_it_was_given(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin, permissions=["user.read", "property.read"])
        assert made.secret.startswith("ds_live_")
        assert made.secret.startswith(made.api_key.prefix[:8])
        found = await verify(house, made.secret)
        assert found.organization_id == admin.organization_id
        assert found.api_key_id == made.api_key.api_key_id
        assert found.kind == api_key_pb2.API_KEY_KIND_SERVER
        assert list(found.permissions) == ["property.read", "user.read"]

    async def test_a_headset_can_send_telemetry_and_nothing_else(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin, "DEVICE", device_serial="QUEST-17")
        assert made.secret.startswith("ds_dev_")
        assert list(made.api_key.permissions) == ["telemetry.ingest"]
        assert made.api_key.device_serial == "QUEST-17"
        with refused(PermissionMissing):
            await house.call(house.users.ListUsers, user_service_pb2.ListUsersRequest(), api_key=made.secret)
        with refused(InvalidFields) as refusal:
            await house.create_key(admin, "DEVICE", permissions=["user.read"])
        assert refusal.fields == ["permissions"]

    async def test_a_server_calls_with_its_key(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin, permissions=["user.read"])
        answer = await house.call(house.users.ListUsers, user_service_pb2.ListUsersRequest(), api_key=made.secret)
        assert [u.user_id for u in answer.users] == [admin.user_id]
        with refused(PermissionMissing):
            await house.call(
                house.organizations.UpdateMember,
                organization_service_pb2.UpdateMemberRequest(user_id=admin.user_id, roles=["viewer"]),
                api_key=made.secret,
            )

    async def test_nobody_gives_more_than_they_have(self, house: House) -> None:
        admin = await house.admin()
        await house.call(
            house.roles.CreateRole,
            role_service_pb2.CreateRoleRequest(name="keys", permissions=["api_key.manage", "user.read"]),
            admin.token,
        )
        keeper = await house.member(admin, "keys")
        await house.create_key(keeper, permissions=["user.read"])
        with refused(PermissionEscalation) as refusal:
            await house.create_key(keeper, permissions=["user.read", "audit.read"])
        assert refusal.metadata == {"permission": "audit.read"}

    async def test_unknown_permissions_are_refused(self, house: House) -> None:
        admin = await house.admin()
        for permission in ("property.fly", "platform.operate"):
            with refused(PermissionUnknown) as refusal:
                await house.create_key(admin, permissions=[permission])
            assert refusal.metadata == {"permission": permission}

    async def test_the_end_must_lie_ahead(self, house: House) -> None:
        past = Timestamp()
        past.FromDatetime(house.clock.now() - timedelta(seconds=1))
        with refused(InvalidFields) as refusal:
            await house.create_key(await house.admin(), expire_time=past)
        assert refusal.fields == ["expire_time"]

    async def test_needs_a_kind(self, house: House) -> None:
        with refused(InvalidFields):
            await house.create_key(await house.admin(), "UNSPECIFIED")

    async def test_needs_an_organisation_and_the_permission(self, house: House) -> None:
        with refused(PermissionMissing):
            await house.create_key(await house.person())
        admin = await house.admin()
        with refused(PermissionMissing):
            await house.create_key(await house.member(admin, "agent"))

    async def test_no_column_holds_the_secret(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin, permissions=["user.read"])
        tables = await house.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'identity'")
        body = made.secret.rpartition("_")[2]
        for (table,) in tables:
            rows = await house.sql(f"SELECT count(*) FROM identity.{table} t WHERE t::text LIKE :s", s=f"%{body[:40]}%")
            assert rows[0][0] == 0, table

    async def test_a_repeated_call_makes_one_key_and_shows_its_secret_once(self, house: House) -> None:
        admin = await house.admin()
        request = pb.CreateApiKeyRequest(display_name="k", kind=api_key_pb2.API_KEY_KIND_SERVER)
        first = await house.call(house.keys.CreateApiKey, request, admin.token, idempotency_key="once")
        second = await house.call(house.keys.CreateApiKey, request, admin.token, idempotency_key="once")
        assert first.secret
        assert second.secret == ""
        assert first.api_key == second.api_key


class TestVerify:
    @pytest.mark.parametrize("key", ["x", "ds_live_", "ds_live_x_y", "ds_dev_" + "0" * 72, "é" * 20])
    async def test_anything_else_is_nobodys(self, house: House, key: str) -> None:
        with refused(CredentialsInvalid):
            await verify(house, key)

    async def test_a_key_with_another_secret_is_nobodys(self, house: House) -> None:
        made = await house.create_key(await house.admin())
        key_id = UUID(made.api_key.api_key_id)
        for prefix in KeyPrefix:
            with refused(CredentialsInvalid):
                await verify(house, new_key(prefix, key_id)[0])

    async def test_is_for_services_only(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        with refused(PermissionMissing):
            await house.call(house.keys.VerifyApiKey, pb.VerifyApiKeyRequest(api_key=made.secret), admin.token)

    async def test_notes_the_last_use_to_the_minute(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        request = pb.GetApiKeyRequest(api_key_id=made.api_key.api_key_id)

        async def last_used() -> Timestamp:
            return (await house.call(house.keys.GetApiKey, request, admin.token)).api_key.last_used_time

        assert not (await house.call(house.keys.GetApiKey, request, admin.token)).api_key.HasField("last_used_time")
        await verify(house, made.secret)
        first = await last_used()
        await verify(house, made.secret)
        assert await last_used() == first
        house.clock.turn(timedelta(seconds=61))
        await asyncio.gather(*(verify(house, made.secret) for _ in range(5)))
        assert (await last_used()).seconds >= first.seconds + 60

    async def test_ends_by_itself(self, house: House) -> None:
        admin = await house.admin()
        soon = Timestamp()
        soon.FromDatetime(house.clock.now() + timedelta(hours=1))
        made = await house.create_key(admin, expire_time=soon)
        await verify(house, made.secret)
        house.clock.turn(timedelta(hours=1, seconds=1))
        with refused(CredentialsInvalid):
            await verify(house, made.secret)
        request = pb.GetApiKeyRequest(api_key_id=made.api_key.api_key_id)
        found = await house.call(house.keys.GetApiKey, request, admin.token)
        assert found.api_key.state == api_key_pb2.API_KEY_STATE_EXPIRED
        with refused(ApiKeyStateRefused) as refusal:
            await house.call(
                house.keys.RotateApiKey, pb.RotateApiKeyRequest(api_key_id=made.api_key.api_key_id), admin.token
            )
        assert refusal.metadata["state"] == "EXPIRED"
        assert refusal.metadata["allowed_states"] == "ACTIVE"


class TestRotate:
    async def rotate(
        self, house: House, token: str, key_id: str, seconds: int | None = None
    ) -> pb.RotateApiKeyResponse:
        request = pb.RotateApiKeyRequest(api_key_id=key_id)
        if seconds is not None:
            request.overlap.FromTimedelta(timedelta(seconds=seconds))
        return await house.call(house.keys.RotateApiKey, request, token)

    async def test_both_secrets_work_during_the_overlap(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        rotated = await self.rotate(house, admin.token, made.api_key.api_key_id)
        assert rotated.secret != made.secret
        assert rotated.api_key.HasField("previous_secret_expire_time")
        for secret in (made.secret, rotated.secret):
            assert (await verify(house, secret)).api_key_id == made.api_key.api_key_id
        house.clock.turn(timedelta(hours=24, seconds=1))
        await verify(house, rotated.secret)
        with refused(CredentialsInvalid):
            await verify(house, made.secret)

    async def test_without_overlap_the_old_secret_ends_at_once(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        rotated = await self.rotate(house, admin.token, made.api_key.api_key_id, 0)
        with refused(CredentialsInvalid):
            await verify(house, made.secret)
        await verify(house, rotated.secret)

    async def test_a_second_rotation_ends_the_oldest(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        second = await self.rotate(house, admin.token, made.api_key.api_key_id)
        third = await self.rotate(house, admin.token, made.api_key.api_key_id)
        with refused(CredentialsInvalid):
            await verify(house, made.secret)
        await verify(house, second.secret)
        await verify(house, third.secret)

    async def test_overlap_is_limited(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin)
        for seconds in (-1, 31 * 24 * 3600):
            with refused(InvalidFields):
                await self.rotate(house, admin.token, made.api_key.api_key_id, seconds)


class TestRevoke:
    async def test_ends_the_key_for_good(self, house: House) -> None:
        admin = await house.admin()
        made = await house.create_key(admin, permissions=["user.read"])
        request = pb.RevokeApiKeyRequest(api_key_id=made.api_key.api_key_id)
        answer = await house.call(house.keys.RevokeApiKey, request, admin.token)
        assert answer.api_key.state == api_key_pb2.API_KEY_STATE_REVOKED
        with refused(CredentialsInvalid):
            await house.call(house.users.ListUsers, user_service_pb2.ListUsersRequest(), api_key=made.secret)
        with refused(ApiKeyStateRefused):
            await house.call(house.keys.RevokeApiKey, request, admin.token)

    async def test_other_organisations_keys_do_not_exist(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        made = await house.create_key(other)
        for key_id in (made.api_key.api_key_id, str(new_id())):
            for method, request in (
                (house.keys.GetApiKey, pb.GetApiKeyRequest),
                (house.keys.RotateApiKey, pb.RotateApiKeyRequest),
                (house.keys.RevokeApiKey, pb.RevokeApiKeyRequest),
            ):
                with refused(ApiKeyNotFound):
                    await house.call(method, request(api_key_id=key_id), admin.token)
        await verify(house, made.secret)

    async def test_lists_by_kind(self, house: House) -> None:
        admin = await house.admin()
        server, device = await house.create_key(admin), await house.create_key(admin, "DEVICE")
        for kind, expected in ((0, [device, server]), (1, [server]), (2, [device])):
            answer = await house.call(house.keys.ListApiKeys, pb.ListApiKeysRequest(kind=kind), admin.token)
            assert [k.api_key_id for k in answer.api_keys] == [e.api_key.api_key_id for e in expected]
