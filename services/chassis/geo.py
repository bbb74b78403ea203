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

    @property
    def middle(self) -> tuple[float, float]:
        """(latitude, longitude) half-way between the edges."""
        width = self.east - self.west if self.west <= self.east else self.east - self.west + 360
        longitude = self.west + width / 2
        return (self.south + self.north) / 2, longitude - 360 if longitude > 180 else longitude

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


def reach_degrees(latitude: float, longitude: float, radius_meters: float) -> float:
    """Degrees on a flat map beyond which nothing is within `radius_meters`; infinity over the date line or a pole.

    From the haversine formula: with x and y half the differences of latitude and longitude, m half the angle, c the
    smaller cosine of latitude, and sin z >= s z up to the largest x or y, s^2 x^2 + c c' s^2 y^2 <= sin^2 m.
    """
    box = around(latitude, longitude, radius_meters)
    if box.west > box.east or box.east - box.west >= 360:
        return math.inf
    half = math.radians(max(box.north - box.south, box.east - box.west)) / 4
    flattest = min(math.cos(math.radians(edge)) for edge in (box.south, box.north))
    shrink = math.sqrt(max(0.0, math.cos(math.radians(latitude)) * flattest)) * (math.sin(half) / half if half else 1.0)
    if shrink <= 0:
        return math.inf
    return math.degrees(2 * math.sin(radius_meters / EARTH_RADIUS_METERS / 2) / shrink) * _MARGIN


def farthest_meters(point: tuple[float, float], box: Box) -> float:
    """A bound of the metres from a (latitude, longitude) to anything in a box.

    The way there along a meridian and then along a parallel, at their longest.
    """
    latitude, longitude = point
    height = max(abs(edge - latitude) for edge in (box.south, box.north))
    width = 180.0
    if box.contains(*point):
        width = min(width, max((longitude - box.west) % 360, (box.east - longitude) % 360))
    widest = max(math.cos(math.radians(edge)) for edge in (box.south, box.north))
    widest = 1.0 if box.south <= 0 <= box.north else widest
    return math.radians(height + width * widest) * EARTH_RADIUS_METERS * _MARGIN


def hull(points: list[tuple[float, float]]) -> Box:
    """The rectangle around (latitude, longitude) points that do not cross the date line."""
    latitudes, longitudes = [p[0] for p in points], [p[1] for p in points]
    return Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))
