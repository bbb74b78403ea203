"""Facts between services: outbox, relay, Redis Streams, inbox.

A fact is written into the outbox of its service in the transaction that makes it true. The relay numbers the rows and
feeds them to the stream `doorstep:events:<service>`; each consuming service reads it once, and runs each handler in
one transaction with the inbox row that keeps it from running twice. Redis may lose everything at any moment: the
outbox keeps what it fed for a day and feeds it again, and the inboxes make the second time harmless.

Decisions
- An event's position is its id in the stream (`<position>-0`): feeding again is refused by Redis where the event is
  still there, and a reader that remembers a position can go on after Redis was wiped.
- One relay per service and one reader per consuming service, chosen by an advisory lock: numbers without gaps, and the
  order of a key's facts kept. A process that dies loses its lock with its connection, and another goes on at once.
- A handler that fails holds up later facts about the same key only, and after its attempts it becomes a dead letter.
"""

from services.chassis.events.consumer import Consumer
from services.chassis.events.envelope import EventMeta, Received, Subscriber, stream_name
from services.chassis.events.inbox import DeadLetter, list_dead_letters, replay, request_replay
from services.chassis.events.relay import Relay
from services.chassis.events.watch import watch

__all__ = [
    "Consumer",
    "DeadLetter",
    "EventMeta",
    "Received",
    "Relay",
    "Subscriber",
    "list_dead_letters",
    "replay",
    "request_replay",
    "stream_name",
    "watch",
]
