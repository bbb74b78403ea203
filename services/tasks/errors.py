"""What the tasks service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, StateRefused


class TaskNotFound(NotFound):
    """There is no such task for the caller, or it ended long ago."""

    reason = "TASK_NOT_FOUND"
    message = "there is no such task"


class TaskStateRefused(StateRefused):
    """The task runs, is to end, or has ended."""

    reason = "TASK_STATE"
    message = "the state of the task does not allow this"


class TaskKindUnknown(InvalidArgument):
    """No kind of this name may be started on request."""

    reason = "TASK_KIND_UNKNOWN"
    message = "there is no such kind that may be started on request"


class TaskExists(AlreadyExists):
    """One at a time is enough."""

    reason = "TASK_EXISTS"
    message = "one task of this kind at a time is enough, and there is one"


class ScheduleNotFound(NotFound):
    """There is no such schedule."""

    reason = "SCHEDULE_NOT_FOUND"
    message = "there is no such schedule"


class ScheduleExists(AlreadyExists):
    """The name is taken."""

    reason = "SCHEDULE_EXISTS"
    message = "there is a schedule of this name"


class ScheduleDeclared(FailedPrecondition):
    """The code would make it again."""

    reason = "SCHEDULE_DECLARED"
    message = "the schedule is declared by the code: pause it instead"


class ScheduleStateRefused(StateRefused):
    """The schedule is paused already, or was not."""

    reason = "SCHEDULE_STATE"
    message = "the state of the schedule does not allow this"
