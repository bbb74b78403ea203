"""Which kinds of tasks a caller may start."""

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction
from services.chassis.errors import PermissionMissing
from services.chassis.jobs import OPERATE
from services.chassis.jobs.kinds import Kind, find_kind, list_kinds
from services.chassis.paging import Page, PageOf
from services.tasks.errors import TaskKindUnknown


def may_start(caller: Actor, kind: Kind) -> bool:
    """Whether a caller may start a kind at all; operators may start every one."""
    return caller.can(OPERATE) or (caller.can(kind.permission) and caller.organization_id is not None)


async def list_startable_kinds(tx: ReadTransaction, caller: Actor) -> list[Kind]:
    """What a caller may start, by name."""
    return [kind for kind in await list_kinds(tx) if may_start(caller, kind)]


async def page_of_kinds(tx: ReadTransaction, caller: Actor, page: Page) -> PageOf[Kind]:
    """One page of what a caller may start, by name."""
    after = str(page.after[0]) if page.after is not None else ""
    found = [kind for kind in await list_startable_kinds(tx, caller) if kind.name > after]
    return page.cut(found[: page.size + 1], key=lambda kind: (kind.name,))


async def startable_kind(tx: ReadTransaction, caller: Actor, name: str) -> Kind:
    """A kind that is to be started.

    Raises:
        TaskKindUnknown: with the names of those that the caller may start.
        PermissionMissing
    """
    kind = await find_kind(tx, name)
    if kind is None:
        known = ",".join(other.name for other in await list_startable_kinds(tx, caller))
        raise TaskKindUnknown(metadata={"kind": name, "kinds": known})
    if not may_start(caller, kind):
        raise PermissionMissing(metadata={"permission": kind.permission})
    return kind
