"""Collects events and samples into the next part of a stream."""

from collections.abc import Mapping

from doorstep_client.api.doorstep.vr.v1 import Event, GazeTrack, PoseTrack, TrackingBatch

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

MOST_BYTES = 1 << 20
"""A part is sealed at about this size, well below what the server takes."""

MOST_EVENT_BYTES = 64 << 10
"""An event larger than this is a mistake: the server keeps 4 KiB of properties."""


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
        track = self.batch.pose
        if track is None:
            track = self.batch.pose = PoseTrack()
        track.time_us.append(time_us)
        if position is not None:
            track.position_x.append(position[0])
            track.position_y.append(position[1])
            track.position_z.append(position[2])
        track.orientation_x.append(orientation[0])
        track.orientation_y.append(orientation[1])
        track.orientation_z.append(orientation[2])
        track.orientation_w.append(orientation[3])
        self._grew(36)

    def takes_gaze(self, hit: Vector | None) -> bool:
        """Whether the sample fits the columns."""
        track = self.batch.gaze
        return track is None or bool(track.hit_x) == (hit is not None)

    def gaze(self, time_us: int, direction: Vector, hit: Vector | None, zone: str, thing: str) -> None:
        """Add a sample of eye tracking."""
        track = self.batch.gaze
        if track is None:
            track = self.batch.gaze = GazeTrack()
        track.time_us.append(time_us)
        track.direction_x.append(direction[0])
        track.direction_y.append(direction[1])
        track.direction_z.append(direction[2])
        if hit is not None:
            track.hit_x.append(hit[0])
            track.hit_y.append(hit[1])
            track.hit_z.append(hit[2])
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
