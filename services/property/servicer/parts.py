"""What the servicers share."""

from dataclasses import dataclass

from services.chassis.actor import Actor, current_actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.property.cache import ResponseCache
from services.property.repository.search import SearchIndex


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    index: SearchIndex
    cache: ResponseCache


def member() -> Actor | None:
    """The caller, if it may see the whole of its organisation's rows; everybody else sees what is public."""
    actor = current_actor()
    return actor if actor.organization_id is not None and actor.can("property.read") else None
