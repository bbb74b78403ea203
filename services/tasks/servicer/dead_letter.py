"""DeadLetterService."""

from typing import Any
from uuid import UUID

from doorstep.tasks.v1 import dead_letter_service_pb2 as pb
from doorstep.tasks.v1 import dead_letter_service_pb2_grpc
from services.chassis.actor import current_actor
from services.tasks import mapping
from services.tasks.operations import dead_letter as operations
from services.tasks.operations.common import reach
from services.tasks.servicer.parts import Parts


class DeadLetterServicer(dead_letter_service_pb2_grpc.DeadLetterServiceServicer):
    """Work that was given up."""

    def __init__(self, parts: Parts) -> None:
        """Serve with `parts`."""
        self._parts = parts
        self._db = parts.database

    async def ListDeadLetters(self, request: pb.ListDeadLettersRequest, context: Any) -> pb.ListDeadLettersResponse:
        """Lists tasks that are held, newest first."""
        caller = current_actor()
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(caller)) as tx:
            rows = await operations.list_dead_letters(tx, caller, page, kind=request.kind)
        return pb.ListDeadLettersResponse(tasks=map(mapping.to_task, rows.items), next_page_token=rows.next_page_token)

    async def ReplayDeadLetter(self, request: pb.ReplayDeadLetterRequest, context: Any) -> pb.ReplayDeadLetterResponse:
        """Puts a held task back into its queue."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            task = await operations.replay_dead_letter(tx, caller, int(request.task_id))
        return pb.ReplayDeadLetterResponse(task=mapping.to_task(task))

    async def ReplayDeadLetters(
        self, request: pb.ReplayDeadLettersRequest, context: Any
    ) -> pb.ReplayDeadLettersResponse:
        """Puts held tasks of one kind back into their queues."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            count = await operations.replay_dead_letters(
                tx, caller, request.kind, limit=request.limit, validate_only=request.validate_only
            )
        return pb.ReplayDeadLettersResponse(replayed_count=count)

    async def ListEventDeadLetters(
        self, request: pb.ListEventDeadLettersRequest, context: Any
    ) -> pb.ListEventDeadLettersResponse:
        """Lists events that were given up, last first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(current_actor())) as tx:
            rows = await operations.list_event_dead_letters(tx, page, service=request.service)
        return pb.ListEventDeadLettersResponse(
            letters=map(mapping.to_event_letter, rows.items), next_page_token=rows.next_page_token
        )

    async def ReplayEventDeadLetter(
        self, request: pb.ReplayEventDeadLetterRequest, context: Any
    ) -> pb.ReplayEventDeadLetterResponse:
        """Has an event handed to its subscriber again."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            await operations.replay_event_dead_letter(
                tx, caller, request.service, UUID(request.event_id), request.subscriber
            )
        return pb.ReplayEventDeadLetterResponse()

    async def ReplayEventDeadLetters(
        self, request: pb.ReplayEventDeadLettersRequest, context: Any
    ) -> pb.ReplayEventDeadLettersResponse:
        """Has events handed to one service's subscribers again."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            count = await operations.replay_event_dead_letters(
                tx,
                caller,
                request.service,
                subscriber=request.subscriber,
                limit=request.limit,
                validate_only=request.validate_only,
            )
        return pb.ReplayEventDeadLettersResponse(replayed_count=count)

    async def ListUnknownEffects(
        self, request: pb.ListUnknownEffectsRequest, context: Any
    ) -> pb.ListUnknownEffectsResponse:
        """Lists effects of which nobody knows whether they happened."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(current_actor())) as tx:
            rows = await operations.list_unknown_effects(tx, page)
        return pb.ListUnknownEffectsResponse(
            effects=map(mapping.to_effect, rows.items), next_page_token=rows.next_page_token
        )

    async def SettleEffect(self, request: pb.SettleEffectRequest, context: Any) -> pb.SettleEffectResponse:
        """Says whether an effect happened."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            await operations.settle_effect(
                tx, caller, request.effect_key, happened=request.outcome == pb.EFFECT_OUTCOME_HAPPENED
            )
        return pb.SettleEffectResponse()
