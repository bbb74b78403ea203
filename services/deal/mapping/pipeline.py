"""Pipelines: rows to messages and back."""

from uuid import UUID

from doorstep.deal.v1 import pipeline_pb2 as pb
from services.chassis.mapping import to_time
from services.deal.operations.pipeline import Staged, StageWish


def to_message(found: Staged) -> pb.Pipeline:
    """A pipeline with its stages."""
    row = found.row
    return pb.Pipeline(
        pipeline_id=str(row.id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        display_name=row.display_name,
        default_yn=row.default_yn,
        stages=[
            pb.Stage(
                stage_id=str(stage.id),
                display_name=stage.display_name,
                probability=stage.probability,
                required_document_types=stage.required_document_types,
            )
            for stage in found.stages
        ],
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
    )


def to_wishes(message: pb.Pipeline) -> list[StageWish]:
    """The stages that a caller wants."""
    return [
        StageWish(
            UUID(stage.stage_id) if stage.stage_id else None,
            stage.display_name,
            stage.probability,
            tuple(stage.required_document_types),
        )
        for stage in message.stages
    ]
