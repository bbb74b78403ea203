"""Teams."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.identity import policy
from services.identity.models.organization import Team
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository, TeamRepository


@dataclass(frozen=True, slots=True)
class CountedTeam:
    """A team and how many members it has."""

    team: Team
    members: int


async def create_team(tx: Transaction, actor: Actor, *, display_name: str, now: datetime) -> CountedTeam:
    """Make an empty team.

    Raises:
        OrganizationMissing, TeamNameTaken
    """
    teams = TeamRepository(tx)
    team = teams.add(Team(organization_id=policy.organization_of(actor), id=new_id(), display_name=display_name))
    await teams.flush()
    await _audit(tx, actor, "team.created", team, now, after={"display_name": display_name})
    return CountedTeam(team, 0)


async def list_teams(tx: ReadTransaction, actor: Actor, *, page: Page) -> PageOf[CountedTeam]:
    """The teams of the organisation.

    Raises:
        OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    teams = TeamRepository(tx)
    found = await teams.page_in(organization_id, page)
    counts = await teams.counts(organization_id, [team.id for team in found.items])
    return PageOf([CountedTeam(team, counts.get(team.id, 0)) for team in found.items], found.next_page_token)


async def get_team(tx: ReadTransaction, actor: Actor, *, team_id: UUID) -> CountedTeam:
    """One team.

    Raises:
        OrganizationMissing, TeamNotFound
    """
    policy.organization_of(actor)
    return await _counted(tx, await TeamRepository(tx).get(team_id))


async def update_team(
    tx: Transaction, actor: Actor, *, team_id: UUID, display_name: str | None, etag: str, now: datetime
) -> CountedTeam:
    """Rename a team.

    Raises:
        OrganizationMissing, TeamNotFound, TeamNameTaken, EtagMismatch
    """
    policy.organization_of(actor)
    teams = TeamRepository(tx)
    team = await teams.get_for_update(team_id)
    match_etag(team.etag, etag)
    counted = await _counted(tx, team)
    if display_name is None or display_name == team.display_name:
        return counted
    before, team.display_name = team.display_name, display_name
    await teams.flush()
    await _audit(
        tx, actor, "team.updated", team, now, before={"display_name": before}, after={"display_name": display_name}
    )
    return counted


async def delete_team(tx: Transaction, actor: Actor, *, team_id: UUID, etag: str, now: datetime) -> None:
    """Remove a team.

    Raises:
        OrganizationMissing, TeamNotFound, EtagMismatch
    """
    policy.organization_of(actor)
    teams = TeamRepository(tx)
    team = await teams.get_for_update(team_id)
    match_etag(team.etag, etag)
    await teams.remove(team)
    await _audit(tx, actor, "team.deleted", team, now, before={"display_name": team.display_name})


async def add_team_member(tx: Transaction, actor: Actor, *, team_id: UUID, user_id: UUID, now: datetime) -> CountedTeam:
    """Put a member of the organisation into a team.

    Raises:
        OrganizationMissing, TeamNotFound, MemberNotFound
    """
    organization_id = policy.organization_of(actor)
    teams = TeamRepository(tx)
    team = await teams.get_for_update(team_id)
    await MembershipRepository(tx).of(organization_id, user_id, lock=True)
    added = await teams.add_member(team, user_id)
    counted = await _counted(tx, team)
    if added:
        await _audit(tx, actor, "team.member_added", team, now, after={"user_id": str(user_id)})
    return counted


async def remove_team_member(
    tx: Transaction, actor: Actor, *, team_id: UUID, user_id: UUID, now: datetime
) -> CountedTeam:
    """Take a member out of a team.

    Raises:
        OrganizationMissing, TeamNotFound
    """
    policy.organization_of(actor)
    teams = TeamRepository(tx)
    team = await teams.get_for_update(team_id)
    removed = await teams.remove_member(team, user_id)
    counted = await _counted(tx, team)
    if removed:
        await _audit(tx, actor, "team.member_removed", team, now, before={"user_id": str(user_id)})
    return counted


async def _counted(tx: ReadTransaction, team: Team) -> CountedTeam:
    counts = await TeamRepository(tx).counts(team.organization_id, [team.id])
    return CountedTeam(team, counts.get(team.id, 0))


async def _audit(
    tx: Transaction,
    actor: Actor,
    action: str,
    team: Team,
    now: datetime,
    *,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    await AuditRepository(tx).append(
        action, actor=actor, resource_type="team", resource_id=team.id, now=now, before=before, after=after
    )
