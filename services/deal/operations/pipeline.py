"""Pipelines: make, read, change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal.models.pipeline import Pipeline, Stage
from services.deal.pipelines import USUAL_NAME, USUAL_STAGES
from services.deal.repository.pipeline import PipelineRepository


@dataclass(frozen=True, slots=True)
class StageWish:
    """A stage as a caller wants it."""

    stage_id: UUID | None
    display_name: str
    probability: int
    required_document_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """A pipeline with its stages in their order."""

    row: Pipeline
    stages: Sequence[Stage]


async def create_pipeline(
    tx: Transaction,
    organization_id: UUID,
    display_name: str,
    wishes: Sequence[StageWish],
    *,
    default_yn: bool,
    now: datetime,
) -> Staged:
    """Make a pipeline.

    Raises:
        PipelineExists, InvalidFields: see the contract.
    """
    _distinct(wishes)
    if any(wish.stage_id is not None for wish in wishes):
        raise invalid("pipeline.stages.stage_id", "is made by the service", "stage_id.unknown")
    pipelines = PipelineRepository(tx)
    await pipelines.lock_all(organization_id)
    if default_yn:
        await _undefault(pipelines)
    row = Pipeline(
        organization_id=organization_id,
        id=new_id(),
        display_name=display_name,
        default_yn=default_yn,
        create_time=now,
        update_time=now,
    )
    pipelines.add(row)
    await pipelines.write(row)
    stages = [_new_stage(row, position, wish) for position, wish in enumerate(wishes)]
    for stage in stages:
        pipelines.add_stage(stage)
    await tx.session.flush()
    return Staged(row, stages)


async def get_pipeline(tx: ReadTransaction, pipeline_id: UUID) -> Staged:
    """Read one pipeline."""
    return await _staged(tx, await PipelineRepository(tx).get(pipeline_id))


async def hold_pipeline(tx: Transaction, pipeline_id: UUID) -> Staged:
    """Read one pipeline, whose stages nobody removes until the transaction ends.

    Raises:
        PipelineNotFound
    """
    return await _staged(tx, await PipelineRepository(tx).hold(pipeline_id))


async def list_pipelines(tx: ReadTransaction, page: Page) -> PageOf[Staged]:
    """One page of the organisation's pipelines."""
    pipelines = PipelineRepository(tx)
    found = await pipelines.list_page(page)
    stages = await pipelines.stages([row.id for row in found.items])
    return PageOf([Staged(row, stages[row.id]) for row in found.items], found.next_page_token)


async def update_pipeline(
    tx: Transaction,
    pipeline_id: UUID,
    display_name: str,
    wishes: Sequence[StageWish],
    *,
    default_yn: bool,
    etag: str,
    now: datetime,
) -> Staged:
    """Replace name, default and stages.

    Raises:
        PipelineNotFound, EtagMismatch, StageInUse, PipelineExists, InvalidFields: see the contract.
    """
    _distinct(wishes)
    pipelines = PipelineRepository(tx)
    found = await pipelines.get(pipeline_id)
    await pipelines.lock_all(found.organization_id)
    row = await pipelines.get_for_update(pipeline_id)
    match_etag(row.etag, etag)
    had = {stage.id: stage for stage in (await pipelines.stages([row.id]))[row.id]}
    kept = {wish.stage_id for wish in wishes if wish.stage_id is not None}
    if kept - had.keys():
        raise invalid("pipeline.stages.stage_id", "is no stage of this pipeline", "stage_id.unknown")
    if default_yn and not row.default_yn:
        await _undefault(pipelines)
    row.display_name, row.default_yn, row.update_time = display_name, default_yn, now
    await pipelines.write(row)
    await pipelines.remove_stages([stage for stage in had.values() if stage.id not in kept])
    stages: list[Stage] = []
    for position, wish in enumerate(wishes):
        if wish.stage_id is None:
            stage = _new_stage(row, position, wish)
            pipelines.add_stage(stage)
        else:
            stage = had[wish.stage_id]
            stage.position, stage.display_name, stage.probability = position, wish.display_name, wish.probability
            stage.required_document_types = list(wish.required_document_types)
        stages.append(stage)
    await tx.session.flush()
    for stage in stages:
        await pipelines.tell_deals(stage)
    return Staged(row, stages)


async def first_stage(tx: Transaction, organization_id: UUID, pipeline_id: UUID | None, now: datetime) -> Stage:
    """Where a new deal begins: in the given pipeline, else the default one; the usual one is made where none is.

    Raises:
        PipelineNotFound
    """
    pipelines = PipelineRepository(tx)
    if pipeline_id is not None:
        return (await hold_pipeline(tx, pipeline_id)).stages[0]
    row = await pipelines.hold_default()
    if row is None:
        await pipelines.lock_all(organization_id)
        row = await pipelines.hold_default()
    if row is not None:
        return (await _staged(tx, row)).stages[0]
    wishes = [StageWish(None, *usual) for usual in USUAL_STAGES]
    name = USUAL_NAME
    number = 1
    taken = await pipelines.names()
    while name in taken:  # theirs is called so, and is not the default
        number += 1
        name = f"{USUAL_NAME} {number}"
    made = await create_pipeline(tx, organization_id, name, wishes, default_yn=True, now=now)
    return made.stages[0]


async def _staged(tx: ReadTransaction, row: Pipeline) -> Staged:
    return Staged(row, (await PipelineRepository(tx).stages([row.id]))[row.id])


async def _undefault(pipelines: PipelineRepository) -> None:
    other = await pipelines.default()
    if other is not None:
        other.default_yn = False
        await pipelines.write(other)


def _new_stage(row: Pipeline, position: int, wish: StageWish) -> Stage:
    return Stage(
        organization_id=row.organization_id,
        id=new_id(),
        pipeline_id=row.id,
        position=position,
        display_name=wish.display_name,
        probability=wish.probability,
        required_document_types=list(wish.required_document_types),
    )


def _distinct(wishes: Sequence[StageWish]) -> None:
    names = [wish.display_name for wish in wishes]
    ids = [wish.stage_id for wish in wishes if wish.stage_id is not None]
    if len(set(names)) < len(names) or len(set(ids)) < len(ids):
        raise invalid("pipeline.stages", "names and ids of stages must differ", "stages.distinct")
