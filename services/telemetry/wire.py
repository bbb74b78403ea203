"""Tracking batches as numpy columns, straight from the bytes of the message.

Packed `sfixed64`, `sfixed32` and `float` fields are little-endian arrays on the wire, so the columns of a track are
views of the message: no object is made per sample, which is what parsing costs. Anything that a usual encoder does not
write (unpacked or split columns, unknown fields, a track given twice) goes to the protobuf parser, which decides what
it means; a property test proves that both ways give the same batch. Chunks are stored as the same messages, so that
the one reader reads both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from doorstep.vr.v1 import ingest_service_pb2, tracking_pb2
from services.chassis.protobytes import LENGTH_DELIMITED, VARINT, NoVarint, read_varint, varint

Column = npt.NDArray[Any]

DType = np.dtype[Any]

TIME: DType = np.dtype("<i8")
REAL: DType = np.dtype("<f4")
INDEX: DType = np.dtype("<i4")

POSE_TYPES: tuple[DType, ...] = (TIME, *[REAL] * 7)
"""Types of the fields of PoseTrack, from field 1 on."""
GAZE_TYPES: tuple[DType, ...] = (TIME, *[REAL] * 6, INDEX, INDEX)
"""Types of the fields of GazeTrack, from field 1 on."""
POSE_FIELDS = [f.name for f in tracking_pb2.PoseTrack.DESCRIPTOR.fields]
GAZE_FIELDS = [f.name for f in tracking_pb2.GazeTrack.DESCRIPTOR.fields]

_BATCH_IN_CONNECT = 0x1A  # field 3, length-delimited
_FIRST_COLUMN = 0x0A  # field 1, length-delimited
_USUAL = 1_000
"""Samples; a longer track is refused, and need not be read quickly."""
_INT32_MAX = (1 << 31) - 1
_INT64_MAX = (1 << 63) - 1


class Columns(tuple[Column, ...]):
    """The columns of a track that was written as encoders usually do: its numbers are also the rows of matrices.

    The columns are views of the message, in which nothing lies evenly; the matrices are copies that do, since every
    step of numpy over uneven bytes would make one.
    """

    message: bytes
    at: int
    """Where the track begins in the message."""
    layout: "_Layout"
    _rows: npt.NDArray[np.float32] | None = None
    _steps: npt.NDArray[np.int64] | None = None

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """All columns of type REAL, field 2 first; not to be written to."""
        if self._rows is None:
            self._rows = self._view(self.message, self.at, REAL, 1, self.layout.reals).copy()
        return self._rows

    @property
    def indices(self) -> npt.NDArray[np.int32]:
        """All columns of type INDEX; a view."""
        first = self.layout.reals + 1
        return self._view(self.message, self.at, INDEX, first, len(self.layout.starts) - first)

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """From each time to the next; they may wrap around where times are absurd."""
        if self._steps is None:
            time = self[0].copy()
            self._steps = time[1:] - time[:-1]
        return self._steps

    def rewritten(self, rows: npt.NDArray[np.float32], indices: npt.NDArray[np.int32] | None = None) -> bytes:
        """The track as a message with these instead of its own numbers: what `encode_track` would write."""
        if rows is self._rows and indices is None:
            return self.message[self.at : self.at + self.layout.size]
        data = bytearray(memoryview(self.message)[self.at : self.at + self.layout.size])
        if rows is not self._rows:
            self._view(data, 0, REAL, 1, self.layout.reals)[...] = rows
        if indices is not None:
            first = self.layout.reals + 1
            self._view(data, 0, INDEX, first, len(self.layout.starts) - first)[...] = indices
        return data  # type: ignore[return-value]  # nobody changes it any more, and it can be quite long to copy

    def _view(self, data: bytes | bytearray, at: int, dtype: DType, first: int, columns: int) -> Column:
        """Columns from `first` on, all of one type, as the rows of a matrix."""
        layout = self.layout
        return np.ndarray((columns, len(self[0])), dtype, data, at + layout.starts[first], (layout.stride, 4))


def rows_of(track: tuple[Column, ...], first: int, last: int) -> npt.NDArray[np.float32]:
    """Columns `first` up to `last` of type REAL as a matrix."""
    if isinstance(track, Columns):
        return track.rows[first - 1 : last - 1]
    return np.stack(track[first:last])


class Malformed(ValueError):
    """The bytes are not a message; the text says why, without quoting them."""


class _Unusual(Exception):
    """Not what encoders usually write."""


@dataclass(slots=True)
class Batch:
    """A TrackingBatch. A track is its columns in the order of the fields; an absent track is an empty tuple."""

    session_id: str = ""
    stream: int = 0
    part: int = 0
    sent_at_us: int = 0
    uptime_us: int = 0
    events: Sequence[tracking_pb2.Event] = ()
    pose: tuple[Column, ...] = ()
    gaze: tuple[Column, ...] = ()
    zones: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Events and samples together."""
        return len(self.events) + _length(self.pose) + _length(self.gaze)


def _length(track: tuple[Column, ...]) -> int:
    return len(track[0]) if track else 0


def batch_in_connect(raw: bytes) -> tuple[int, int] | None:
    """Where the batch lies in the bytes of a ConnectRequest, or None when the request is anything else."""
    if not raw or raw[0] != _BATCH_IN_CONNECT:
        return None
    try:
        length, start = read_varint(raw, 1)
    except (_Unusual, NoVarint):
        return None
    return (start, len(raw)) if start + length == len(raw) else None


def parse_connect(raw: bytes) -> Batch | ingest_service_pb2.ConnectRequest:
    """Read one message of a stream; a batch is returned as columns.

    Raises:
        Malformed: not a ConnectRequest.
    """
    where = batch_in_connect(raw)
    if where is not None:
        try:
            return _scan_batch(raw, *where)
        except (_Unusual, NoVarint, UnicodeDecodeError, DecodeError):
            pass  # the parser below reads it, or says what is wrong
    try:
        request = ingest_service_pb2.ConnectRequest.FromString(raw)
    except DecodeError as error:
        raise Malformed("not a ConnectRequest") from error
    return from_message(request.batch) if request.WhichOneof("body") == "batch" else request


def parse_ingest_batch(raw: bytes) -> Batch:
    """Read the bytes of an IngestBatchRequest.

    Raises:
        Malformed: not an IngestBatchRequest.
    """
    try:
        request = ingest_service_pb2.IngestBatchRequest.FromString(raw)
    except DecodeError as error:
        raise Malformed("not an IngestBatchRequest") from error
    return from_message(request.batch)


def parse_batch(raw: bytes) -> Batch:
    """Read a TrackingBatch: fast where it is usual, by the protobuf parser where not.

    Raises:
        Malformed: not a TrackingBatch.
    """
    try:
        return _scan_batch(raw, 0, len(raw))
    except (_Unusual, NoVarint, UnicodeDecodeError, DecodeError):
        return parse_batch_slowly(raw)


def parse_batch_slowly(raw: bytes) -> Batch:
    """Read a TrackingBatch by the protobuf parser alone.

    Raises:
        Malformed: not a TrackingBatch.
    """
    try:
        return from_message(tracking_pb2.TrackingBatch.FromString(raw))
    except DecodeError as error:
        raise Malformed("not a TrackingBatch") from error


def from_message(message: tracking_pb2.TrackingBatch) -> Batch:
    """Turn a parsed message into columns. An empty track counts as absent: some clients always send one."""
    return Batch(
        message.session_id,
        message.stream,
        message.part,
        message.sent_at_us,
        message.uptime_us,
        list(message.events),
        _columns(message.pose, POSE_FIELDS, POSE_TYPES),
        _columns(message.gaze, GAZE_FIELDS, GAZE_TYPES),
        list(message.zones),
        list(message.objects),
    )


def _columns(track: Any, names: list[str], types: tuple[DType, ...]) -> tuple[Column, ...]:
    columns = tuple(np.array(getattr(track, name), dtype) for name, dtype in zip(names, types, strict=True))
    return columns if any(len(c) for c in columns) else ()


def _scan_batch(raw: bytes, at: int, end: int) -> Batch:  # noqa: PLR0912 - one branch per field
    batch = Batch()
    events: list[tracking_pb2.Event] = []
    while at < end:
        begin = at
        tag, at = read_varint(raw, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == VARINT:
            value, at = read_varint(raw, at)
            if number == 2 and value <= _INT32_MAX:
                batch.stream = value
            elif number == 3 and value <= _INT32_MAX:
                batch.part = value
            elif number == 4 and value <= _INT64_MAX:
                batch.sent_at_us = value
            elif number == 10 and value <= _INT64_MAX:
                batch.uptime_us = value
            else:
                raise _Unusual
            continue
        if wire_type != LENGTH_DELIMITED:
            raise _Unusual
        length, at = read_varint(raw, at)
        stop = at + length
        if stop > end:
            raise _Unusual
        if number == 5:
            # Events stand in a row: one call of the parser reads them all.
            while stop < end and raw[stop] == tag:
                length, at = read_varint(raw, stop + 1)
                stop = at + length
            if stop > end:
                raise _Unusual
            events.extend(tracking_pb2.TrackingBatch.FromString(raw[begin:stop]).events)
        elif number == 6 and not batch.pose:
            batch.pose = _scan_track(raw, at, stop, POSE_TYPES)
        elif number == 7 and not batch.gaze:
            batch.gaze = _scan_track(raw, at, stop, GAZE_TYPES)
        elif number == 8:
            batch.zones.append(raw[at:stop].decode())
        elif number == 9:
            batch.objects.append(raw[at:stop].decode())
        elif number == 1:
            batch.session_id = raw[at:stop].decode()
        else:
            raise _Unusual
        at = stop
    if at != end:
        raise _Unusual
    batch.events = events
    return batch


_EMPTY = {dtype: np.empty(0, dtype) for dtype in (TIME, REAL, INDEX)}


class _Layout(NamedTuple):
    """Where things lie in a track whose columns are all there, each once, in the order of their numbers."""

    size: int
    headers: list[tuple[int, int, bytes]]
    """(from, to, tag and length of a column)."""
    starts: list[int]
    reals: int
    stride: int


@lru_cache(4096)
def _layout(types: tuple[DType, ...], count: int) -> _Layout:
    at = 0
    headers, starts = [], []
    for number, dtype in enumerate(types, 1):
        header = _header(number, count * dtype.itemsize)
        headers.append((at, at + len(header), header))
        starts.append(at + len(header))
        at += len(header) + count * dtype.itemsize
    return _Layout(at, headers, starts, types.count(REAL), starts[2] - starts[1])


def _scan_track(raw: bytes, at: int, end: int, types: tuple[DType, ...]) -> tuple[Column, ...]:
    if at < end and raw[at] == _FIRST_COLUMN:
        length, _ = read_varint(raw, at + 1)
        count = length // TIME.itemsize
        layout = _layout(types, count) if 0 < count <= _USUAL else None
        if layout is not None and layout.size == end - at:
            for start, stop, header in layout.headers:
                if raw[at + start : at + stop] != header:
                    break
            else:
                return _usual_track(raw, at, count, types, layout)
    return _scan_unusual_track(raw, at, end, types)


def _usual_track(raw: bytes, at: int, count: int, types: tuple[DType, ...], layout: _Layout) -> Columns:
    columns = Columns([np.frombuffer(raw, types[n], count, at + start) for n, start in enumerate(layout.starts)])
    columns.message, columns.at, columns.layout = raw, at, layout
    return columns


def _scan_unusual_track(raw: bytes, at: int, end: int, types: tuple[DType, ...]) -> tuple[Column, ...]:
    columns: list[Column | None] = [None] * len(types)
    found = False
    while at < end:
        tag = raw[at]  # every field of a track fits into one byte; anything longer is unusual
        index = (tag >> 3) - 1
        if tag & 7 != LENGTH_DELIMITED or not 0 <= index < len(types) or columns[index] is not None:
            raise _Unusual
        length, at = read_varint(raw, at + 1)
        stop = at + length
        dtype = types[index]
        if stop > end or length % dtype.itemsize:
            raise _Unusual
        columns[index] = np.frombuffer(raw, dtype, length // dtype.itemsize, at)
        found = found or length > 0
        at = stop
    if not found:
        return ()
    return tuple(_EMPTY[types[n]] if c is None else c for n, c in enumerate(columns))


def encode_track(columns: Sequence[Column]) -> bytes:
    """Write the columns of a track as the message that they came from; empty columns are left out."""
    pieces: list[bytes] = []
    for number, column in enumerate(columns, 1):
        data = column.tobytes()
        if data:
            pieces.append(_header(number, len(data)))
            pieces.append(data)
    return b"".join(pieces)


@lru_cache(4096)
def _header(number: int, length: int) -> bytes:
    return bytes((number << 3 | LENGTH_DELIMITED,)) + varint(length)


def decode_pose(data: bytes) -> tuple[Column, ...]:
    """Read a stored chunk of poses."""
    return _decode(data, POSE_TYPES)


def decode_gaze(data: bytes) -> tuple[Column, ...]:
    """Read a stored chunk of gaze; zones and objects are the ids of names."""
    return _decode(data, GAZE_TYPES)


def _decode(data: bytes, types: tuple[DType, ...]) -> tuple[Column, ...]:
    try:
        return _scan_track(data, 0, len(data), types)
    except (_Unusual, NoVarint) as error:
        raise Malformed("a stored chunk cannot be read") from error
