"""Composition root of tasks: resources in, servicers and housekeeping out."""

from doorstep.tasks.v1 import dead_letter_service_pb2_grpc, schedule_service_pb2_grpc, task_service_pb2_grpc
from services.chassis.app import App, Resources
from services.tasks.jobs import Housekeeping
from services.tasks.servicer.dead_letter import DeadLetterServicer
from services.tasks.servicer.parts import Parts
from services.tasks.servicer.schedule import ScheduleServicer
from services.tasks.servicer.task import TaskServicer


def build(resources: Resources) -> App:
    """Put tasks together."""
    parts = Parts(resources.database("tasks"), resources.clock, resources.page_tokens)
    app = App("tasks", jobs=[Housekeeping(parts.database, resources.clock).job()])
    app.add(task_service_pb2_grpc.add_TaskServiceServicer_to_server, TaskServicer(parts))
    app.add(dead_letter_service_pb2_grpc.add_DeadLetterServiceServicer_to_server, DeadLetterServicer(parts))
    app.add(schedule_service_pb2_grpc.add_ScheduleServiceServicer_to_server, ScheduleServicer(parts))
    return app
