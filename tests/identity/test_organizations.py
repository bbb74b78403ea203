"""Organisations, members, teams, roles, invitations."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import grpc
import pytest

from doorstep.identity.v1 import (
    api_key_service_pb2,
    audit_service_pb2,
    auth_service_pb2,
    invitation_pb2,
    user_service_pb2,
)
from doorstep.identity.v1 import invitation_service_pb2 as invitations
from doorstep.identity.v1 import organization_service_pb2 as organizations
from doorstep.identity.v1 import role_service_pb2 as roles
from doorstep.identity.v1 import team_service_pb2 as teams
from services.chassis.errors import EtagMismatch, InvalidFields, InvalidPageToken, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.identity.errors import (
    AlreadyMember,
    InvitationNotFound,
    InvitationStateRefused,
    LastAdmin,
    LinkInvalid,
    MemberNotFound,
    OrganizationMissing,
    OrganizationNotFound,
    PermissionEscalation,
    RoleInUse,
    RoleNameTaken,
    RoleNotFound,
    RolePredefined,
    TeamNameTaken,
    TeamNotFound,
    WeakPassword,
)
from services.identity.repository.organization import MembershipRepository
from tests.identity.conftest import PASSWORD, House, Person


async def set_roles(house: House, by: Person, user_id: str, *names: str, etag: str = "") -> Any:
    request = organizations.UpdateMemberRequest(user_id=user_id, roles=names, etag=etag)
    return (await house.call(house.organizations.UpdateMember, request, by.token)).member


async def remove(house: House, by: Person, user_id: str) -> None:
    request = organizations.RemoveMemberRequest(user_id=user_id)
    await house.call(house.organizations.RemoveMember, request, by.token)


async def make_role(house: House, by: Person, name: str, *permissions: str) -> Any:
    request = roles.CreateRoleRequest(name=name, permissions=permissions)
    return (await house.call(house.roles.CreateRole, request, by.token)).role


class TestOrganization:
    async def test_begins_with_the_predefined_roles(self, house: House) -> None:
        admin = await house.admin("Lake Homes")
        answer = await house.call(house.roles.ListRoles, roles.ListRolesRequest(), admin.token)
        assert [r.name for r in answer.roles] == ["admin", "agent", "buyer", "finance", "sales", "seller", "viewer"]
        assert all(r.predefined for r in answer.roles)

    async def test_is_renamed_by_its_administrator(self, house: House) -> None:
        admin = await house.admin()
        request = organizations.UpdateOrganizationRequest(organization_id=admin.organization_id, display_name="New")
        answer = await house.call(house.organizations.UpdateOrganization, request, admin.token)
        assert answer.organization.display_name == "New"
        stale = organizations.UpdateOrganizationRequest(
            organization_id=admin.organization_id, display_name="Newer", etag='"1"'
        )
        with refused(EtagMismatch):
            await house.call(house.organizations.UpdateOrganization, stale, admin.token)

    async def test_others_do_not_exist(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        for organization_id in (other.organization_id, str(new_id())):
            with refused(OrganizationNotFound):
                await house.call(
                    house.organizations.GetOrganization,
                    organizations.GetOrganizationRequest(organization_id=organization_id),
                    admin.token,
                )
            with refused(OrganizationNotFound):
                await house.call(
                    house.organizations.UpdateOrganization,
                    organizations.UpdateOrganizationRequest(organization_id=organization_id, display_name="Mine"),
                    admin.token,
                )

    async def test_lists_ones_own_in_pages(self, house: House) -> None:
        admin = await house.admin()
        for number in range(2):
            await house.call(
                house.organizations.CreateOrganization,
                organizations.CreateOrganizationRequest(display_name=f"Another {number}"),
                admin.token,
            )
        first = await house.call(
            house.organizations.ListOrganizations, organizations.ListOrganizationsRequest(page_size=2), admin.token
        )
        second = await house.call(
            house.organizations.ListOrganizations,
            organizations.ListOrganizationsRequest(page_size=2, page_token=first.next_page_token),
            admin.token,
        )
        names = [o.display_name for o in (*first.organizations, *second.organizations)]
        assert names == ["Another 1", "Another 0", "Agency"]
        assert second.next_page_token == ""


class TestMembers:
    async def test_new_roles_need_new_tokens(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        changed = await set_roles(house, admin, member.user_id, "agent", "sales")
        assert list(changed.roles) == ["agent", "sales"]
        assert not await house.alive(member.token)
        refreshed = await house.refresh(member.refresh_token)
        me = await house.call(house.auth.GetMe, auth_service_pb2.GetMeRequest(), refreshed.access_token)
        assert list(me.roles) == ["agent", "sales"]
        assert "property.write" in me.permissions

    async def test_the_same_roles_change_nothing(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        await set_roles(house, admin, member.user_id, "viewer")
        assert await house.alive(member.token)

    async def test_an_older_version_is_refused(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        changed = await set_roles(house, admin, member.user_id, "sales")
        await set_roles(house, admin, member.user_id, "agent", etag=changed.etag)
        with refused(EtagMismatch):
            await set_roles(house, admin, member.user_id, "viewer", etag=changed.etag)

    async def test_unknown_roles_and_strangers_are_not_found(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        for user_id in (other.user_id, str(new_id())):
            with refused(MemberNotFound):
                await set_roles(house, admin, user_id, "viewer")
            with refused(MemberNotFound):
                await remove(house, admin, user_id)
        with refused(RoleNotFound):
            await set_roles(house, admin, admin.user_id, "emperor")

    async def test_nobody_gives_or_takes_what_they_lack(self, house: House) -> None:
        admin = await house.admin()
        await make_role(house, admin, "keeper", "user.manage", "user.read")
        keeper = await house.member(admin, "keeper")
        member = await house.member(admin, "viewer")
        with refused(PermissionEscalation):
            await set_roles(house, keeper, member.user_id, "admin")
        with refused(PermissionEscalation):
            await set_roles(house, keeper, keeper.user_id, "admin")
        with refused(PermissionEscalation):
            await set_roles(house, keeper, admin.user_id, "keeper")

    async def test_the_last_administrator_stays(self, house: House) -> None:
        admin = await house.admin()
        with refused(LastAdmin):
            await set_roles(house, admin, admin.user_id, "viewer")
        with refused(LastAdmin):
            await remove(house, admin, admin.user_id)
        await house.member(admin, "admin")
        await remove(house, admin, admin.user_id)

    async def test_of_two_administrators_who_leave_at_once_one_stays(self, house: House) -> None:
        for _ in range(5):
            first = await house.admin()
            second = await house.member(first, "admin")
            outcomes = await asyncio.gather(
                remove(house, first, first.user_id), remove(house, second, second.user_id), return_exceptions=True
            )
            failures = [Refusal.of(o).reason for o in outcomes if isinstance(o, grpc.aio.AioRpcError)]
            assert failures == ["LAST_ADMIN"]

    async def test_a_member_who_leaves_while_members_are_listed_is_left_out(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        page_in = MembershipRepository.page_in

        async def and_leave(repository: MembershipRepository, *of: Any, **more: Any) -> Any:
            found = await page_in(repository, *of, **more)
            monkeypatch.setattr(MembershipRepository, "page_in", page_in)
            await remove(house, admin, member.user_id)
            return found

        monkeypatch.setattr(MembershipRepository, "page_in", and_leave)
        found = await house.call(house.organizations.ListMembers, organizations.ListMembersRequest(), admin.token)
        assert [each.user_id for each in found.members] == [admin.user_id]

    async def test_a_removed_member_is_out_at_once(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        await remove(house, admin, member.user_id)
        assert not await house.alive(member.token)
        with refused("REFRESH_TOKEN_INVALID"):
            await house.refresh(member.refresh_token)
        assert (await house.sign_in(member.email)).organization_id == ""

    async def test_one_may_leave_but_not_throw_others_out(self, house: House) -> None:
        admin = await house.admin()
        member, colleague = await house.member(admin, "agent"), await house.member(admin, "agent")
        with refused(PermissionMissing):
            await remove(house, member, colleague.user_id)
        await remove(house, member, member.user_id)

    async def test_lists_members_of_a_team(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "agent")
        team = await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="T"), admin.token)
        join = teams.AddTeamMemberRequest(team_id=team.team.team_id, user_id=member.user_id)
        await house.call(house.teams.AddTeamMember, join, admin.token)
        for team_id, expected in (("", [member.user_id, admin.user_id]), (team.team.team_id, [member.user_id])):
            answer = await house.call(
                house.organizations.ListMembers, organizations.ListMembersRequest(team_id=team_id), admin.token
            )
            assert [m.user_id for m in answer.members] == expected


class TestTeams:
    async def test_come_and_go(self, house: House) -> None:
        admin = await house.admin()
        made = (await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="A"), admin.token)).team
        join = teams.AddTeamMemberRequest(team_id=made.team_id, user_id=admin.user_id)
        for _ in range(2):
            assert (await house.call(house.teams.AddTeamMember, join, admin.token)).team.member_count == 1
        listed = await house.call(house.teams.ListTeams, teams.ListTeamsRequest(), admin.token)
        assert [(t.display_name, t.member_count) for t in listed.teams] == [("A", 1)]
        rename = teams.UpdateTeamRequest(team_id=made.team_id, display_name="B", etag=made.etag)
        renamed = await house.call(house.teams.UpdateTeam, rename, admin.token)
        assert renamed.team.display_name == "B"
        with refused(EtagMismatch):
            await house.call(house.teams.UpdateTeam, rename, admin.token)
        leave = teams.RemoveTeamMemberRequest(team_id=made.team_id, user_id=admin.user_id)
        for _ in range(2):
            assert (await house.call(house.teams.RemoveTeamMember, leave, admin.token)).team.member_count == 0
        await house.call(house.teams.DeleteTeam, teams.DeleteTeamRequest(team_id=made.team_id), admin.token)
        with refused(TeamNotFound):
            await house.call(house.teams.GetTeam, teams.GetTeamRequest(team_id=made.team_id), admin.token)

    async def test_names_are_unique_whatever_their_case(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="Downtown"), admin.token)
        with refused(TeamNameTaken):
            await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="DOWNTOWN"), admin.token)
        await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="Downtown"), other.token)

    async def test_only_members_can_join(self, house: House) -> None:
        admin, stranger = await house.admin(), await house.person()
        made = (await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="A"), admin.token)).team
        with refused(MemberNotFound):
            await house.call(
                house.teams.AddTeamMember,
                teams.AddTeamMemberRequest(team_id=made.team_id, user_id=stranger.user_id),
                admin.token,
            )

    async def test_others_teams_do_not_exist(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        theirs = (await house.call(house.teams.CreateTeam, teams.CreateTeamRequest(display_name="A"), other.token)).team
        for team_id in (theirs.team_id, str(new_id())):
            for method, request in (
                (house.teams.GetTeam, teams.GetTeamRequest(team_id=team_id)),
                (house.teams.UpdateTeam, teams.UpdateTeamRequest(team_id=team_id, display_name="X")),
                (house.teams.DeleteTeam, teams.DeleteTeamRequest(team_id=team_id)),
                (house.teams.AddTeamMember, teams.AddTeamMemberRequest(team_id=team_id, user_id=admin.user_id)),
                (house.teams.RemoveTeamMember, teams.RemoveTeamMemberRequest(team_id=team_id, user_id=admin.user_id)),
            ):
                with refused(TeamNotFound):
                    await house.call(method, request, admin.token)


class TestRoles:
    async def test_permissions_are_listed(self, house: House) -> None:
        admin = await house.admin()
        answer = await house.call(house.roles.ListPermissions, roles.ListPermissionsRequest(), admin.token)
        names = [p.name for p in answer.permissions]
        assert names == sorted(names)
        assert "property.write" in names
        assert "platform.operate" not in names

    async def test_changes_reach_the_members(self, house: House) -> None:
        admin = await house.admin()
        made = await make_role(house, admin, "stager", "user.read")
        member = await house.member(admin, "stager")
        request = roles.UpdateRoleRequest(role_id=made.role_id, description="Stages homes", etag=made.etag)
        request.permissions.names.extend(["property.read"])
        changed = (await house.call(house.roles.UpdateRole, request, admin.token)).role
        assert list(changed.permissions) == ["property.read"]
        assert not await house.alive(member.token)
        refreshed = await house.refresh(member.refresh_token)
        me = await house.call(house.auth.GetMe, auth_service_pb2.GetMeRequest(), refreshed.access_token)
        assert list(me.permissions) == ["property.read"]

    async def test_a_role_in_use_stays(self, house: House) -> None:
        admin = await house.admin()
        held, promised, free = [await make_role(house, admin, name) for name in ("held", "promised", "free")]
        await house.member(admin, "held")
        await house.invite(admin, house.new_email(), "promised")
        for role in (held, promised):
            with refused(RoleInUse):
                await house.call(house.roles.DeleteRole, roles.DeleteRoleRequest(role_id=role.role_id), admin.token)
        await house.call(house.roles.DeleteRole, roles.DeleteRoleRequest(role_id=free.role_id), admin.token)
        with refused(RoleNotFound):
            await house.call(house.roles.GetRole, roles.GetRoleRequest(role_id=free.role_id), admin.token)

    async def test_predefined_roles_stay_as_they_are(self, house: House) -> None:
        admin = await house.admin()
        listed = await house.call(house.roles.ListRoles, roles.ListRolesRequest(page_size=1), admin.token)
        role_id = listed.roles[0].role_id
        with refused(RolePredefined):
            await house.call(house.roles.UpdateRole, roles.UpdateRoleRequest(role_id=role_id), admin.token)
        with refused(RolePredefined):
            await house.call(house.roles.DeleteRole, roles.DeleteRoleRequest(role_id=role_id), admin.token)

    async def test_names_are_unique_and_plain(self, house: House) -> None:
        admin = await house.admin()
        with refused(RoleNameTaken):
            await make_role(house, admin, "agent")
        with refused(InvalidFields):
            await make_role(house, admin, "Big Boss")

    async def test_a_page_token_belongs_to_its_list(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        listed = await house.call(house.roles.ListRoles, roles.ListRolesRequest(page_size=2), admin.token)
        request = roles.ListRolesRequest(page_size=2, page_token=listed.next_page_token)
        with refused(InvalidPageToken):
            await house.call(house.roles.ListRoles, request, other.token)
        second = await house.call(house.roles.ListRoles, request, admin.token)
        assert [r.name for r in second.roles] == ["buyer", "finance"]


class TestInvitations:
    async def accept(self, house: House, email: str, **fields: str) -> Any:
        request = invitations.AcceptInvitationRequest(token=await house.link(email, "invitation"), **fields)
        return await house.call(house.invitations.AcceptInvitation, request)

    async def test_somebody_new_gets_a_managed_account(self, house: House) -> None:
        admin, email = await house.admin("Lake Homes"), house.new_email()
        made = await house.invite(admin, email, "agent")
        assert made.state == invitation_pb2.INVITATION_STATE_PENDING
        joined = await self.accept(house, email, password=PASSWORD, given_name="Ben")
        assert joined.organization.display_name == "Lake Homes"
        request = invitations.GetInvitationRequest(invitation_id=made.invitation_id)
        found = await house.call(house.invitations.GetInvitation, request, admin.token)
        assert found.invitation.state == invitation_pb2.INVITATION_STATE_ACCEPTED
        assert (await house.sign_in(email)).organization_id == admin.organization_id

    async def test_somebody_with_an_account_keeps_it(self, house: House) -> None:
        admin, person = await house.admin(), await house.person()
        await house.invite(admin, person.email, "viewer")
        joined = await self.accept(house, person.email)
        assert joined.user.user_id == person.user_id
        await house.login(person.email, organization_id=admin.organization_id)

    async def test_inviting_does_not_tell_whether_there_is_an_account(self, house: House) -> None:
        admin, person = await house.admin(), await house.person()
        known = await house.invite(admin, person.email, "viewer")
        unknown = await house.invite(admin, house.new_email(), "viewer")
        for made in (known, unknown):
            made.ClearField("invitation_id")
            made.ClearField("email")
            made.ClearField("create_time")
            made.ClearField("expire_time")
        assert known == unknown

    async def test_a_member_is_not_invited_again(self, house: House) -> None:
        admin = await house.admin()
        member = await house.member(admin, "viewer")
        with refused(AlreadyMember):
            await house.invite(admin, member.email, "agent")

    async def test_a_new_account_needs_a_name_and_a_good_password(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        await house.invite(admin, email, "viewer")
        with refused(InvalidFields) as refusal:
            await self.accept(house, email)
        assert refusal.fields == ["password", "given_name"]
        with refused(WeakPassword):
            await self.accept(house, email, password="password123", given_name="Ben")
        await self.accept(house, email, password=PASSWORD, given_name="Ben")

    async def test_a_link_works_once_however_many_try(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        await house.invite(admin, email, "viewer")
        outcomes = await asyncio.gather(
            *(self.accept(house, email, password=PASSWORD, given_name="Ben") for _ in range(8)), return_exceptions=True
        )
        reasons = [Refusal.of(o).reason for o in outcomes if isinstance(o, grpc.aio.AioRpcError)]
        assert reasons == ["LINK_INVALID"] * 7

    async def test_a_second_invitation_takes_the_first_back(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        await house.invite(admin, email, "viewer")
        first = await house.link(email, "invitation")
        await house.invite(admin, email, "agent")
        request = invitations.AcceptInvitationRequest(token=first, password=PASSWORD, given_name="Ben")
        with refused(LinkInvalid):
            await house.call(house.invitations.AcceptInvitation, request)
        listed = await house.call(house.invitations.ListInvitations, invitations.ListInvitationsRequest(), admin.token)
        assert [i.state for i in listed.invitations] == [
            invitation_pb2.INVITATION_STATE_PENDING,
            invitation_pb2.INVITATION_STATE_REVOKED,
        ]

    async def test_ten_invitations_at_once_leave_one_waiting(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        await asyncio.gather(*(house.invite(admin, email, "viewer") for _ in range(10)))
        listed = await house.call(house.invitations.ListInvitations, invitations.ListInvitationsRequest(), admin.token)
        states = [i.state for i in listed.invitations]
        assert states.count(invitation_pb2.INVITATION_STATE_PENDING) == 1
        assert len(states) == 10

    async def test_works_for_a_week(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        made = await house.invite(admin, email, "viewer")
        token = await house.link(email, "invitation")
        house.clock.turn(timedelta(days=7, seconds=1))
        with refused(LinkInvalid):
            await house.call(
                house.invitations.AcceptInvitation,
                invitations.AcceptInvitationRequest(token=token, password=PASSWORD, given_name="Ben"),
            )
        revoke = invitations.RevokeInvitationRequest(invitation_id=made.invitation_id)
        with refused(InvitationStateRefused) as refusal:
            await house.call(house.invitations.RevokeInvitation, revoke, admin.token)
        assert refusal.metadata["state"] == "EXPIRED"
        assert refusal.metadata["allowed_states"] == "PENDING"

    async def test_taken_back_it_opens_nothing(self, house: House) -> None:
        admin, email = await house.admin(), house.new_email()
        made = await house.invite(admin, email, "viewer")
        revoke = invitations.RevokeInvitationRequest(invitation_id=made.invitation_id)
        answer = await house.call(house.invitations.RevokeInvitation, revoke, admin.token)
        assert answer.invitation.state == invitation_pb2.INVITATION_STATE_REVOKED
        with refused(LinkInvalid):
            await self.accept(house, email, password=PASSWORD, given_name="Ben")
        with refused(InvitationStateRefused):
            await house.call(house.invitations.RevokeInvitation, revoke, admin.token)

    async def test_nobody_invites_with_more_than_they_have(self, house: House) -> None:
        admin = await house.admin()
        await make_role(house, admin, "host", "invitation.manage")
        host = await house.member(admin, "host")
        with refused(PermissionEscalation):
            await house.invite(host, house.new_email(), "admin")
        await house.invite(host, house.new_email(), "host")

    async def test_others_invitations_do_not_exist(self, house: House) -> None:
        admin, other = await house.admin(), await house.admin()
        theirs = await house.invite(other, house.new_email(), "viewer")
        for invitation_id in (theirs.invitation_id, str(new_id())):
            for method, make in (
                (house.invitations.GetInvitation, invitations.GetInvitationRequest),
                (house.invitations.RevokeInvitation, invitations.RevokeInvitationRequest),
            ):
                with refused(InvitationNotFound):
                    await house.call(method, make(invitation_id=invitation_id), admin.token)


@pytest.mark.parametrize("service", ["users", "teams", "roles", "invitations", "keys", "audit"])
async def test_a_caller_without_an_organisation_is_told_so(house: House, service: str) -> None:
    """A custom role could give a buyer these permissions; a token without an organisation still lists nothing."""
    person = await house.person()
    token = house.harness.token(
        user_id=UUID(person.user_id),
        session_id=UUID(person.session_id),
        permissions=["user.read", "invitation.manage", "api_key.manage", "audit.read"],
    )
    method, request = {
        "users": (house.users.ListUsers, user_service_pb2.ListUsersRequest()),
        "teams": (house.teams.ListTeams, teams.ListTeamsRequest()),
        "roles": (house.roles.ListRoles, roles.ListRolesRequest()),
        "invitations": (house.invitations.ListInvitations, invitations.ListInvitationsRequest()),
        "keys": (house.keys.ListApiKeys, api_key_service_pb2.ListApiKeysRequest()),
        "audit": (house.audit.ListAuditLog, audit_service_pb2.ListAuditLogRequest()),
    }[service]
    with refused(OrganizationMissing):
        await house.call(method, request, token)
