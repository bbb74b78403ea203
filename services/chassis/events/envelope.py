"""The form of an event on its way, and who handles it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from services.chassis.db.database import Transaction

__all__ = ["EventMeta", "Received", "Subscriber", "source_of", "stream_name"]

E = TypeVar("E", bound=Message)


@dataclass(frozen=True, slots=True)
class EventMeta:
    """What is known of an event beside what it says."""

    event_id: UUID
    type: str
    """Full name of the message, for instance `doorstep.telemetry.v1.SessionEnded`."""
    key: str
    """What it is about; events with equal keys are delivered in order."""
    organization_id: UUID | None
    position: int
    """Its place among the events of its service: greater is later, none is used twice."""
    source: str
    """The service that stated it."""
    create_time: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    """Trace context and request id."""


Handler = Callable[[Transaction, E, EventMeta], Awaitable[None]]


class Subscriber(Generic[E]):
    """Runs `handler` for every event of one type, in one transaction with the record that it ran.

    The transaction belongs to the event's organisation and sees its rows only, unless `as_system` is set or the event
    has no organisation. The handler may change rows, publish and enqueue; it must not call other services.

    Args:
        event: The message class.
        handler: `async def handler(tx, event, meta)`.
        name: What the inbox calls it; never change it, or every event of the last day is handled again.
        source: The service that publishes; taken from the message's package (`doorstep.<service>.v1`) when left out.
        as_system: See the rows of all organisations.
        max_attempts: Failures after which the event becomes a dead letter for this subscriber.
    """

    def __init__(
        self,
        event: type[E],
        handler: Handler[E],
        *,
        name: str | None = None,
        source: str | None = None,
        as_system: bool = False,
        max_attempts: int = 5,
    ) -> None:
        self.event = event
        self.handler = handler
        self.type: str = event.DESCRIPTOR.full_name
        self.name = name or f"{handler.__module__.rpartition('.')[2]}.{handler.__qualname__}"
        self.source = source or source_of(self.type)
        self.as_system = as_system
        self.max_attempts = max_attempts


@dataclass(frozen=True, slots=True)
class Received:
    """An event as it was read from a stream."""

    meta: EventMeta
    payload: bytes

    @property
    def entry_id(self) -> str:
        """Its id in the stream."""
        return f"{self.meta.position}-0"


def source_of(type_name: str) -> str:
    """Name of the service whose package holds a message."""
    return type_name.split(".")[1]


def stream_name(service: str) -> str:
    """Name of the stream that carries the events of a service."""
    return f"doorstep:events:{service}"


def to_fields(row: Mapping[str, Any]) -> dict[str, bytes | str]:
    """Write an outbox row as the fields of a stream entry."""
    return {
        "event_id": str(row["event_id"]),
        "type": row["type"],
        "key": row["key"],
        "organization_id": str(row["organization_id"] or ""),
        "payload": row["payload"],
        "headers": row["headers"],
        "create_time": row["create_time"].isoformat(),
    }


def from_entry(source: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Received:
    """Read a stream entry.

    Raises:
        KeyError, ValueError: the entry was not written by the relay.
    """
    organization_id = fields[b"organization_id"].decode()
    meta = EventMeta(
        event_id=UUID(fields[b"event_id"].decode()),
        type=fields[b"type"].decode(),
        key=fields[b"key"].decode(),
        organization_id=UUID(organization_id) if organization_id else None,
        position=position_of(entry_id),
        source=source,
        create_time=datetime.fromisoformat(fields[b"create_time"].decode()),
        headers=json.loads(fields[b"headers"]),
    )
    return Received(meta, fields[b"payload"])


def position_of(entry_id: bytes | str) -> int:
    """Read the position out of an entry's id."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    return int(text.partition("-")[0])
