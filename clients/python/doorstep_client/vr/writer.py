"""Writes one visit: batches what is recorded, and keeps it until the server says that it is committed.

Nothing else is ever dropped. When as much is kept as memory may hold, recording waits.
"""

import asyncio
import contextlib
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from doorstep_client.api.doorstep.vr.v1 import (
    CoordinateSystem,
    EndSessionRequest,
    Event,
    EventKind,
    Hello,
    IngestAccounting,
    RejectionReason,
)
from doorstep_client.vr.batch import MOST_BYTES, OpenBatch, Quaternion, Vector, single
from doorstep_client.vr.stream import Limits, SessionStream

if TYPE_CHECKING:
    from doorstep_client.aio import Doorstep


@dataclass(frozen=True)
class Progress:
    """How far a writer is."""

    recorded: int
    """Events and samples recorded."""
    acknowledged: int
    """Of these: committed by the server (stored, or rejected with a reason)."""
    rejected: int
    """Of these: rejected."""
    kept_bytes: int
    """Kept in memory until they are acknowledged."""
    durable_part: int
    """Last part that the server has committed."""
    connections: int
    """Streams opened; above 1 after reconnects."""


class Vr:
    """Begins visits."""

    def __init__(self, client: "Doorstep") -> None:
        self._client = client

    def session(
        self,
        *,
        property_id: str,
        coordinate_system: CoordinateSystem,
        session_id: str | None = None,
        participant_id: str = "",
        started_at_us: int | None = None,
        device_model: str = "",
        app_version: str = "",
        scene: str = "",
        stream: int = 0,
        limits: Limits | None = None,
    ) -> "SessionWriter":
        """A writer for one visit; `async with` opens and closes it.

        Args:
            property_id: The home that is visited.
            coordinate_system: How positions and rotations are to be read.
            session_id: UUID; a new one when left out. Give that of an earlier writer to go on with its session.
            participant_id: Who visits; a pseudonym will do.
            started_at_us: Microseconds since 1970; now when left out.
            device_model: For instance `Meta Quest 3`.
            app_version: Version of what records.
            scene: The scene that was loaded.
            stream: 0 to 255; writers of one session that run at the same time use a stream each.
            limits: Memory and network.
        """
        hello = Hello(
            session_id=session_id or str(uuid.uuid4()),
            property_id=property_id,
            participant_id=participant_id,
            coordinate_system=coordinate_system,
            started_at_us=int(time.time() * 1e6) if started_at_us is None else started_at_us,
            device_model=device_model,
            app_version=app_version,
            scene=scene,
        )
        return SessionWriter(self._client, hello, stream, limits or Limits())


class SessionWriter:
    """Records one visit; see `Vr.session`. For one event loop; its methods may be called by many tasks."""

    def __init__(self, client: "Doorstep", hello: Hello, stream: int, limits: Limits) -> None:
        self.session_id = hello.session_id
        self.start_us = hello.started_at_us
        """When the visit began, in microseconds since 1970."""
        self.accounting: IngestAccounting | None = None
        """What became of everything, once the session has ended."""
        self._client = client
        self._number = stream
        self._stream = SessionStream(client, hello, stream, limits, self._seal_due)
        self._open = OpenBatch()
        self._recorded = 0
        self._began_us = self._stream.now_us()
        self._task: asyncio.Task[None] | None = None

    # --- life ---

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self.close()
        finally:
            await self.abandon()

    async def open(self, timeout: float = 30.0) -> None:
        """Connect, and learn how far the session is committed.

        Raises:
            DoorstepError: the server refuses the session, or cannot be reached within `timeout` seconds.
        """
        if self._task is not None:
            raise RuntimeError("the writer was opened before")
        self._task = asyncio.create_task(self._stream.run(), name=f"doorstep-vr-{self.session_id}")
        try:
            await self._stream.until(lambda: self._stream.ready, timeout)
        except BaseException:
            await self.abandon()
            raise

    async def close(self, timeout: float = 60.0) -> IngestAccounting:
        """Send what is left, end the session, and answer with what became of everything.

        Raises:
            DeadlineExceeded: not everything was acknowledged within `timeout` seconds. The writer goes on: call again.
            DoorstepError: the server refuses the session; what was not acknowledged is lost with this writer.
        """
        if self.accounting is None:
            deadline = time.monotonic() + timeout
            if not self._stream.ending:
                await self.flush(timeout)
                self._stream.ending = True
                self._stream.notify()
            if self._task is not None:
                await asyncio.wait({self._task}, timeout=2)
            # By a call of its own, not on the stream: it may be repeated, so the account cannot get lost on the way.
            request = EndSessionRequest(
                session_id=self.session_id,
                ended_at_us=self._stream.now_us(),
                recorded_count=0 if self._stream.resumed else self._recorded,
            )
            left = max(1.0, deadline - time.monotonic())
            answer = await self._client.options(timeout=left).ingest.end_session(request)
            finished = answer.finished
            self.accounting = (finished.accounting if finished else None) or IngestAccounting()
            await self.abandon()
        return self.accounting

    async def abandon(self) -> None:
        """Stop without ending the session: a writer with the same `session_id` can go on with it."""
        self._stream.closed = True
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._stream.notify()

    # --- recording ---

    async def event(
        self,
        kind: EventKind,
        *,
        zone: str = "",
        object: str = "",  # noqa: A002  # the contract's word
        name: str = "",
        position: Vector = (0.0, 0.0, 0.0),
        duration_us: int = 0,
        properties: Mapping[str, str] | None = None,
        time_us: int | None = None,
    ) -> None:
        """Record what happens now and then. Waits while as much is kept as `Limits.buffer_bytes` allows.

        Args:
            kind: What happened.
            zone: Where; required for ZONE_ENTER and ZONE_EXIT.
            object: The thing looked at or used.
            name: Of the interaction or custom event; required for CUSTOM.
            position: In the units and axes of the session.
            duration_us: Microseconds; 0 where that has no meaning.
            properties: Anything else: at most 32 entries, 4 KiB together.
            time_us: Microseconds since 1970; now when left out.

        Raises:
            DoorstepError: the server has refused the session.
        """
        await self._room()
        event = Event(
            kind=kind,
            time_us=self._stream.now_us() if time_us is None else time_us,
            zone=zone,
            object=object,
            name=name,
            x=single(position[0]),
            y=single(position[1]),
            z=single(position[2]),
            duration_us=duration_us,
            properties=dict(properties or {}),
        )
        self._open.event(event)
        self._grown()

    async def pose(
        self, orientation: Quaternion, position: Vector | None = None, *, time_us: int | None = None
    ) -> None:
        """Record where the head is: a unit quaternion (x, y, z, w) and, if it is tracked, the position."""
        await self._room()
        if not self._open.takes_pose(position):
            self._seal()
        self._open.pose(self._stream.now_us() if time_us is None else time_us, orientation, position)
        self._grown()

    async def gaze(
        self,
        direction: Vector,
        hit: Vector | None = None,
        *,
        zone: str = "",
        object: str = "",  # noqa: A002  # the contract's word
        time_us: int | None = None,
    ) -> None:
        """Record where the visitor looks: a unit vector and, if known, the point, zone and object that it hits.

        Raises:
            ValueError: a zone or object has a name of more than 100 bytes, or with NUL.
        """
        await self._room()
        if not self._open.takes_gaze(hit):
            self._seal()
        self._open.gaze(self._stream.now_us() if time_us is None else time_us, direction, hit, zone, object)
        self._grown()

    async def flush(self, timeout: float | None = None) -> None:
        """Wait until everything recorded so far is committed.

        Raises:
            DeadlineExceeded: not within `timeout` seconds.
        """
        self._check()
        self._seal()
        outbox = self._stream.outbox
        last = outbox.next_part - 1
        await self._stream.until(lambda: outbox.durable >= last, timeout)

    @property
    def progress(self) -> Progress:
        """How far the writer is."""
        stream = self._stream
        return Progress(
            recorded=self._recorded,
            acknowledged=stream.acknowledged,
            rejected=stream.rejected,
            kept_bytes=self._kept,
            durable_part=stream.outbox.durable,
            connections=stream.connections,
        )

    @property
    def rejections(self) -> Counter[RejectionReason]:
        """Why events and samples were rejected. The server names the first 100 of a part."""
        return self._stream.rejections

    @property
    def clock_offset_us(self) -> int:
        """Server's clock minus this one, in microseconds, as the server estimates it."""
        return self._stream.clock_offset_us

    # --- batching ---

    @property
    def _kept(self) -> int:
        return self._stream.outbox.size + self._open.size

    async def _room(self) -> None:
        self._check()
        limit = self._stream.limits.buffer_bytes
        if self._kept >= limit:
            self._seal()
            await self._stream.until(lambda: self._kept < limit, None)

    def _check(self) -> None:
        stream = self._stream
        if stream.error is not None:
            raise stream.error.again()
        if stream.closed or stream.ending or not stream.ready:
            raise RuntimeError("the writer is not open")

    def _grown(self) -> None:
        self._recorded += 1
        if self._open.began_at is None:
            self._open.began_at = time.monotonic()
            self._stream.notify()
        if self._open.count >= self._stream.limits.batch_items or self._open.size >= MOST_BYTES:
            self._seal()

    def _seal_due(self, now: float) -> float | None:
        if self._open.began_at is None:
            return None
        due = self._open.began_at + self._stream.limits.batch_seconds
        if now < due:
            return due
        self._seal()
        return None

    def _seal(self) -> None:
        if not self._open.count:
            return
        batch, outbox = self._open.batch, self._stream.outbox
        batch.stream, batch.part, batch.sent_at_us = self._number, outbox.next_part, self._stream.now_us()
        if not self._stream.resumed:  # when an earlier writer began is not known here
            batch.uptime_us = max(1, batch.sent_at_us - self._began_us)
        outbox.seal(bytes(batch), self._open.count)
        self._open = OpenBatch()
        self._stream.notify()
