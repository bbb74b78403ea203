"""Composition root of tasks: resources in, servicers out."""

from doorstep.tasks.v1 import dead_letter_service_pb2_grpc, task_service_pb2_grpc
from services.chassis.app import App, Resources
from services.tasks.servicer import DeadLetterServicer, Parts, TaskServicer


def build(resources: Resources) -> App:
    """Put tasks together."""
    parts = Parts(resources.database("tasks"), resources.page_tokens)
    app = App("tasks")
    app.add(task_service_pb2_grpc.add_TaskServiceServicer_to_server, TaskServicer(parts))
    app.add(dead_letter_service_pb2_grpc.add_DeadLetterServiceServicer_to_server, DeadLetterServicer(parts))
    return app
