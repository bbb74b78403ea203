"""What the demo organisation begins with."""

import asyncio

from doorstep.deal.v1 import pipeline_service_pb2 as pb
from services.chassis.demo import ORGANIZATION_ID
from services.deal.pipelines import USUAL_STAGES
from services.deal.seed import seed
from tests.deal.conftest import Sale, Side


async def test_there_is_one_pipeline_however_often_and_at_once_suites_begin(sale: Sale) -> None:
    await asyncio.gather(*(seed(sale.harness.resources) for _ in range(4)))
    await seed(sale.harness.resources)
    member = Side(sale.harness, ORGANIZATION_ID, ("deal.read",))
    (made,) = (await sale.call(sale.pipelines.ListPipelines, pb.ListPipelinesRequest(), member)).pipelines
    assert made.default_yn
    assert [stage.display_name for stage in made.stages] == [usual.display_name for usual in USUAL_STAGES]
