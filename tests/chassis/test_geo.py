"""Distances and rectangles of degrees."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.geo import (
    EARTH_RADIUS_METERS,
    Box,
    around,
    farthest_meters,
    haversine_meters,
    hull,
    reach_degrees,
)

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)


@settings(max_examples=500)
@given(LATITUDES, LONGITUDES, st.floats(1, 3_000_000), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_nothing_within_a_distance_is_farther_in_degrees(latitude, longitude, radius, bearing, share):
    to = walk(latitude, longitude, radius * share, bearing)
    if haversine_meters(latitude, longitude, *to) <= radius:
        degrees = math.hypot(to[0] - latitude, to[1] - longitude)
        assert degrees <= reach_degrees(latitude, longitude, radius) + 1e-9


def test_the_reach_is_not_far_beyond_the_truth():
    east = around(47.6, -122.3, 5_000).east
    assert reach_degrees(47.6, -122.3, 5_000) == pytest.approx(east + 122.3, rel=0.001)
    assert reach_degrees(-17, 179.99, 5_000) == math.inf


@settings(max_examples=300)
@given(
    st.tuples(LATITUDES, LATITUDES),
    st.tuples(LONGITUDES, LONGITUDES),
    st.tuples(LATITUDES, LONGITUDES),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_nothing_in_a_rectangle_is_farther_than_the_farthest(latitudes, longitudes, anywhere, up, right):
    west, east = longitudes
    box = Box(min(latitudes), west, max(latitudes), east)
    width = east - west if west <= east else east - west + 360
    inside = box.south + up * (box.north - box.south), (west + right * width + 180) % 360 - 180
    for point in (anywhere, box.middle):
        assert haversine_meters(*point, *inside) <= farthest_meters(point, box) + 1e-6
    assert box.contains(*box.middle)


def test_known_distances():
    seattle, portland = (47.6062, -122.3321), (45.5152, -122.6784)
    assert haversine_meters(*seattle, *portland) == pytest.approx(234_000, rel=0.01)
    assert haversine_meters(0, 0, 0, 180) == pytest.approx(math.pi * EARTH_RADIUS_METERS)
    assert haversine_meters(10, 20, 10, 20) == 0


def walk(latitude: float, longitude: float, metres: float, bearing: float) -> tuple[float, float]:
    """Where one arrives."""
    angle = metres / EARTH_RADIUS_METERS
    a, b = math.radians(latitude), math.radians(longitude)
    sine = math.sin(a) * math.cos(angle) + math.cos(a) * math.sin(angle) * math.cos(bearing)
    to_latitude = math.asin(max(-1, min(1, sine)))
    to_longitude = b + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(a), math.cos(angle) - math.sin(a) * math.sin(to_latitude)
    )
    return math.degrees(to_latitude), (math.degrees(to_longitude) + 180) % 360 - 180


@settings(max_examples=300)
@given(LATITUDES, LONGITUDES, st.floats(1, 200_000), st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_the_rectangle_holds_the_circle(latitude, longitude, radius, bearing, share):
    """Walk from the centre by less than the radius: the rectangle must hold where one arrives."""
    to = walk(latitude, longitude, radius * share, bearing)
    if haversine_meters(latitude, longitude, *to) > radius * (1 - 1e-9):
        return  # rounding carried the point over the edge
    box = around(latitude, longitude, radius)
    grown = Box(box.south - 1e-9, box.west - 1e-9, box.north + 1e-9, box.east + 1e-9)
    assert grown.contains(*to)


def test_a_rectangle_at_the_date_line_has_two_parts():
    box = around(0, 179.99, 10_000)
    assert len(box.parts()) == 2
    assert box.contains(0, -179.99)
    assert not box.contains(0, 0)


def test_a_rectangle_at_a_pole_has_every_longitude():
    assert around(89.99, 0, 10_000).contains(89.999, 180)


def test_hull():
    assert hull([(1, 5), (3, 4), (2, 9)]) == Box(1, 4, 3, 9)
