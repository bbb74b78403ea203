"""PipelineService."""

from typing import Any

from doorstep.deal.v1 import pipeline_service_pb2 as pb
from doorstep.deal.v1 import pipeline_service_pb2_grpc
from services.chassis.actor import current_actor, organization_of
from services.chassis.ids import parse_id
from services.deal.mapping import pipeline as mapping
from services.deal.operations import pipeline as operations
from services.deal.servicer.parts import Parts


class PipelineServicer(pipeline_service_pb2_grpc.PipelineServiceServicer):
    """The stages that deals pass."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreatePipeline(self, request: pb.CreatePipelineRequest, context: Any) -> pb.CreatePipelineResponse:
        """Makes a pipeline with its stages."""
        actor, asked = current_actor(), request.pipeline
        async with self._db.transaction(actor) as tx:
            made = await operations.create_pipeline(
                tx,
                organization_of(actor),
                asked.display_name,
                mapping.to_wishes(asked),
                default_yn=asked.default_yn,
                now=self._clock.now(),
            )
        return pb.CreatePipelineResponse(pipeline=mapping.to_message(made))

    async def GetPipeline(self, request: pb.GetPipelineRequest, context: Any) -> pb.GetPipelineResponse:
        """Reads one pipeline."""
        async with self._db.read(current_actor()) as tx:
            found = await operations.get_pipeline(tx, parse_id(request.pipeline_id))
        return pb.GetPipelineResponse(pipeline=mapping.to_message(found))

    async def ListPipelines(self, request: pb.ListPipelinesRequest, context: Any) -> pb.ListPipelinesResponse:
        """Lists the pipelines of the organisation, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            found = await operations.list_pipelines(tx, page)
        return pb.ListPipelinesResponse(
            pipelines=[mapping.to_message(staged) for staged in found.items], next_page_token=found.next_page_token
        )

    async def UpdatePipeline(self, request: pb.UpdatePipelineRequest, context: Any) -> pb.UpdatePipelineResponse:
        """Replaces name, default and stages."""
        asked = request.pipeline
        async with self._db.transaction(current_actor()) as tx:
            changed = await operations.update_pipeline(
                tx,
                parse_id(request.pipeline_id),
                asked.display_name,
                mapping.to_wishes(asked),
                default_yn=asked.default_yn,
                etag=asked.etag,
                now=self._clock.now(),
            )
        return pb.UpdatePipelineResponse(pipeline=mapping.to_message(changed))
