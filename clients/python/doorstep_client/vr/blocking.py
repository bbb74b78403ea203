"""The writer for code that blocks: the awaited one, in a thread with an event loop of its own.

Credentials stay with the blocking client: both renew the same session, once.
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from doorstep_client.aio import Doorstep
from doorstep_client.api.doorstep.vr.v1 import CoordinateSystem, EventKind, IngestAccounting
from doorstep_client.signin import Headers
from doorstep_client.vr.batch import Quaternion, Vector
from doorstep_client.vr.writer import Progress, SessionWriter

if TYPE_CHECKING:
    from doorstep_client.blocking import DoorstepSync

T = TypeVar("T")


class _Borrowing(Doorstep):
    """An awaited client with the credentials of a blocking one."""

    def __init__(self, owner: "DoorstepSync") -> None:
        trusted = (
            None if owner.root_certificates is None else ssl.create_default_context(cafile=owner.root_certificates)
        )
        scheme = "https" if owner.address.tls else "http"
        super().__init__(f"{scheme}://{owner.address.target}", ssl_context=trusted)
        self._owner = owner

    async def headers(self, path: str) -> Headers:
        """Those of the owner, renewed if it is time to."""
        return await asyncio.to_thread(self._owner.headers, path)

    async def renewed(self, used: Headers) -> bool:
        """Whether the owner has other credentials now."""
        return await asyncio.to_thread(self._owner.renewed, used)


class VrSync:
    """Begins visits."""

    def __init__(self, client: "DoorstepSync") -> None:
        self._client = client

    def session(
        self, *, property_id: str, coordinate_system: CoordinateSystem, session_id: str | None = None, **named: Any
    ) -> "SyncSessionWriter":
        """A writer for one visit; `with` opens and closes it. The arguments are those of `Vr.session`."""
        return SyncSessionWriter(
            self._client,
            {"property_id": property_id, "coordinate_system": coordinate_system, "session_id": session_id, **named},
        )


class SyncSessionWriter:
    """As `SessionWriter`, blocking. Its methods may be called by many threads."""

    def __init__(self, client: "DoorstepSync", arguments: Mapping[str, Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="doorstep-vr", daemon=True)
        self._thread.start()
        self._client, self._writer = self._wait(self._make(client, arguments))

    async def _make(self, owner: "DoorstepSync", arguments: Mapping[str, Any]) -> tuple[Doorstep, SessionWriter]:
        client = _Borrowing(owner)
        return client, client.vr.session(**arguments)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the writer was closed")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self.close()
        finally:
            self.abandon()

    @property
    def session_id(self) -> str:
        """Id of the session."""
        return self._writer.session_id

    @property
    def accounting(self) -> IngestAccounting | None:
        """What became of everything, once the session has ended."""
        return self._writer.accounting

    @property
    def progress(self) -> Progress:
        """How far the writer is."""
        return self._writer.progress

    def open(self, timeout: float = 30.0) -> None:
        """As `SessionWriter.open`."""
        self._wait(self._writer.open(timeout))

    def event(self, kind: EventKind, **named: Any) -> None:
        """As `SessionWriter.event`."""
        self._wait(self._writer.event(kind, **named))

    def pose(self, orientation: Quaternion, position: Vector | None = None, *, time_us: int | None = None) -> None:
        """As `SessionWriter.pose`."""
        self._wait(self._writer.pose(orientation, position, time_us=time_us))

    def gaze(self, direction: Vector, hit: Vector | None = None, **named: Any) -> None:
        """As `SessionWriter.gaze`."""
        self._wait(self._writer.gaze(direction, hit, **named))

    def flush(self, timeout: float | None = None) -> None:
        """As `SessionWriter.flush`."""
        self._wait(self._writer.flush(timeout))

    def close(self, timeout: float = 60.0) -> IngestAccounting:
        """As `SessionWriter.close`; call `abandon` if it is not to be tried again after an error."""
        if self._writer.accounting is None:
            self._wait(self._writer.close(timeout))
            self.abandon()
        accounting = self._writer.accounting
        assert accounting is not None  # noqa: S101  # close() has set it or raised
        return accounting

    def abandon(self) -> None:
        """Stop without ending the session, and end the thread."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(RuntimeError):  # another thread was faster
            self._wait(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _leave(self) -> None:
        await self._writer.abandon()
        self._client.close()
