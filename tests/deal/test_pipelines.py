"""PipelineService: stages as data, and what becomes of deals when they change."""

import asyncio
from typing import Any

import asyncpg
import pytest

from doorstep.deal.v1 import deal_service_pb2, pipeline_pb2
from doorstep.deal.v1 import pipeline_service_pb2 as pb
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.pipelines import USUAL_NAME
from tests.deal.conftest import Sale, Side


def stage(name: str, probability: int = 10, **fields: Any) -> pipeline_pb2.Stage:
    return pipeline_pb2.Stage(display_name=name, probability=probability, **fields)


async def make(
    sale: Sale, seller: Side, name: str, *stages: pipeline_pb2.Stage, **fields: Any
) -> pipeline_pb2.Pipeline:
    pipeline = pipeline_pb2.Pipeline(display_name=name, stages=stages or [stage("Begun")], **fields)
    request = pb.CreatePipelineRequest(pipeline=pipeline)
    return (await sale.call(sale.pipelines.CreatePipeline, request, seller)).pipeline


async def change(sale: Sale, seller: Side, pipeline: pipeline_pb2.Pipeline) -> pipeline_pb2.Pipeline:
    request = pb.UpdatePipelineRequest(pipeline_id=pipeline.pipeline_id, pipeline=pipeline)
    return (await sale.call(sale.pipelines.UpdatePipeline, request, seller)).pipeline


async def get(sale: Sale, seller: Side, pipeline_id: str) -> pipeline_pb2.Pipeline:
    request = pb.GetPipelineRequest(pipeline_id=pipeline_id)
    return (await sale.call(sale.pipelines.GetPipeline, request, seller)).pipeline


async def begin(sale: Sale, seller: Side, **fields: str) -> Any:
    request = deal_service_pb2.CreateDealRequest(display_name="12 Lake St", **fields)
    request.price.currency_code, request.price.units = "USD", 500_000
    return (await sale.call(sale.deals.CreateDeal, request, seller)).deal


@pytest.fixture
def seller(sale: Sale) -> Side:
    return sale.seller(None, "deal.manage")


async def test_made_and_read(sale: Sale, seller: Side) -> None:
    made = await make(
        sale, seller, "Rentals", stage("Asked", 20), stage("Signed", 90, required_document_types=["LEASE"])
    )
    assert [s.display_name for s in made.stages] == ["Asked", "Signed"]
    assert list(made.stages[1].required_document_types) == ["LEASE"]
    assert await get(sale, seller, made.pipeline_id) == made
    listed = (await sale.call(sale.pipelines.ListPipelines, pb.ListPipelinesRequest(), seller)).pipelines
    assert list(listed) == [made]
    stranger = sale.seller(None, "deal.manage")
    with refused(errors.PipelineNotFound):
        await get(sale, stranger, made.pipeline_id)
    with refused(errors.PipelineNotFound):
        await change(sale, stranger, made)
    with refused(errors.PipelineNotFound):
        await begin(sale, stranger, pipeline_id=made.pipeline_id)


async def test_pages(sale: Sale, seller: Side) -> None:
    made = [(await make(sale, seller, f"P{n}")).pipeline_id for n in range(5)]
    seen: list[str] = []
    token = ""
    while True:
        request = pb.ListPipelinesRequest(page_size=2, page_token=token)
        answer = await sale.call(sale.pipelines.ListPipelines, request, seller)
        seen += [pipeline.pipeline_id for pipeline in answer.pipelines]
        token = answer.next_page_token
        if not token:
            break
    assert seen == made[::-1]


async def test_names_differ(sale: Sale, seller: Side) -> None:
    await make(sale, seller, "Sales of land")
    other = await make(sale, seller, "Rentals")
    with refused(errors.PipelineExists) as refusal:
        await make(sale, seller, "Sales of land")
    assert refusal.metadata["display_name"] == "Sales of land"
    other.display_name = "Sales of land"
    with refused(errors.PipelineExists):
        await change(sale, seller, other)


async def test_there_is_one_default(sale: Sale, seller: Side) -> None:
    first = await make(sale, seller, "First", default_yn=True)
    second = await make(sale, seller, "Second", default_yn=True)
    assert not (await get(sale, seller, first.pipeline_id)).default_yn
    assert (await begin(sale, seller)).pipeline_id == second.pipeline_id
    first = await get(sale, seller, first.pipeline_id)
    first.default_yn = True
    await change(sale, seller, first)
    assert not (await get(sale, seller, second.pipeline_id)).default_yn
    assert (await begin(sale, seller)).pipeline_id == first.pipeline_id


async def test_a_deal_begins_in_the_pipeline_that_is_named(sale: Sale, seller: Side) -> None:
    named = await make(sale, seller, "Named", stage("Here", 33))
    begun = await begin(sale, seller, pipeline_id=named.pipeline_id)
    assert (begun.stage_display_name, begun.probability) == ("Here", 33)
    with refused(errors.PipelineNotFound):
        await begin(sale, seller, pipeline_id=str(new_id()))


async def test_the_usual_one_takes_another_name_where_its_own_is_taken(sale: Sale, seller: Side) -> None:
    await make(sale, seller, USUAL_NAME)
    begun = await begin(sale, seller)
    assert (await get(sale, seller, begun.pipeline_id)).display_name == f"{USUAL_NAME} 2"


@pytest.mark.parametrize(
    "stages",
    [[stage("Twice"), stage("Twice")], [stage("Known", stage_id=str(new_id()))]],
    ids=["of one name", "with an id of the caller's"],
)
async def test_stages_that_are_none(sale: Sale, seller: Side, stages: list[pipeline_pb2.Stage]) -> None:
    with refused("INVALID_FIELDS"):
        await make(sale, seller, "Wrong", *stages)
    made = await make(sale, seller, "Right")
    del made.stages[:]
    made.stages.extend(stages)
    with refused("INVALID_FIELDS"):
        await change(sale, seller, made)


async def test_stages_come_and_go(sale: Sale, seller: Side) -> None:
    made = await make(sale, seller, "Changing", stage("One"), stage("Two"), stage("Three"))
    kept = [made.stages[2], stage("New"), made.stages[0]]
    changed = pipeline_pb2.Pipeline(pipeline_id=made.pipeline_id, display_name="Changed", stages=kept, etag=made.etag)
    found = await change(sale, seller, changed)
    assert [s.display_name for s in found.stages] == ["Three", "New", "One"]
    assert found.etag != made.etag
    assert await get(sale, seller, made.pipeline_id) == found
    with refused(EtagMismatch):
        await change(sale, seller, changed)


@pytest.mark.parametrize("way", ["move", "begin"])
async def test_a_stage_that_goes_while_a_deal_comes(sale: Sale, seller: Side, way: str) -> None:
    """Somebody is in the middle of removing the first stage, and of putting another one there."""
    made = await make(sale, seller, "Changing", stage("Gone"), stage("Kept"))
    gone, kept = made.stages
    deal = await begin(sale, seller, pipeline_id=made.pipeline_id)
    move = deal_service_pb2.MoveDealStageRequest(deal_id=deal.deal_id, stage_id=kept.stage_id)
    await sale.call(sale.deals.MoveDealStage, move, seller)
    connection = await asyncpg.connect(sale.database.url)
    try:
        change_of = connection.transaction()
        await change_of.start()
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.execute("SELECT set_config('role', 'doorstep_system', true)")
        await connection.execute("SELECT FROM deal.pipelines WHERE id = $1 FOR UPDATE", parse_id(made.pipeline_id))
        await connection.execute("DELETE FROM deal.stages WHERE id = $1", parse_id(gone.stage_id))
        if way == "move":
            move.stage_id = gone.stage_id
            coming = asyncio.ensure_future(sale.call(sale.deals.MoveDealStage, move, seller))
        else:
            coming = asyncio.ensure_future(begin(sale, seller, pipeline_id=made.pipeline_id))
        waiting = "SELECT count(*) AS n FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
        await sale.until(lambda: sale.sql(waiting, pid), lambda rows: rows[0]["n"] == 1)
        await change_of.commit()
        if way == "move":
            with refused(errors.StageNotFound):
                await coming
        else:
            assert (await coming).stage_id == kept.stage_id
    finally:
        await connection.close()
