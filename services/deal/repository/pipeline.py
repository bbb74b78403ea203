"""Pipelines and their stages."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.deal.errors import PipelineExists, PipelineNotFound, StageInUse
from services.deal.models.deal import Deal
from services.deal.models.pipeline import Pipeline, Stage


def _held(statement: Select[Any]) -> Select[Any]:
    return statement.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)


class PipelineRepository(Repository[Pipeline]):
    """Pipelines of the organisation."""

    model = Pipeline
    not_found = PipelineNotFound

    async def lock_all(self, organization_id: UUID) -> None:
        """Have the organisation's pipelines to oneself: only one of them is the default."""
        await take_turns(self.session, f"deal.pipelines/{organization_id}")

    async def hold(self, pipeline_id: UUID) -> Pipeline:
        """Have the stages of a pipeline stay what they are until the transaction ends, beside others who ask for that.

        Whoever brings a deal to a stage takes this lock before that of the deal: who changes a pipeline locks it first,
        then the deals in its stages. The stages are read after it, by a statement that sees what was committed before.

        Raises:
            PipelineNotFound
        """
        return await self._one(_held(select(Pipeline).where(Pipeline.id == pipeline_id)))

    async def hold_default(self) -> Pipeline | None:
        """The pipeline in which new deals begin, held as by `hold`; None where there is none, or another one by now."""
        found: Pipeline | None = await self.session.scalar(_held(select(Pipeline).where(Pipeline.default_yn)))
        return found

    async def default(self) -> Pipeline | None:
        """The pipeline in which new deals begin."""
        return (await self.session.execute(select(Pipeline).where(Pipeline.default_yn))).scalar_one_or_none()

    async def names(self) -> set[str]:
        """The names that are taken."""
        return set((await self.session.execute(select(Pipeline.display_name))).scalars())

    async def list_page(self, page: Page) -> PageOf[Pipeline]:
        """One page, newest first."""
        return await self.page(select(Pipeline), by=(Pipeline.id.desc(),), page=page)

    async def write(self, row: Pipeline) -> None:
        """Write what has changed now.

        Raises:
            PipelineExists: the name is taken.
        """
        name = row.display_name
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "pipelines_display_name_key" in str(error.orig):
                raise PipelineExists(metadata={"display_name": name}) from error
            raise

    async def stages(self, pipeline_ids: Collection[UUID]) -> dict[UUID, list[Stage]]:
        """The stages of some pipelines, each in their order."""
        statement = select(Stage).where(Stage.pipeline_id.in_(pipeline_ids)).order_by(Stage.pipeline_id, Stage.position)
        found: dict[UUID, list[Stage]] = {pipeline_id: [] for pipeline_id in pipeline_ids}
        for stage in (await self.session.execute(statement)).scalars():
            found[stage.pipeline_id].append(stage)
        return found

    def add_stage(self, row: Stage) -> None:
        """Add a stage."""
        self.session.add(row)

    async def remove_stages(self, stages: Sequence[Stage]) -> None:
        """Remove stages in which no deal stands.

        Raises:
            StageInUse
        """
        ids = [stage.id for stage in stages]
        used = (await self.session.execute(select(Deal.stage_id).where(Deal.stage_id.in_(ids)).limit(1))).scalar()
        if used is not None:
            raise StageInUse(metadata={"stage_id": str(used)})
        for stage in stages:
            await self.session.delete(stage)

    async def tell_deals(self, stage: Stage) -> None:
        """Bring name and probability of a stage to the open deals that stand in it."""
        await self.session.execute(
            update(Deal)
            .where(Deal.stage_id == stage.id, Deal.state == "OPEN")
            .where(or_(Deal.stage_display_name != stage.display_name, Deal.probability != stage.probability))
            .values(stage_display_name=stage.display_name, probability=stage.probability, version=Deal.version + 1)
            .execution_options(synchronize_session=False)
        )
