"""The stream of one visit: connects, sends, reconnects, until all is committed or the server refuses for good."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import betterproto2
from grpclib.const import Cardinality, Status
from grpclib.exceptions import StreamTerminatedError

from doorstep_client.api.doorstep.vr.v1 import (
    BatchAck,
    BatchOutcome,
    ConnectRequest,
    ConnectResponse,
    Hello,
    Notice,
    Ping,
    Pong,
    RefusalReason,
    RejectionReason,
    Welcome,
)
from doorstep_client.errors import (
    CALL_ERRORS,
    DeadlineExceeded,
    Details,
    DoorstepError,
    FailedPrecondition,
    translate,
)
from doorstep_client.retries import backoff, token_refused
from doorstep_client.signin import Headers
from doorstep_client.vr.outbox import Outbox

if TYPE_CHECKING:
    from doorstep_client.aio import Doorstep

_CONNECT = "/doorstep.vr.v1.IngestService/Connect"

_PASSING = {
    Status.UNAVAILABLE,
    Status.DEADLINE_EXCEEDED,
    Status.RESOURCE_EXHAUSTED,
    Status.ABORTED,
    Status.CANCELLED,
    Status.INTERNAL,
    Status.UNKNOWN,
}
"""Ends of a stream after which another one is tried. What is recorded waits meanwhile."""

_AGAIN = {RefusalReason.OVERLOADED, RefusalReason.UNAVAILABLE, RefusalReason.OUT_OF_ORDER}
"""Refusals of a part after which the same part is sent again on the same stream."""


@dataclass(frozen=True)
class Limits:
    """How a writer uses memory and network."""

    batch_items: int = 500
    """Events and samples in a part; the server's own limit (1,000) holds beside it."""
    batch_seconds: float = 0.5
    """A part that is not full is sent after this time."""
    buffer_bytes: int = 32 << 20
    """Recorded and not acknowledged; recording waits beyond it. About a quarter of an hour of pose at 90 Hz is 3 MB."""
    unacknowledged: int = 32
    """Parts on their way at once; the server's own limit holds beside it."""
    ping_seconds: float = 15.0
    """Measures the clock, and notices a dead connection."""
    silence_seconds: float = 40.0
    """A connection that says nothing for this long is given up. Pings are answered, so this means that it is dead."""


class _Frame:
    """A serialised ConnectRequest, in the form in which grpclib takes messages."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def SerializeToString(self) -> bytes:  # noqa: N802  # grpclib's name for it
        """As it is."""
        return self._data


class _Reconnect(Exception):
    """The server asks for another connection, after `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.wait = wait


class SessionStream:
    """Keeps a stream open and the outbox moving. The writer reads what stands here, and calls `until` and `notify`."""

    def __init__(
        self, client: "Doorstep", hello: Hello, number: int, limits: Limits, seal_due: Callable[[float], float | None]
    ) -> None:
        """Prepare.

        Args:
            client: Whose connection and credentials to use.
            hello: The session.
            number: Of the stream within the session.
            limits: Memory and network.
            seal_due: Called with the monotonic time; seals what is due, or says when something will be.
        """
        self.limits = limits
        self.outbox = Outbox()
        self.ready = False
        """The server has taken the session, on this connection or an earlier one."""
        self.resumed = False
        self.ending = False
        self.closed = False
        self.error: DoorstepError | None = None
        self.acknowledged = 0
        self.rejected = 0
        self.rejections: Counter[RejectionReason] = Counter()
        self.connections = 0
        self.clock_offset_us = 0
        self._client = client
        self._hello = hello
        self._number = number
        self._seal_due = seal_due
        self._welcome_here = False
        self._paused_until = 0.0
        self._failures = 0
        self._renewed = False
        self._last: DoorstepError | None = None
        self._exchange = Ping()
        self._changed = asyncio.Event()
        # Wall clock plus what has passed: samples must not go back in time when the system's clock is set.
        self._clock_base = time.time() - time.monotonic()

    def now_us(self) -> int:
        """Microseconds since 1970."""
        return int((self._clock_base + time.monotonic()) * 1e6)

    # --- waiting ---

    def notify(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, reached: Callable[[], bool], timeout: float | None) -> None:
        """Wait.

        Raises:
            DeadlineExceeded: not within `timeout` seconds.
            DoorstepError: the server has refused the session; or it cannot be reached, when time runs out.
        """
        try:
            async with asyncio.timeout(timeout):
                while not reached():
                    changed = self._changed
                    if self.error is not None:
                        raise self.error.again()
                    if self.closed:
                        raise RuntimeError("the writer was abandoned")
                    await changed.wait()
        except TimeoutError:
            if self._last is not None and not self._welcome_here:
                raise self._last.again() from None
            text = f"{self.outbox.items} events and samples are not acknowledged yet"
            raise DeadlineExceeded(text, Details(reason="DEADLINE_EXCEEDED")) from None

    # --- connections ---

    async def run(self) -> None:
        """Connect again and again, until the session ends or is refused."""
        while not (self.ending or self.closed):
            try:
                await self._connection()
            except _Reconnect as asked:
                await asyncio.sleep(asked.wait or backoff(0))
            except DoorstepError as error:
                await self._disconnected(error, [])
            except Exception as bug:  # noqa: BLE001  # kept for whoever records, who would wait for ever
                failure = DoorstepError(f"the writer failed: {bug!r}")
                failure.__cause__ = bug
                self._fail(failure)
            finally:
                self._welcome_here = False
            if self.error is not None:
                return

    async def _connection(self) -> None:
        headers = await self._client.headers(_CONNECT)
        self.connections += 1
        self._exchange = Ping()
        try:
            async with self._client.channel.request(
                _CONNECT, Cardinality.STREAM_STREAM, _Frame, ConnectResponse, metadata=headers
            ) as stream:
                await stream.send_request()
                await stream.send_message(_Frame(bytes(ConnectRequest(hello=self._hello))))
                await self._converse(stream)
        except CALL_ERRORS as raised:
            await self._disconnected(translate(raised), headers)

    async def _disconnected(self, error: DoorstepError, headers: Headers) -> None:
        """Wait, and return to try again; or give up for good."""
        if self.ending or self.closed:
            return
        self._last = error
        if token_refused(error) and not self._renewed:
            self._renewed = True
            if await self._client.renewed(headers):
                return
        if error.code not in _PASSING:
            self._fail(error)
            return
        if isinstance(error, DeadlineExceeded):
            # The connection may be dead without knowing it: make a new one, for everybody's sake.
            self._client.channel.close()
        self._failures += 1
        await asyncio.sleep(backoff(self._failures, error.retry_after))

    def _fail(self, error: DoorstepError) -> None:
        self.error = error
        self.notify()

    async def _converse(self, stream: Any) -> None:
        """Send and receive until one of them ends; whatever ended it is raised."""
        receiving = asyncio.create_task(self._receive(stream))
        sending = asyncio.create_task(self._send(stream))
        try:
            done, _ = await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending in done and not self.ending:
                await asyncio.wait({receiving}, timeout=1)  # why it ended may still be on its way
            for task in (receiving, sending):
                if task.done():
                    task.result()
        finally:
            receiving.cancel()
            sending.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)
        await stream.cancel()  # the session is over; its account comes by EndSession

    async def _send(self, stream: Any) -> None:
        next_ping = 0.0
        while True:
            changed = self._changed
            now = time.monotonic()
            due = [next_ping]
            if not self._welcome_here:
                due.clear()
            else:
                if (seal_at := self._seal_due(now)) is not None:
                    due.append(seal_at)
                if now >= next_ping:
                    await self._ping(stream)
                    # The second one soon: the server needs two to estimate the clock.
                    next_ping = now + (self.limits.ping_seconds if self._exchange.previous_sent_at_us else 1.0)
                    continue
                if now < self._paused_until:
                    due.append(self._paused_until)
                elif (message := self.outbox.take()) is not None:
                    await stream.send_message(_Frame(message))
                    continue
                elif self.ending:
                    return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(due) - now) if due else None):
                    await changed.wait()

    async def _ping(self, stream: Any) -> None:
        self._exchange = replace(self._exchange, sent_at_us=self.now_us())
        await stream.send_message(_Frame(bytes(ConnectRequest(ping=self._exchange))))

    async def _receive(self, stream: Any) -> None:
        while True:
            async with asyncio.timeout(self.limits.silence_seconds):
                response = await stream.recv_message()
            if response is None:
                # grpclib then raises the status that came with the end, if it was an error.
                raise StreamTerminatedError("the server closed the stream")
            _, body = betterproto2.which_one_of(response, "body")
            match body:
                case Welcome():
                    self._welcomed(body)
                case BatchAck():
                    self._answered(body)
                case Pong():
                    self._ponged(body)
                case Notice():
                    self._noticed(body)
            self.notify()

    def _welcomed(self, welcome: Welcome) -> None:
        durable = next((p.durable_part for p in welcome.positions if p.stream == self._number), 0)
        if not self.ready:  # what an earlier writer recorded is not known here
            self.resumed = any(position.durable_part for position in welcome.positions)
        self.limits = replace(self.limits, batch_items=min(self.limits.batch_items, welcome.max_batch_events or 1000))
        before = self.outbox.items
        self.outbox.connected(durable, min(self.limits.unacknowledged, welcome.max_unacknowledged or 1))
        self.acknowledged += before - self.outbox.items
        self._failures, self._renewed = 0, False
        self.ready = self._welcome_here = True

    def _answered(self, ack: BatchAck) -> None:
        refused = ack.outcome == BatchOutcome.REFUSED
        before = self.outbox.items
        self.outbox.answered(ack.part, ack.durable_part, refused=refused)
        self.acknowledged += before - self.outbox.items
        self.rejected += ack.rejected_count
        self.rejections.update(rejection.reason for rejection in ack.rejections)
        if refused and ack.refusal == RefusalReason.OUT_OF_ORDER and ack.part == self.outbox.durable + 1:
            raise _Reconnect(0)  # there is nothing before it to send: the server's view is behind what it has committed
        if refused:
            self._refused(ack.refusal, ack.message, ack.retry_after_ms)

    def _noticed(self, notice: Notice) -> None:
        wait = notice.retry_after_ms / 1000
        if notice.reason in {RefusalReason.RECONNECT, *_AGAIN} and notice.closing:
            raise _Reconnect(wait)
        if notice.closing:
            self._refused(notice.reason, notice.message, notice.retry_after_ms)
        self._pause(wait)

    def _refused(self, reason: RefusalReason, text: str, retry_after_ms: int) -> None:
        """Go on after a refusal, or raise.

        Raises:
            FailedPrecondition: sending the same again will not help.
        """
        if reason == RefusalReason.RECONNECT:
            raise _Reconnect(retry_after_ms / 1000)
        if reason not in _AGAIN:
            name = RefusalReason(reason).name or "REFUSED"
            raise FailedPrecondition(text or "the server refuses the session", Details(reason=name))
        self._pause(max(retry_after_ms / 1000, 0.02))

    def _pause(self, seconds: float) -> None:
        if seconds:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _ponged(self, pong: Pong) -> None:
        if pong.sent_at_us != self._exchange.sent_at_us:
            return
        self._exchange = Ping(
            previous_sent_at_us=pong.sent_at_us,
            previous_server_received_at_us=pong.server_received_at_us,
            previous_server_sent_at_us=pong.server_sent_at_us,
            previous_received_at_us=self.now_us(),
        )
        self.clock_offset_us = pong.clock_offset_us or self.clock_offset_us
