"""Tasks to messages, and back."""

from doorstep.tasks.v1 import dead_letter_service_pb2, task_pb2
from doorstep.tasks.v1 import task_service_pb2 as pb
from services.chassis.jobs.inspection import EffectView, QueueCount, QueueName, TaskState, TaskView
from services.chassis.mapping import enum_name, set_time

_STATE = "TASK_STATE_"
_QUEUE = "TASK_QUEUE_"


def to_task(view: TaskView) -> task_pb2.Task:
    """One task."""
    message = task_pb2.Task(
        task_id=str(view.job_id),
        kind=view.kind,
        queue=f"{_QUEUE}{view.queue}",
        state=f"{_STATE}{view.state}",
        organization_id=str(view.organization_id or ""),
        failure_count=view.failures,
        crash_count=view.crashes,
        last_error=view.error,
    )
    set_time(message, "create_time", view.create_time)
    set_time(message, "update_time", view.update_time)
    set_time(message, "due_time", view.due_time)
    return message


def to_queue_count(count: QueueCount) -> pb.QueueCount:
    """What there is in one queue."""
    return pb.QueueCount(
        queue=f"{_QUEUE}{count.queue}",
        scheduled_count=count.scheduled,
        queued_count=count.queued,
        running_count=count.running,
        dead_count=count.dead,
    )


def to_effect(view: EffectView) -> dead_letter_service_pb2.UnknownEffect:
    """One effect of which nobody knows whether it happened."""
    message = dead_letter_service_pb2.UnknownEffect(effect_key=view.key)
    set_time(message, "create_time", view.create_time)
    return message


def from_state(number: int) -> TaskState | None:
    """The contract's number as a state; None where it is unset."""
    return TaskState(enum_name(task_pb2.TaskState, _STATE, number)) if number else None


def from_queue(number: int) -> QueueName | None:
    """The contract's number as a queue; None where it is unset."""
    return QueueName(enum_name(task_pb2.TaskQueue, _QUEUE, number)) if number else None
