"""Mappings of columns to fields, as data: one YAML file each in `import_mappings/`. Another file is another mapping.

A field is named as in the proto (`property.living_area`, `listing.list_price`, `property.attributes.grade`) and is
either a `constant` or comes out of a `column`:

    type       text | key | integer | number | money | timestamp | boolean | enum
    required   a row without it is refused
    optional   the file need not have the column
    empty      texts that stand for "nothing", beside the empty cell
    default    the value where the cell is empty
    width      key: pad with zeros on the left, which spreadsheets drop
    append     key: add `first` characters of another column, after a hyphen
    lookup     replace by the table of this name; `981*` is a prefix, `*` is everything else
    round      number: up | down | fraction (1 where something is left after the point, else 0)
    currency   money: ISO 4217 code; `currency_column` overrides it row by row
    formats    timestamp: `strptime` formats, tried in order; without an offset the time is UTC
    values     enum: what stands in the file, and the name of the value here
    plausible  {min, max}: outside, the row is taken with a remark
"""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER = Path(__file__).resolve().parents[1] / "import_mappings"

FieldType = Literal["text", "key", "integer", "number", "money", "timestamp", "boolean", "enum"]

_PROPERTY = frozenset(
    [
        "property_type",
        "property_sub_type",
        "unparsed_address",
        "unit_number",
        "city",
        "county_or_parish",
        "state_or_province",
        "postal_code",
        "country",
        "latitude",
        "longitude",
        "bedrooms_total",
        "bathrooms_total_integer",
        "bathrooms_full",
        "bathrooms_partial",
        "living_area",
        "living_area_units",
        "above_grade_finished_area",
        "below_grade_finished_area",
        "lot_size_area",
        "lot_size_units",
        "year_built",
        "year_built_effective",
        "stories",
        "parking_total",
        "waterfront_yn",
        "parcel_number",
        "universal_property_id",
        "originating_system_key",
    ]
)
_LISTING = frozenset(
    [
        "listing_number",
        "list_price",
        "on_market_timestamp",
        "standard_status",
        "public_remarks",
        "private_remarks",
        "showing_instructions",
        "virtual_tour_url_unbranded",
    ]
)
_NEEDED = (
    "property.originating_system_key",
    "property.property_type",
    "property.country",
    "listing.listing_number",
    "listing.list_price",
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plausible(_Strict):
    """Bounds outside of which a value is taken with a remark."""

    min: float | None = None
    max: float | None = None


class Append(_Strict):
    """A further part of a key."""

    column: str
    first: int = Field(ge=1, le=100)


class FieldMapping(_Strict):
    """Where one field comes from; see the module's text."""

    constant: str | None = None
    column: str | None = None
    type: FieldType = "text"
    required: bool = False
    optional: bool = False
    empty: tuple[str, ...] = ()
    default: str | None = None
    width: int = Field(default=0, ge=0, le=100)
    append: Append | None = None
    lookup: str | None = None
    round: Literal["up", "down", "fraction"] | None = None
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    currency_column: str | None = None
    formats: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    plausible: Plausible | None = None

    @model_validator(mode="after")
    def _complete(self) -> "FieldMapping":
        if (self.constant is None) == (self.column is None):
            raise ValueError("give either `constant` or `column`")
        if self.type == "money" and self.currency is None:
            raise ValueError("money needs a `currency`")
        if self.type == "timestamp" and not self.formats:
            raise ValueError("a timestamp needs `formats`")
        if self.type == "enum" and not self.values:
            raise ValueError("an enum needs `values`")
        return self


class Mapping(_Strict):
    """One kind of file."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,59}$")
    description: str
    originating_system_name: str = Field(min_length=1, max_length=60)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    older_listings: Literal["close", "keep"] = "close"
    """`close`: of several listings of a house only the newest by `on_market_timestamp` stays on the market."""
    fields: dict[str, FieldMapping]
    lookups: dict[str, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> "Mapping":
        for name, field in self.fields.items():
            group, _, rest = name.partition(".")
            known = {"property": _PROPERTY, "listing": _LISTING}.get(group, frozenset())
            if rest not in known and not name.startswith("property.attributes."):
                raise ValueError(f"there is no field {name}")
            if field.lookup is not None and field.lookup not in self.lookups:
                raise ValueError(f"{name}: there is no lookup {field.lookup}")
        missing = [name for name in _NEEDED if name not in self.fields]
        if missing:
            raise ValueError(f"a mapping must fill {', '.join(missing)}")
        return self

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns that a file must have, in the order of the fields."""
        names: dict[str, None] = {}
        for field in self.fields.values():
            if field.column is not None and not field.optional:
                names[field.column] = None
                if field.append is not None:
                    names[field.append.column] = None
        return tuple(names)


def load(path: Path) -> Mapping:
    """Read one mapping.

    Raises:
        ValueError: the file is not a mapping; the text says where.
    """
    return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@cache
def mappings(folder: Path = FOLDER) -> dict[str, Mapping]:
    """All mappings of a folder by name, in alphabetical order."""
    loaded = [load(path) for path in sorted(folder.glob("*.yaml"))]
    return {mapping.name: mapping for mapping in sorted(loaded, key=lambda m: m.name)}
