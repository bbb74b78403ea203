"""Tables. Those of the search have no class: `repository/search.py` and `repository/public.py` speak SQL to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned, schema_base
from services.property.lifecycle import ON_MARKET, StandardStatus

Base = schema_base("property")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table of this service."""

    __abstract__ = True


PROPERTY_FIELDS = (
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
    "view",
    "parcel_number",
    "universal_property_id",
    "originating_system_name",
    "originating_system_key",
    "attributes",
)
"""What a caller may set of a property; columns have the names of the proto's fields."""

LISTING_FIELDS = (
    "listing_number",
    "originating_system_name",
    "list_price",
    "listing_contract_date",
    "expiration_date",
    "public_remarks",
    "private_remarks",
    "showing_instructions",
    "internet_entire_listing_display_yn",
    "internet_address_display_yn",
    "list_agent_id",
    "virtual_tour_url_unbranded",
)
"""What a caller may set of a listing."""


class Property(Versioned, Timestamps, Row):
    """A home of one organisation."""

    __tablename__ = "properties"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    property_type: Mapped[str]
    property_sub_type: Mapped[str] = mapped_column(default="")
    unparsed_address: Mapped[str] = mapped_column(default="")
    unit_number: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    county_or_parish: Mapped[str] = mapped_column(default="")
    state_or_province: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    bedrooms_total: Mapped[int | None]
    bathrooms_total_integer: Mapped[int | None]
    bathrooms_full: Mapped[int | None]
    bathrooms_partial: Mapped[int | None]
    living_area: Mapped[float | None]
    living_area_units: Mapped[str] = mapped_column(default="UNSPECIFIED")
    above_grade_finished_area: Mapped[float | None]
    below_grade_finished_area: Mapped[float | None]
    lot_size_area: Mapped[float | None]
    lot_size_units: Mapped[str] = mapped_column(default="UNSPECIFIED")
    year_built: Mapped[int | None]
    year_built_effective: Mapped[int | None]
    stories: Mapped[float | None]
    parking_total: Mapped[int | None]
    waterfront_yn: Mapped[bool | None]
    view: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    parcel_number: Mapped[str] = mapped_column(default="")
    universal_property_id: Mapped[str] = mapped_column(default="")
    originating_system_name: Mapped[str] = mapped_column(default="")
    originating_system_key: Mapped[str] = mapped_column(default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    archive_time: Mapped[datetime | None]


class Listing(Versioned, Timestamps, Row):
    """One offer of a property. Prices are minor units of `currency_code`."""

    __tablename__ = "listings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "property_id"], ["property.properties.organization_id", "property.properties.id"]
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    property_id: Mapped[UUID]
    listing_number: Mapped[str] = mapped_column(default="")
    originating_system_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column("standard_status")
    currency_code: Mapped[str]
    list_price: Mapped[int] = mapped_column(BigInteger)
    original_list_price: Mapped[int] = mapped_column(BigInteger)
    previous_list_price: Mapped[int | None] = mapped_column(BigInteger)
    close_price: Mapped[int | None] = mapped_column(BigInteger)
    close_date: Mapped[date | None]
    listing_contract_date: Mapped[date | None]
    expiration_date: Mapped[date | None]
    on_market_timestamp: Mapped[datetime | None]
    off_market_timestamp: Mapped[datetime | None]
    price_change_timestamp: Mapped[datetime | None]
    status_change_timestamp: Mapped[datetime]
    major_change_type: Mapped[str] = mapped_column(default="")
    public_remarks: Mapped[str] = mapped_column(default="")
    private_remarks: Mapped[str] = mapped_column(default="")
    showing_instructions: Mapped[str] = mapped_column(default="")
    internet_entire_listing_display_yn: Mapped[bool] = mapped_column(default=True)
    internet_address_display_yn: Mapped[bool] = mapped_column(default=True)
    list_agent_id: Mapped[UUID | None]
    virtual_tour_url_unbranded: Mapped[str] = mapped_column(default="")

    @property
    def on_market(self) -> bool:
        """Whether the property is offered by this listing now."""
        return StandardStatus(self.state) in ON_MARKET

    @property
    def public(self) -> bool:
        """Whether everybody may see it."""
        return self.on_market and self.internet_entire_listing_display_yn


class ListingSnapshot(Row):
    """A listing as it was after one change: the columns of `listings` as JSON."""

    __tablename__ = "listing_snapshots"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    change_type: Mapped[str]
    listing: Mapped[dict[str, Any]] = mapped_column(JSONB)
    snapshot_time: Mapped[datetime]


class FollowedDeals(Row):
    """Up to which event of its deals a listing has followed them."""

    __tablename__ = "followed_deals"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class FieldHistory(Row):
    """One change of one field."""

    __tablename__ = "field_history"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    property_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_name: Mapped[str]
    resource_id: Mapped[UUID]
    field_name: Mapped[str]
    previous_value: Mapped[str]
    new_value: Mapped[str]
    change_type: Mapped[str]
    changed_by: Mapped[str]
    modification_timestamp: Mapped[datetime]


class Import(Row):
    """One file on its way into properties and listings."""

    __tablename__ = "imports"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    mapping: Mapped[str]
    validate_only: Mapped[bool]
    file_name: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_created: Mapped[int] = mapped_column(default=0)
    rows_updated: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_failed: Mapped[int] = mapped_column(default=0)
    rows_warned: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str]
    create_time: Mapped[datetime]
    update_time: Mapped[datetime]
    end_time: Mapped[datetime | None]


class ImportPiece(Row):
    """A piece of an uploaded file, kept until the import ends."""

    __tablename__ = "import_pieces"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class RowRemark(Row):
    """One thing to know about one row of a file."""

    __tablename__ = "import_errors"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    column_name: Mapped[str]
    value: Mapped[str]
    severity: Mapped[str]
    reason: Mapped[str]
    description: Mapped[str]


class Engagement(Row):
    """How much a property was visited in VR."""

    __tablename__ = "engagement"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    property_id: Mapped[UUID] = mapped_column(primary_key=True)
    sessions_total: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds_total: Mapped[float] = mapped_column(default=0)
    gaze_seconds_total: Mapped[float] = mapped_column(default=0)
    events_total: Mapped[int] = mapped_column(BigInteger, default=0)
    last_session_end_time: Mapped[datetime | None]
