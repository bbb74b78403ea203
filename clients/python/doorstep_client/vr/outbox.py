"""What is recorded and not acknowledged yet. Pure: no clock, no network.

A part is kept as the bytes it was first sent as, until the server says that it is committed: what is sent again is the
same, so the server stores it once.
"""

from collections import deque
from typing import NamedTuple

from doorstep_client.errors import Details, FailedPrecondition

_BATCH_TAG = bytes([(3 << 3) | 2])  # ConnectRequest.batch


class Part(NamedTuple):
    """A sealed batch."""

    number: int
    message: bytes
    """A serialised ConnectRequest."""
    items: int


def connect_request(batch: bytes) -> bytes:
    """Wrap a serialised TrackingBatch into a serialised ConnectRequest."""
    length, varint = len(batch), bytearray()
    while length > 0x7F:
        varint.append(length & 0x7F | 0x80)
        length >>= 7
    varint.append(length)
    return _BATCH_TAG + bytes(varint) + batch


class Outbox:
    """The parts of one stream, between sealed and acknowledged."""

    def __init__(self) -> None:
        self.durable = 0
        self.size = 0
        self.items = 0
        self.window = 1
        self._parts: deque[Part] = deque()  # durable + 1, durable + 2, ...
        self._cursor = 1
        self._in_flight: deque[int] = deque()
        self._rewinding = False

    @property
    def next_part(self) -> int:
        """Number of the part that is sealed next."""
        return self.durable + len(self._parts) + 1

    def seal(self, batch: bytes, items: int) -> None:
        """Keep a serialised batch; it has `next_part` as its number."""
        part = Part(self.next_part, connect_request(batch), items)
        self._parts.append(part)
        self.size += len(part.message)
        self.items += items

    def connected(self, durable: int, window: int) -> None:
        """Begin a connection: the server has everything up to `durable`, and takes `window` parts at once.

        Raises:
            FailedPrecondition: STREAM_IN_USE, somebody else writes the stream; POSITION_LOST, the server forgot.
        """
        if durable >= self.next_part and not self._parts and not self.durable:
            self.durable = durable  # a session taken up by a new writer
        if durable < self.durable:
            raise FailedPrecondition(
                f"the server had acknowledged part {self.durable} and now knows {durable}",
                Details(reason="POSITION_LOST"),
            )
        self._acknowledged(durable)
        self.window = max(1, window)
        self._in_flight.clear()
        self._rewinding = False
        self._cursor = self.durable + 1

    def take(self) -> bytes | None:
        """The next message to send, if there is one and the window is open."""
        if self._rewinding or len(self._in_flight) >= self.window or self._cursor >= self.next_part:
            return None
        part = self._parts[self._cursor - self.durable - 1]
        self._in_flight.append(part.number)
        self._cursor += 1
        return part.message

    def answered(self, part: int, durable: int, *, refused: bool) -> None:
        """Take an acknowledgement; they come in the order of sending.

        After a refusal everything behind it will be refused as out of order: those answers are awaited, then sending
        goes on after the last committed part.

        Raises:
            FailedPrecondition: STREAM_IN_USE.
        """
        while self._in_flight and self._in_flight[0] <= part:
            self._in_flight.popleft()
        self._acknowledged(durable)
        self._rewinding = self._rewinding or refused
        if self._rewinding and not self._in_flight:
            self._rewinding = False
            self._cursor = self.durable + 1

    def _acknowledged(self, durable: int) -> None:
        if durable >= self.next_part:
            raise FailedPrecondition(
                "somebody else writes to this stream of the session", Details(reason="STREAM_IN_USE")
            )
        while self.durable < durable:
            part = self._parts.popleft()
            self.size -= len(part.message)
            self.items -= part.items
            self.durable = part.number
        self._cursor = max(self._cursor, self.durable + 1)
