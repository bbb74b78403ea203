"""Distances on the earth, and the rectangles of degrees that hold everything within one. Pure."""

import math
from typing import NamedTuple

EARTH_RADIUS_METERS = 6_371_008.8
"""Mean radius of WGS84; the haversine formula with it is within 0.6 % of the ellipsoid everywhere."""
_MARGIN = 1 + 1e-9
"""A rectangle must never be smaller than its circle because of rounding."""


class Box(NamedTuple):
    """Degrees; `west` > `east` crosses the date line."""

    south: float
    west: float
    north: float
    east: float

    def parts(self) -> tuple["Box", ...]:
        """One box, or two where it crosses the date line."""
        if self.west <= self.east:
            return (self,)
        return (Box(self.south, self.west, self.north, 180.0), Box(self.south, -180.0, self.north, self.east))

    def contains(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies inside, edges included."""
        return any(p.south <= latitude <= p.north and p.west <= longitude <= p.east for p in self.parts())


def haversine_meters(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Metres between two points along a great circle."""
    a, b = math.radians(latitude_a), math.radians(latitude_b)
    h = math.sin((b - a) / 2) ** 2
    h += math.cos(a) * math.cos(b) * math.sin(math.radians(longitude_b - longitude_a) / 2) ** 2
    return 2 * EARTH_RADIUS_METERS * math.asin(min(1.0, math.sqrt(h)))


def around(latitude: float, longitude: float, radius_meters: float) -> Box:
    """The smallest rectangle of degrees that holds every point within `radius_meters`."""
    angle = radius_meters * _MARGIN / EARTH_RADIUS_METERS
    span = math.degrees(angle)
    south, north = latitude - span, latitude + span
    if south <= -90 or north >= 90 or angle >= math.pi / 2:
        # A pole is inside: every longitude is.
        return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
    side = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(latitude))))) * _MARGIN
    west, east = longitude - side, longitude + side
    if east - west >= 360:
        return Box(south, -180.0, north, 180.0)
    return Box(south, west + 360 if west < -180 else west, north, east - 360 if east > 180 else east)


def hull(points: list[tuple[float, float]]) -> Box:
    """The rectangle around (latitude, longitude) points that do not cross the date line."""
    latitudes, longitudes = [p[0] for p in points], [p[1] for p in points]
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))
