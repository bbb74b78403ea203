"""API keys and device keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.identity.errors import ApiKeyNotFound
from services.identity.models.api_key import ApiKey


class ApiKeyRepository(Repository[ApiKey]):
    """Keys."""

    model = ApiKey
    not_found = ApiKeyNotFound

    async def page_in(self, organization_id: UUID, page: Page, *, kind: str = "") -> PageOf[ApiKey]:
        """Keys of an organisation, newest first."""
        statement = select(ApiKey).where(ApiKey.organization_id == organization_id)
        if kind:
            statement = statement.where(ApiKey.kind == kind)
        return await self.page(statement, by=(ApiKey.create_time.desc(), ApiKey.id.desc()), page=page)

    async def find(self, key_id: UUID) -> ApiKey | None:
        """A key by its id alone, whatever its organisation (system only)."""
        return (await self.session.execute(select(ApiKey).where(ApiKey.id == key_id))).scalar_one_or_none()

    async def touch(self, key: ApiKey, now: datetime) -> None:
        """Note that a key was used; this is no change of the key."""
        await self.session.execute(
            update(ApiKey)
            .where(ApiKey.organization_id == key.organization_id, ApiKey.id == key.id)
            .values(last_used_time=now, update_time=ApiKey.update_time)
            .execution_options(synchronize_session=False)
        )
