"""What the rules share: who reaches what, and the record of what was done."""

from uuid import UUID

from services.chassis.actor import SYSTEM, Actor
from services.chassis.db.database import ReadTransaction
from services.chassis.ids import new_id
from services.chassis.interceptors.call import current_call
from services.chassis.jobs import OPERATE
from services.tasks.models import TaskAction
from services.tasks.repository import ActionRepository


def reach(caller: Actor) -> Actor:
    """As whom a call reads and writes: operators as the system, others as themselves, for their organisation."""
    return SYSTEM if caller.can(OPERATE) else caller


async def record(
    tx: ReadTransaction, caller: Actor, action: str, target: str | int | UUID, *, kind: str = "", detail: str = ""
) -> None:
    """Keep who did what, in the transaction that does it."""
    call = current_call()
    await ActionRepository(tx).append(
        TaskAction(
            id=new_id(),
            action=action,
            caller=caller.identity,
            user_id=caller.user_id,
            target=str(target),
            kind=kind,
            detail=detail,
            request_id="" if call is None else call.request_id,
        )
    )
