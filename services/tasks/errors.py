"""What the tasks service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import NotFound, StateRefused


class TaskNotFound(NotFound):
    """There is no such task, or it ended long ago."""

    reason = "TASK_NOT_FOUND"
    message = "there is no such task"


class TaskStateRefused(StateRefused):
    """The task runs or has ended."""

    reason = "TASK_STATE"
    message = "the state of the task does not allow this"
