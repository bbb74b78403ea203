"""The search table's reading side: single statements on raw connections, no transaction, no caller.

Nothing here knows who asks, and nothing needs to: the table holds public facts only.
"""

import json
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.chassis.geo import Box, around, farthest_meters, reach_degrees

RANKED = 300
"""Relevance is computed for the newest matches only: over all matches of a common word it takes most of a second."""
COUNTED = 10_000
"""Facets are counted over so many matches at most."""
CITIES = 20
STEP = 16
"""Candidates for the nearest are named in multiples of it."""
NEAR = 5_000
"""Listings that are looked through one by one for a text; more, and the index of words is worth its price."""
LIST_ENTRIES = 6
"""Entries of the index of words that are read in the time in which one row is looked through."""
LISTINGS = 1_000_000
"""How many there may be: only the choice of a plan depends on it."""
_WIDTHS = (10_000.0, 100_000.0, 1_000_000.0, 20_100_000.0)
"""Metres of the rectangles in which the nearest are looked for, one after the other: with filters, an index that
knows distances only may otherwise walk half the world. The last is half the earth's circumference."""


class Found(NamedTuple):
    """One match: the ready public answer, since when it is on the market, its sort key, and metres from the centre."""

    payload: bytes
    on_market: datetime
    key: tuple[Any, ...]
    distance_meters: float | None


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; None and empty mean "any"."""

    text: str = ""
    city_key: str = ""
    state_or_province: str = ""
    postal_code: str = ""
    country: str = ""
    property_types: tuple[str, ...] = ()
    standard_statuses: tuple[str, ...] = ()
    currency_code: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    min_bedrooms: int | None = None
    max_bedrooms: int | None = None
    min_bathrooms: int | None = None
    min_area: float | None = None
    max_area: float | None = None
    min_year: int | None = None
    max_year: int | None = None
    waterfront: bool = False
    center: tuple[float, float] | None = None
    """(latitude, longitude)."""
    radius_meters: float = 0.0
    boxes: tuple[Box, ...] = ()
    polygon: tuple[tuple[float, float], ...] = ()
    sort: str = "NEWEST"

    @property
    def origin(self) -> tuple[float, float] | None:
        """Where "near" is measured from: the centre, or else the middle of the first rectangle."""
        return self.center or (self.boxes[0].middle if self.boxes else None)


@dataclass(slots=True)
class _Statement:
    """Conditions and their arguments, numbered as asyncpg wants them."""

    conditions: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    """Conditions on where a listing is, apart from the others: they decide which index is worth its price."""
    arguments: list[Any] = field(default_factory=list)

    def arg(self, value: Any) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def where(self, template: str, *values: Any) -> None:
        self.conditions.append(template.format(*(self.arg(v) for v in values)))

    def box(self, box: Box) -> None:
        parts = [f"place <@ {self.arg(asyncpg.Box((p.east, p.north), (p.west, p.south)))}::box" for p in box.parts()]
        self.places.append(parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})")

    def distance(self, center: tuple[float, float]) -> str:
        latitude, longitude = self.arg(center[0]), self.arg(center[1])
        return f"property.haversine_meters({latitude}::float8, {longitude}::float8, place[1], place[0])"

    @property
    def clause(self) -> str:
        return _where(self.conditions + self.places)

    @property
    def near_first(self) -> str:
        """The matching rows, by the place index alone; OFFSET keeps the planner from adding another one."""
        inner = f"SELECT * FROM property.search_listings {_where(self.places)} OFFSET 0"  # noqa: S608
        return f"({inner}) l {_where(self.conditions)}"

    @property
    def all_first(self) -> str:
        """The matching rows, found before they are sorted; OFFSET keeps the planner from walking the order instead."""
        return f"(SELECT * FROM property.search_listings {self.clause} OFFSET 0) l"  # noqa: S608

    @property
    def planned(self) -> str:
        """The matching rows, as the planner likes."""
        return f"property.search_listings {self.clause}"


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


_ORDERS = {
    "NEWEST": ("on_market_timestamp", "<", "DESC"),
    "LIST_PRICE_ASC": ("list_price", ">", "ASC"),
    "LIST_PRICE_DESC": ("list_price", "<", "DESC"),
    "LIVING_AREA_DESC": ("living_area_sqm", "<", "DESC"),
    "YEAR_BUILT_DESC": ("year_built", "<", "DESC"),
}
_TEXT = "websearch_to_tsquery('english', {})"


class SearchIndex:
    """Finds what is on the market."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def generation(self, areas: Collection[int] | None = None) -> int:
        """The number of changes of public facts so far, in some areas or anywhere.

        Two equal numbers mean that nothing has changed there between.
        """
        if areas is None:
            return int(await self._pool.fetchval("SELECT sum(changes)::bigint FROM property.search_generation"))
        return int(
            await self._pool.fetchval(
                "SELECT sum(changes)::bigint FROM property.search_areas WHERE area = ANY($1::smallint[])", list(areas)
            )
        )

    async def of_property(self, property_id: UUID) -> tuple[UUID, bytes] | None:
        """The organisation and the ready answer of a property on the market."""
        row = await self._pool.fetchrow(
            "SELECT organization_id, payload FROM property.search_listings WHERE property_id = $1", property_id
        )
        return None if row is None else (row[0], row[1])

    async def of_listing(self, listing_id: UUID) -> tuple[UUID, bytes] | None:
        """The organisation and the ready answer of a listing on the market."""
        row = await self._pool.fetchrow(
            "SELECT organization_id, payload FROM property.search_listings WHERE listing_id = $1", listing_id
        )
        return None if row is None else (row[0], row[1])

    async def find(self, query: Query, *, size: int, after: tuple[Any, ...] | None) -> list[Found]:
        """Up to `size` matches in order, after the one whose key is given."""
        if query.sort == "NEAREST":
            return await self._nearest(query, size, after)
        if query.sort == "RELEVANCE":
            return await self._relevant(query, size, after)
        column, sign, direction = _ORDERS[query.sort]
        statement = _conditions(query)
        if after is not None:
            statement.where(f"({column}, listing_id) {sign} ({{}}, {{}})", *after)
        distance = statement.distance(query.center) if query.center else "NULL::float8"
        source = await self._source(query, statement, size)
        rows = await self._pool.fetch(
            f"SELECT payload, on_market_timestamp, {column}, listing_id, {distance} FROM {source} "  # noqa: S608
            f"ORDER BY {column} {direction}, listing_id {direction} LIMIT {size:d}",
            *statement.arguments,
        )
        return [
            Found(payload, since, (value, listing_id), metres) for payload, since, value, listing_id, metres in rows
        ]

    async def _source(self, query: Query, statement: _Statement, wanted: int) -> str:
        """How to find the rows of a question with text, about which the planner is often wrong.

        It believes that a match is as cheap as a comparison, that every rectangle holds a thousandth of the world, and
        so walks the newest listings for a rare word, or collects a hundred thousand matches of a common one for a
        rectangle with fifty homes. Two cheap questions beforehand tell these cases apart.
        """
        if not query.text:
            return statement.planned
        text = _Statement()
        text.where(f"document @@ {_TEXT}", query.text)
        plan = await self._pool.fetchval(f"EXPLAIN (FORMAT JSON) SELECT FROM {text.planned}", *text.arguments)
        matches: int = json.loads(plan)[0]["Plan"]["Plan Rows"]
        if statement.places:
            near, few = _Statement(), min(NEAR, matches // LIST_ENTRIES)
            _locate(query, near)
            count = await self._pool.fetchval(
                f"SELECT count(*) FROM (SELECT FROM {near.planned} LIMIT {near.arg(few + 1)}::bigint) n",  # noqa: S608
                *near.arguments,
            )
            return statement.near_first if count <= few else statement.planned
        # Walking N listings in order meets `wanted` of m matches after wanted * N / m rows; finding all of them first
        # costs m, each twice as much. N is a guess: being wrong by ten costs three times the best.
        return statement.all_first if matches <= math.sqrt(wanted * LISTINGS / 2) else statement.planned

    async def _relevant(self, query: Query, size: int, after: tuple[Any, ...] | None) -> list[Found]:
        statement = _conditions(query)
        source = await self._source(query, statement, RANKED)
        rank = f"ts_rank(document, {_TEXT.format(statement.arg(query.text))})::float8"
        distance = statement.distance(query.center) if query.center else "NULL::float8"
        # The newest first, and only these are ranked: beside the sort, Postgres would rank all of them.
        newest = (
            f"SELECT payload, on_market_timestamp, listing_id, place, document FROM {source} "  # noqa: S608
            f"ORDER BY on_market_timestamp DESC, listing_id DESC LIMIT {RANKED}"
        )
        ranked = (
            f"SELECT payload, on_market_timestamp, {rank} AS rank, listing_id, {distance} AS metres "  # noqa: S608
            f"FROM ({newest}) newest OFFSET 0"
        )
        beyond = ""
        if after is not None:
            beyond = f"WHERE (rank, listing_id) < ({statement.arg(after[0])}::float8, {statement.arg(after[1])}::uuid)"
        rows = await self._pool.fetch(
            f"SELECT payload, on_market_timestamp, rank, listing_id, metres FROM ({ranked}) ranked {beyond} "  # noqa: S608
            f"ORDER BY rank DESC, listing_id DESC LIMIT {size:d}",
            *statement.arguments,
        )
        return [Found(payload, since, (rank, listing_id), metres) for payload, since, rank, listing_id, metres in rows]

    async def _nearest(self, query: Query, size: int, after: tuple[Any, ...] | None) -> list[Found]:
        """Exactly the nearest by haversine, though the index measures degrees; in one statement where it can be.

        The index names some more than are wanted, and these are sorted by metres. They are the nearest if the last
        wanted one is so near that nothing within its distance can be farther in degrees than what the index named.
        """
        assert query.origin is not None  # noqa: S101 - the contract's rule
        candidates = _candidates(query.origin[0], size)
        bound = query.radius_meters if query.radius_meters and query.center else _WIDTHS[-1]
        if query.boxes:
            bound = min(bound, *(farthest_meters(query.origin, box) for box in query.boxes))
        for width in [w for w in _WIDTHS if w < bound] + [bound]:
            near = await self._near(query, width, candidates, size, after)
            complete = near.seen < candidates
            if complete and width == bound:
                return near.found
            if len(near.found) == size:
                last = float(near.found[-1].key[0])
                if last <= width and (complete or reach_degrees(*query.origin, last) <= near.degrees):
                    return near.found
                if not complete:
                    return await self._within(query, size, after, last)
        return []

    async def _near(
        self, query: Query, width: float, candidates: int, size: int, after: tuple[Any, ...] | None
    ) -> "_Near":
        """The `size` nearest by metres of the `candidates` nearest by degrees, all within a rectangle of `width`."""
        statement, metres = _measured(query, width, after)
        assert query.origin is not None  # noqa: S101 - the contract's rule
        point = statement.arg(asyncpg.Point(query.origin[1], query.origin[0]))
        rows = await self._pool.fetch(
            "SELECT payload, on_market_timestamp, metres, listing_id, max(degrees) OVER all_of_them, "  # noqa: S608
            f"count(*) OVER all_of_them FROM (SELECT payload, on_market_timestamp, listing_id, {metres} AS metres, "
            f"place <-> {point}::point AS degrees FROM property.search_listings {statement.clause} "
            f"ORDER BY place <-> {point}::point LIMIT {candidates:d}) near WINDOW all_of_them AS () "
            f"ORDER BY metres, listing_id LIMIT {size:d}",
            *statement.arguments,
        )
        found = [_found(query, row) for row in rows]
        return _Near(found, rows[0][4], rows[0][5]) if rows else _Near([], 0.0, 0)

    async def _within(
        self, query: Query, size: int, after: tuple[Any, ...] | None, radius_meters: float
    ) -> list[Found]:
        statement, metres = _measured(query, radius_meters, after)
        statement.where(f"{metres} <= {{}}", radius_meters)
        rows = await self._pool.fetch(
            f"SELECT payload, on_market_timestamp, {metres} AS metres, listing_id "  # noqa: S608
            f"FROM property.search_listings {statement.clause} ORDER BY metres, listing_id LIMIT {size:d}",
            *statement.arguments,
        )
        return [_found(query, row) for row in rows]

    async def count(self, query: Query, facets: tuple[str, ...]) -> tuple[int, list[tuple[str, str, int]]]:
        """How many match, up to `COUNTED` + 1, and (facet, value, count) over the first `COUNTED`."""
        statement = _conditions(query)
        parts = [f"SELECT '{name}', value, n FROM ({_FACETS[name]}) f" for name in facets]  # noqa: S608
        rows = await self._pool.fetch(
            "WITH more AS MATERIALIZED (SELECT property_type, city, bedrooms, standard_status, list_price "  # noqa: S608
            f"FROM property.search_listings {statement.clause} LIMIT {COUNTED + 1}), "
            f"m AS (SELECT * FROM more LIMIT {COUNTED}) "
            "SELECT '' AS facet, '' AS value, count(*) AS n FROM more "
            + "".join(f"UNION ALL {part} " for part in parts)
            + "ORDER BY 1, 3 DESC, 2",
            *statement.arguments,
        )
        total = next(n for facet, _, n in rows if not facet)
        return total, [(facet, value, n) for facet, value, n in rows if facet]

    async def suggest_column(self, column: str, label: str, prefix: str, country: str, limit: int) -> list[str]:
        """Distinct values that begin with `prefix`, in order: one index descent each, however many listings."""
        country_is = "AND ($3 = '' OR country = $3)"
        step = (
            f"SELECT {column} AS k, {label} AS v FROM property.search_listings "  # noqa: S608
            f"WHERE {column} <> '' AND {column} ~{{}}~ {{}} AND {column} ~<~ $2 {country_is} "
            f"ORDER BY {column} USING ~<~ LIMIT 1"
        )
        rows = await self._pool.fetch(
            f"WITH RECURSIVE found AS (({step.format('>=', '$1')}) UNION ALL "  # noqa: S608
            f"SELECT n.k, n.v FROM found, LATERAL ({step.format('>', 'found.k')}) n) "
            "SELECT v FROM found LIMIT $4",
            *_range(prefix),
            country,
            limit,
        )
        return [row[0] for row in rows]

    async def suggest_addresses(self, prefix: str, country: str, limit: int) -> list[tuple[str, UUID]]:
        """Addresses that begin with `prefix`, in order."""
        rows = await self._pool.fetch(
            "SELECT address, property_id FROM property.search_listings "
            "WHERE address_key <> '' AND address_key ~>=~ $1 AND address_key ~<~ $2 AND ($3 = '' OR country = $3) "
            "ORDER BY address_key USING ~<~ LIMIT $4",
            *_range(prefix),
            country,
            limit,
        )
        return [(row[0], row[1]) for row in rows]


class _Near(NamedTuple):
    """Some of the nearest, the degrees to the farthest candidate, and how many candidates there were."""

    found: list[Found]
    degrees: float
    seen: int


def _measured(query: Query, width: float, after: tuple[Any, ...] | None) -> tuple[_Statement, str]:
    """A query with its conditions within a rectangle of `width` metres, and the expression of the distance."""
    assert query.origin is not None  # noqa: S101 - the contract's rule
    statement = _conditions(query, skip_radius=True)
    statement.box(around(*query.origin, width))
    metres = statement.distance(query.origin)
    if query.radius_meters and query.center:
        statement.where(f"{metres} <= {{}}", query.radius_meters)
    if after is not None:
        statement.where(f"({metres}, listing_id) > ({{}}, {{}})", *after)
    return statement, metres


def _found(query: Query, row: Any) -> Found:
    payload, since, metres, listing_id = row[0], row[1], row[2], row[3]
    return Found(payload, since, (metres, listing_id), metres if query.center else None)


def _candidates(latitude: float, size: int) -> int:
    """How many the index must name so that the `size` nearest by metres are nearly always among them.

    A circle of metres is an ellipse of degrees, wider by 1 / cos(latitude); some more, for places lie unevenly. In
    steps, because every number makes another statement for Postgres to prepare and plan.
    """
    wanted = size / max(math.cos(math.radians(latitude)), 0.1)
    return math.ceil((wanted + math.sqrt(wanted)) / STEP) * STEP


def _range(prefix: str) -> tuple[str, str]:
    return prefix, prefix + "\U0010ffff"


_FACETS = {
    "PROPERTY_TYPE": "SELECT property_type AS value, count(*) AS n FROM m GROUP BY 1",
    "CITY": f"SELECT city AS value, count(*) AS n FROM m WHERE city <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {CITIES}",  # noqa: S608
    "BEDROOMS_TOTAL": "SELECT bedrooms::text AS value, count(*) AS n FROM m WHERE bedrooms IS NOT NULL GROUP BY 1",
    "STANDARD_STATUS": "SELECT standard_status AS value, count(*) AS n FROM m GROUP BY 1",
    # Bands of the first digit: 87,000 counts for 80000, 538,000 for 500000, 1,225,000 for 1000000.
    "LIST_PRICE": "SELECT (trunc(list_price / w) * w)::bigint::text AS value, count(*) AS n FROM (SELECT "
    "list_price::numeric, power(10, greatest(0, length(list_price::text) - 1))::numeric AS w FROM m) p GROUP BY 1",
}


def _conditions(query: Query, *, skip_radius: bool = False) -> _Statement:
    statement = _Statement()
    for template, value in _facts(query):
        if value is not None and value != "":
            statement.where(template, value)
    for column, values in (("property_type", query.property_types), ("standard_status", query.standard_statuses)):
        if len(values) == 1:
            statement.where(f"{column} = {{}}", values[0])
        elif values:
            statement.where(f"{column} = ANY({{}}::text[])", list(values))
    if query.waterfront:
        statement.conditions.append("waterfront")
    if query.text:
        statement.where(f"document @@ {_TEXT}", query.text)
    _locate(query, statement, skip_radius=skip_radius)
    return statement


def _locate(query: Query, statement: _Statement, *, skip_radius: bool = False) -> None:
    for box in query.boxes:
        statement.box(box)
    if query.polygon:
        corners = [(longitude, latitude) for latitude, longitude in query.polygon]
        statement.places.append(f"place <@ {statement.arg(asyncpg.Polygon(*corners))}::polygon")
    if query.radius_meters and query.center and not skip_radius:
        statement.box(around(*query.center, query.radius_meters))
        statement.places.append(f"{statement.distance(query.center)} <= {statement.arg(query.radius_meters)}")


def _facts(query: Query) -> tuple[tuple[str, Any], ...]:
    """Conditions on one column each. Unknown areas and years are 0, which is below any of them."""
    return (
        ("city_key = {}", query.city_key),
        ("state_or_province = {}", query.state_or_province),
        ("postal_code = {}", query.postal_code),
        ("country = {}", query.country),
        ("currency_code = {}", query.currency_code),
        ("list_price >= {}", query.min_price),
        ("list_price <= {}", query.max_price),
        ("bedrooms >= {}", query.min_bedrooms),
        ("bedrooms <= {}", query.max_bedrooms),
        ("bathrooms >= {}", query.min_bathrooms),
        ("living_area_sqm >= {}", query.min_area),
        ("living_area_sqm > 0 AND living_area_sqm <= {}", query.max_area),
        ("year_built >= {}", query.min_year),
        ("year_built > 0 AND year_built <= {}", query.max_year),
    )
