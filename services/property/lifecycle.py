"""The states of properties, listings and imports, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.property.errors import ImportStateRefused, ListingStateRefused, PropertyStateRefused


class PropertyState(StrEnum):
    """Whether a property is in the books."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


class StandardStatus(StrEnum):
    """RESO StandardStatus: where a listing stands."""

    INCOMPLETE = "INCOMPLETE"
    COMING_SOON = "COMING_SOON"
    ACTIVE = "ACTIVE"
    ACTIVE_UNDER_CONTRACT = "ACTIVE_UNDER_CONTRACT"
    PENDING = "PENDING"
    HOLD = "HOLD"
    WITHDRAWN = "WITHDRAWN"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"
    DELETE = "DELETE"


class ImportState(StrEnum):
    """How far an import is."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


_S = StandardStatus

ON_MARKET = frozenset({_S.COMING_SOON, _S.ACTIVE, _S.ACTIVE_UNDER_CONTRACT, _S.PENDING})
"""Statuses in which the public may see a listing. A property has at most one listing in them."""

EDITABLE = frozenset({_S.INCOMPLETE, *ON_MARKET, _S.HOLD, _S.WITHDRAWN})
"""Statuses in which a listing's fields may still change."""

PROPERTY_LIFECYCLE = Lifecycle(
    PropertyState,
    table="property.properties",
    start=PropertyState.ACTIVE,
    transitions=(
        Transition("delete", frozenset({PropertyState.ACTIVE}), PropertyState.ARCHIVED, "archive_time"),
        Transition("unarchive", frozenset({PropertyState.ARCHIVED}), PropertyState.ACTIVE),
    ),
    invalid=PropertyStateRefused,
)

_STAMP = "status_change_timestamp"


def _listing(verb: str, to: StandardStatus, *frm: StandardStatus) -> Transition[StandardStatus]:
    return Transition(verb, frozenset(frm), to, _STAMP)


LISTING_LIFECYCLE = Lifecycle(
    StandardStatus,
    table="property.listings",
    column="standard_status",
    # An import may bring in a listing that is for sale, or sold, already.
    start=(_S.INCOMPLETE, _S.ACTIVE, _S.CLOSED),
    transitions=(
        _listing("announce", _S.COMING_SOON, _S.INCOMPLETE),
        _listing("publish", _S.ACTIVE, _S.INCOMPLETE, _S.COMING_SOON),
        _listing("mark_under_contract", _S.ACTIVE_UNDER_CONTRACT, _S.ACTIVE),
        _listing("mark_pending", _S.PENDING, _S.ACTIVE, _S.ACTIVE_UNDER_CONTRACT),
        _listing("close", _S.CLOSED, _S.ACTIVE, _S.ACTIVE_UNDER_CONTRACT, _S.PENDING),
        # An import brings a newer listing of the same house from the same source: the older one was sold.
        _listing("supersede", _S.CLOSED, *ON_MARKET),
        _listing("hold", _S.HOLD, _S.COMING_SOON, _S.ACTIVE),
        _listing("withdraw", _S.WITHDRAWN, *ON_MARKET, _S.HOLD),
        _listing("cancel", _S.CANCELED, *EDITABLE),
        _listing("expire", _S.EXPIRED, _S.COMING_SOON, _S.ACTIVE, _S.HOLD, _S.WITHDRAWN),
        _listing("reactivate", _S.ACTIVE, _S.ACTIVE_UNDER_CONTRACT, _S.PENDING, _S.HOLD, _S.WITHDRAWN, _S.EXPIRED),
        _listing("delete", _S.DELETE, _S.INCOMPLETE, _S.CANCELED),
    ),
    invalid=ListingStateRefused,
)

IMPORT_LIFECYCLE = Lifecycle(
    ImportState,
    table="property.imports",
    start=ImportState.PENDING,
    transitions=(
        # A worker that takes over from a dead one starts an import that runs already.
        Transition("start", frozenset({ImportState.PENDING, ImportState.RUNNING}), ImportState.RUNNING),
        Transition("succeed", frozenset({ImportState.RUNNING}), ImportState.SUCCEEDED, "end_time"),
        Transition("fail", frozenset({ImportState.PENDING, ImportState.RUNNING}), ImportState.FAILED, "end_time"),
        Transition("cancel", frozenset({ImportState.PENDING, ImportState.RUNNING}), ImportState.CANCELLED, "end_time"),
    ),
    invalid=ImportStateRefused,
)
