"""Tasks, kinds, schedules, dead letters to messages, and back."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from doorstep.tasks.v1 import dead_letter_service_pb2, schedule_service_pb2, task_pb2
from doorstep.tasks.v1 import task_service_pb2 as pb
from services.chassis.errors import invalid
from services.chassis.events.inspection import EventLetter
from services.chassis.jobs import Priority
from services.chassis.jobs.inspection import AttemptView, EffectView, QueueCount, QueueName, TaskState
from services.chassis.jobs.kinds import Kind
from services.chassis.mapping import checked, enum_name, set_time
from services.tasks.models import Schedule, TaskAction
from services.tasks.operations.task import Task

_STATE = "TASK_STATE_"
_QUEUE = "TASK_QUEUE_"
_PRIORITIES = {
    QueueName.HIGH_PRIORITY: Priority.HIGH,
    QueueName.DEFAULT: Priority.DEFAULT,
    QueueName.LOW_PRIORITY: Priority.LOW,
}
_TYPES = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}


def to_task(task: Task) -> task_pb2.Task:
    """One task."""
    view = task.view
    message = task_pb2.Task(
        task_id=str(view.job_id),
        kind=view.kind,
        queue=f"{_QUEUE}{view.queue}",
        state=f"{_STATE}{view.state}",
        organization_id=str(view.organization_id or ""),
        failure_count=view.failures,
        crash_count=view.crashes,
        last_error=view.error,
        creator_id=str(task.creator_id or ""),
        schedule=view.schedule,
        attempts=map(_attempt, task.attempts),
    )
    if view.progress_time is not None:
        message.progress.done_count = view.done or 0
        if view.total is not None:
            message.progress.total_count = view.total
        set_time(message.progress, "update_time", view.progress_time)
    set_time(message, "create_time", view.create_time)
    set_time(message, "update_time", view.update_time)
    set_time(message, "due_time", view.due_time)
    return message


def _attempt(view: AttemptView) -> task_pb2.TaskAttempt:
    message = task_pb2.TaskAttempt(outcome=f"TASK_OUTCOME_{view.outcome}", error=view.error)
    set_time(message, "begin_time", view.begin_time)
    set_time(message, "end_time", view.end_time)
    return message


def to_kind(kind: Kind) -> pb.TaskKind:
    """One kind that may be started."""
    return pb.TaskKind(
        kind=kind.name,
        description=kind.description,
        permission=kind.permission,
        single=kind.single,
        queue=_queue(kind.priority),
        fields=[_field(field) for field in kind.payload.DESCRIPTOR.fields],
    )


def _field(field: Any) -> pb.TaskKindField:
    composed = field.message_type or field.enum_type
    name = composed.full_name if composed is not None else _TYPES[field.type]
    return pb.TaskKindField(name=field.json_name, type=name, repeated=field.is_repeated)


def _queue(priority: int) -> str:
    if priority > 0:
        return f"{_QUEUE}HIGH_PRIORITY"
    return f"{_QUEUE}LOW_PRIORITY" if priority < 0 else f"{_QUEUE}DEFAULT"


def to_queue_count(count: QueueCount) -> pb.QueueCount:
    """What there is in one queue."""
    return pb.QueueCount(
        queue=f"{_QUEUE}{count.queue}",
        scheduled_count=count.scheduled,
        queued_count=count.queued,
        running_count=count.running,
        dead_count=count.dead,
    )


def to_action(row: TaskAction) -> pb.TaskAction:
    """One thing that was done."""
    message = pb.TaskAction(
        action_id=str(row.id),
        action=row.action,
        caller=row.caller,
        caller_user_id=str(row.user_id or ""),
        target=row.target,
        kind=row.kind,
        detail=row.detail,
        request_id=row.request_id,
    )
    set_time(message, "create_time", row.create_time)
    return message


def to_schedule(row: Schedule) -> schedule_service_pb2.Schedule:
    """One schedule."""
    message = schedule_service_pb2.Schedule(
        name=row.name,
        kind=row.kind,
        cron=row.cron,
        time_zone=row.time_zone,
        queue=_queue(row.priority),
        state="SCHEDULE_STATE_PAUSED" if row.paused else "SCHEDULE_STATE_ACTIVE",
        declared=row.declared,
        last_task_id=str(row.last_job_id or ""),
        fired_count=row.fired_count,
        skipped_count=row.skipped_count,
        etag=row.etag,
    )
    if not row.paused:
        set_time(message, "next_time", row.next_time)
    set_time(message, "last_time", row.last_time)
    set_time(message, "create_time", row.create_time)
    set_time(message, "update_time", row.update_time)
    return message


def to_event_letter(letter: EventLetter) -> dead_letter_service_pb2.EventDeadLetter:
    """One event that was given up."""
    message = dead_letter_service_pb2.EventDeadLetter(
        event_id=str(letter.event_id),
        service=letter.service,
        subscriber=letter.subscriber,
        event_type=letter.type,
        key=letter.key,
        source=letter.source,
        organization_id=str(letter.organization_id or ""),
        attempt_count=letter.attempts,
        last_error=letter.error,
        replay_requested=letter.replay_requested,
    )
    set_time(message, "create_time", letter.create_time)
    set_time(message, "dead_time", letter.dead_time)
    return message


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


def from_priority(number: int) -> int | None:
    """The contract's number of a queue as a priority; None where it is unset."""
    name = from_queue(number)
    return None if name is None else int(_PRIORITIES[name])


def from_payload(kind: Kind, payload: Struct) -> Message:
    """What a kind is told, held against its own rules.

    Raises:
        InvalidFields
    """
    message = kind.payload()
    try:
        if payload.fields:
            ParseDict(MessageToDict(payload), message)
    except (ParseError, TypeError, ValueError) as error:
        # The second where the payload's form in JSON is no object, the third where a number is none.
        raise invalid("payload", str(error)[:300], "payload.form") from error
    checked(message, "payload")
    return message
