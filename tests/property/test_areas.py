"""Areas of the market: no listing that a question finds lies outside of all of its areas."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.geo import Box, around, haversine_meters
from services.property import areas
from services.property.repository.search import Query

PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1))


@settings(max_examples=300)
@given(PLACES, st.floats(0, 3), st.floats(0, 3), SHARES)
def test_a_listing_in_a_box(corner, height, width, shares):
    south, west = corner
    north, east = min(90.0, south + height), (west + width + 180) % 360 - 180
    longitude = (west + shares[1] * width + 180) % 360 - 180
    place = south + shares[0] * (north - south), longitude
    box = Box(south, west, north, east)
    asked = areas.of_query(Query(boxes=(box,)))
    if box.contains(*place) and asked is not None:
        assert asked & areas.of_listing("a", "b", place)


@settings(max_examples=300)
@given(PLACES, st.floats(1, 100_000), SHARES)
def test_a_listing_within_a_radius(center, radius, shares):
    box = around(*center, radius)
    width = (box.east - box.west) % 360
    place = box.south + shares[0] * (box.north - box.south), (box.west + shares[1] * width + 180) % 360 - 180
    asked = areas.of_query(Query(center=center, radius_meters=radius))
    if asked is not None and haversine_meters(*center, *place) <= radius:
        assert asked & areas.of_listing("a", "b", place)


def test_what_a_question_depends_on():
    assert areas.of_query(Query()) is None
    assert areas.of_query(Query(center=(47.0, 11.0))) is None, "the nearest of all may be anywhere"
    assert areas.of_query(Query(boxes=(Box(-80, -180, 80, 180),))) is None
    town, region = Box(47.6, -122.4, 47.7, -122.3), Box(46.0, -123.0, 48.0, -121.0)
    for box in (town, region):
        asked = areas.of_query(Query(boxes=(box,)))
        assert asked is not None
        assert 1 < len(asked) <= areas.SQUARES_PER_QUESTION
    assert areas.of_query(Query(city_key="oslo", boxes=(town,))) <= areas.of_listing("oslo", "", None)
    assert areas.of_query(Query(postal_code="0150")) <= areas.of_listing("", "0150", None)
    assert not areas.of_query(Query(city_key="oslo")) & areas.of_listing("bergen", "0150", None)


@given(st.text(min_size=1, max_size=4))
def test_suggestions_of_a_prefix(prefix):
    typed = " ".join(prefix.casefold().split())
    asked = areas.of_prefix(typed)
    if not typed:
        assert asked is None
        return
    assert asked & areas.of_names(typed + "x", "", "")
    assert asked & areas.of_names("", typed.upper() + "X", "")
