"""Collects events and samples into the next part of a stream."""

from collections.abc import Mapping

from doorstep_client.api.doorstep.vr.v1 import Event, GazeTrack, PoseTrack, TrackingBatch

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

MOST_BYTES = 1 << 20
"""A part is sealed at about this size, well below what the server takes."""

MOST_EVENT_BYTES = 64 << 10
"""An event larger than this is a mistake: the server keeps 4 KiB of properties."""

MOST_NAME_BYTES = 100
"""A zone or object whose name is longer makes the server refuse the whole part, and with it the visit."""

_LARGEST = 3.4028234663852886e38


def single(number: float) -> float:
    """A number as 32 bits can hold it: what is too large becomes infinite, which the server rejects by itself."""
    return number if abs(number) <= _LARGEST else number * float("inf")


def _singles(numbers: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(map(single, numbers))


class OpenBatch:
    """A part that still grows."""

    def __init__(self) -> None:
        self.count = 0
        self.size = 0
        self.began_at: float | None = None
        self.batch = TrackingBatch()
        self._zones: dict[str, int] = {}
        self._objects: dict[str, int] = {}

    def event(self, event: Event) -> None:
        """Add an event.

        Raises:
            ValueError: it is too large for any batch.
        """
        size = event_size(event.zone, event.object, event.name, event.properties)
        if size > MOST_EVENT_BYTES:
            raise ValueError(f"an event of {size} bytes is too large")
        self.batch.events.append(event)
        self._grew(size)

    def takes_pose(self, position: Vector | None) -> bool:
        """Whether the sample fits the columns: either all samples of a track have a position, or none."""
        track = self.batch.pose
        return track is None or bool(track.position_x) == (position is not None)

    def pose(self, time_us: int, orientation: Quaternion, position: Vector | None) -> None:
        """Add a sample of head tracking."""
        qx, qy, qz, qw = _singles(orientation)
        track = self.batch.pose
        if track is None:
            track = self.batch.pose = PoseTrack()
        track.time_us.append(time_us)
        if position is not None:
            x, y, z = _singles(position)
            track.position_x.append(x)
            track.position_y.append(y)
            track.position_z.append(z)
        track.orientation_x.append(qx)
        track.orientation_y.append(qy)
        track.orientation_z.append(qz)
        track.orientation_w.append(qw)
        self._grew(36)

    def takes_gaze(self, hit: Vector | None) -> bool:
        """Whether the sample fits the columns."""
        track = self.batch.gaze
        return track is None or bool(track.hit_x) == (hit is not None)

    def gaze(self, time_us: int, direction: Vector, hit: Vector | None, zone: str, thing: str) -> None:
        """Add a sample of eye tracking.

        Raises:
            ValueError: a zone or object cannot be called so.
        """
        for name in (zone, thing):
            if len(name.encode()) > MOST_NAME_BYTES or "\0" in name:
                raise ValueError(f"a name must be at most {MOST_NAME_BYTES} bytes, without NUL: {name[:20]!r}")
        dx, dy, dz = _singles(direction)
        track = self.batch.gaze
        if track is None:
            track = self.batch.gaze = GazeTrack()
        track.time_us.append(time_us)
        track.direction_x.append(dx)
        track.direction_y.append(dy)
        track.direction_z.append(dz)
        if hit is not None:
            x, y, z = _singles(hit)
            track.hit_x.append(x)
            track.hit_y.append(y)
            track.hit_z.append(z)
        track.zone.append(self._name(self._zones, self.batch.zones, zone))
        track.object.append(self._name(self._objects, self.batch.objects, thing))
        self._grew(40)

    def _name(self, known: dict[str, int], names: list[str], name: str) -> int:
        if not name:
            return 0
        if name not in known:
            names.append(name)
            known[name] = len(names)
            self.size += len(name.encode()) + 2
        return known[name]

    def _grew(self, size: int) -> None:
        self.count += 1
        self.size += size


def event_size(zone: str, thing: str, name: str, properties: Mapping[str, str]) -> int:
    """Bytes of an event on the wire, at most about."""
    texts = (zone, thing, name, *properties.keys(), *properties.values())
    return 48 + sum(len(text.encode()) + 4 for text in texts)
