"""ScheduleService."""

from typing import Any

from doorstep.tasks.v1 import schedule_service_pb2 as pb
from doorstep.tasks.v1 import schedule_service_pb2_grpc
from services.chassis.actor import current_actor
from services.tasks import mapping
from services.tasks.operations import schedule as operations
from services.tasks.operations.common import reach
from services.tasks.operations.kind import startable_kind
from services.tasks.servicer.parts import Parts


class ScheduleServicer(schedule_service_pb2_grpc.ScheduleServiceServicer):
    """Work that starts by the clock."""

    def __init__(self, parts: Parts) -> None:
        """Serve with `parts`."""
        self._parts = parts
        self._db = parts.database

    async def CreateSchedule(self, request: pb.CreateScheduleRequest, context: Any) -> pb.CreateScheduleResponse:
        """Makes a schedule."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            kind = await startable_kind(tx, caller, request.kind)
            row = await operations.create_schedule(
                tx,
                caller,
                kind,
                mapping.from_payload(kind, request.payload),
                name=request.name,
                cron=request.cron,
                time_zone=request.time_zone,
                priority=mapping.from_priority(request.queue),
                now=self._parts.clock.now(),
            )
        return pb.CreateScheduleResponse(schedule=mapping.to_schedule(row))

    async def ListSchedules(self, request: pb.ListSchedulesRequest, context: Any) -> pb.ListSchedulesResponse:
        """Lists schedules by name."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(current_actor())) as tx:
            rows = await operations.list_schedules(tx, page)
        return pb.ListSchedulesResponse(
            schedules=map(mapping.to_schedule, rows.items), next_page_token=rows.next_page_token
        )

    async def GetSchedule(self, request: pb.GetScheduleRequest, context: Any) -> pb.GetScheduleResponse:
        """Reads a schedule."""
        async with self._db.read(reach(current_actor())) as tx:
            row = await operations.get_schedule(tx, request.name)
        return pb.GetScheduleResponse(schedule=mapping.to_schedule(row))

    async def UpdateSchedule(self, request: pb.UpdateScheduleRequest, context: Any) -> pb.UpdateScheduleResponse:
        """Changes when a schedule fires."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            row = await operations.update_schedule(
                tx,
                caller,
                request.name,
                cron=request.cron,
                time_zone=request.time_zone,
                etag=request.etag,
                now=self._parts.clock.now(),
            )
        return pb.UpdateScheduleResponse(schedule=mapping.to_schedule(row))

    async def PauseSchedule(self, request: pb.PauseScheduleRequest, context: Any) -> pb.PauseScheduleResponse:
        """Keeps a schedule from firing."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            row = await operations.pause_schedule(tx, caller, request.name)
        return pb.PauseScheduleResponse(schedule=mapping.to_schedule(row))

    async def ResumeSchedule(self, request: pb.ResumeScheduleRequest, context: Any) -> pb.ResumeScheduleResponse:
        """Lets a schedule fire again."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            row = await operations.resume_schedule(tx, caller, request.name, now=self._parts.clock.now())
        return pb.ResumeScheduleResponse(schedule=mapping.to_schedule(row))

    async def DeleteSchedule(self, request: pb.DeleteScheduleRequest, context: Any) -> pb.DeleteScheduleResponse:
        """Removes a schedule."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            await operations.delete_schedule(tx, caller, request.name)
        return pb.DeleteScheduleResponse()
