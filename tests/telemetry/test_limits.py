"""How often a headset may send single batches: declared in the contract, another number by setting."""

from uuid import uuid4

import grpc
import pytest
from pydantic import ValidationError

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import ingest_service_pb2_grpc
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.actor import Actor, CallerKind
from services.chassis.interceptors.call import Method
from services.chassis.testing.errors import Refusal
from services.chassis.testing.harness import Harness, make_settings
from services.telemetry.app import build
from tests.telemetry.conftest import INGEST
from tests.telemetry.headset import Headset, event

BATCH = "doorstep.vr.v1.IngestService/IngestBatch"


def test_a_hundred_a_minute_unless_set_otherwise():
    limit = Method.of(f"/{BATCH}").rate_limit
    assert limit is not None
    assert (limit.requests, limit.window_seconds, limit.per_address) == (100, 60, False)


async def test_another_number_by_setting(telemetry_database, clone_redis, tmp_path):
    async with Harness.open(
        [build],
        database_url=telemetry_database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path,
        rate_limits={BATCH: 3},
    ) as harness:
        organization, headsets = uuid4(), []
        for name in ("one", "other"):
            harness.credentials.keys[name] = Actor(
                CallerKind.DEVICE, organization_id=organization, key_id=uuid4(), permissions=INGEST
            )
            headsets.append(Headset(harness.channel, harness.metadata(api_key=name)))
            await headsets[-1].connect()
        stub = ingest_service_pb2_grpc.IngestServiceStub(harness.channel)

        async def send(headset):
            request = pb.IngestBatchRequest(batch=headset.batch(events=[event()]))
            return await stub.IngestBatch(request, metadata=headset.metadata)

        one, other = headsets
        for _ in range(3):
            await send(one)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await send(one)
        refusal = Refusal.of(error.value)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED")
        assert refusal.metadata["limit"] == "3"
        assert refusal.retry_after >= 1
        await send(other)  # another device of the same organisation has a share of its own
        assert (await one.write(one.batch(part=4, events=[event()]))).outcome == t.BATCH_OUTCOME_STORED
        for headset in headsets:
            headset.cut()


@pytest.mark.parametrize("limits", [{BATCH: 0}, {"IngestBatch": 5}, {f"/{BATCH}": 5}])
def test_limits_that_are_none(tmp_path, limits):
    with pytest.raises(ValidationError):
        make_settings(database_url="postgresql://x", redis_url="redis://x", keys_dir=tmp_path, rate_limits=limits)
