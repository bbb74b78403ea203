"""Properties, listings, what has happened to them, the search over what is on the market, imports."""

from alembic import op

from services.chassis.db.ddl import ORGANIZATION, append_only, create_service_schema, protect, tenant_policy

revision = "property_0001"
down_revision = None
branch_labels = None
depends_on = None

GENERATION_SHARDS = 16

TABLES = (
    """
    CREATE TABLE property.properties (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('ACTIVE', 'ARCHIVED')),
        property_type text NOT NULL,
        property_sub_type text NOT NULL DEFAULT '',
        unparsed_address text NOT NULL DEFAULT '',
        unit_number text NOT NULL DEFAULT '',
        city text NOT NULL DEFAULT '',
        county_or_parish text NOT NULL DEFAULT '',
        state_or_province text NOT NULL DEFAULT '',
        postal_code text NOT NULL DEFAULT '',
        country text NOT NULL,
        latitude double precision CHECK (latitude BETWEEN -90 AND 90),
        longitude double precision CHECK (longitude BETWEEN -180 AND 180),
        bedrooms_total integer,
        bathrooms_total_integer integer,
        bathrooms_full integer,
        bathrooms_partial integer,
        living_area double precision,
        living_area_units text NOT NULL DEFAULT 'UNSPECIFIED',
        above_grade_finished_area double precision,
        below_grade_finished_area double precision,
        lot_size_area double precision,
        lot_size_units text NOT NULL DEFAULT 'UNSPECIFIED',
        year_built integer,
        year_built_effective integer,
        stories double precision,
        parking_total integer,
        waterfront_yn boolean,
        view text[] NOT NULL DEFAULT '{}',
        parcel_number text NOT NULL DEFAULT '',
        universal_property_id text NOT NULL DEFAULT '',
        originating_system_name text NOT NULL DEFAULT '',
        originating_system_key text NOT NULL DEFAULT '',
        attributes jsonb NOT NULL DEFAULT '{}',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        archive_time timestamptz,
        PRIMARY KEY (organization_id, id),
        CHECK ((latitude IS NULL) = (longitude IS NULL))
    )""",
    """
    CREATE UNIQUE INDEX properties_external_key ON property.properties
        (organization_id, originating_system_name, originating_system_key) WHERE originating_system_key <> ''""",
    """
    CREATE TABLE property.listings (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        property_id uuid NOT NULL,
        listing_number text NOT NULL DEFAULT '',
        originating_system_name text NOT NULL DEFAULT '',
        standard_status text NOT NULL CHECK (standard_status IN (
            'INCOMPLETE', 'COMING_SOON', 'ACTIVE', 'ACTIVE_UNDER_CONTRACT', 'PENDING', 'HOLD', 'WITHDRAWN',
            'CANCELED', 'EXPIRED', 'CLOSED', 'DELETE')),
        currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
        list_price bigint NOT NULL CHECK (list_price >= 0),
        original_list_price bigint NOT NULL,
        previous_list_price bigint,
        close_price bigint,
        close_date date,
        listing_contract_date date,
        expiration_date date,
        on_market_timestamp timestamptz,
        off_market_timestamp timestamptz,
        price_change_timestamp timestamptz,
        status_change_timestamp timestamptz NOT NULL,
        major_change_type text NOT NULL DEFAULT '',
        public_remarks text NOT NULL DEFAULT '',
        private_remarks text NOT NULL DEFAULT '',
        showing_instructions text NOT NULL DEFAULT '',
        internet_entire_listing_display_yn boolean NOT NULL DEFAULT true,
        internet_address_display_yn boolean NOT NULL DEFAULT true,
        list_agent_id uuid,
        virtual_tour_url_unbranded text NOT NULL DEFAULT '',
        version bigint NOT NULL DEFAULT 1,
        create_time timestamptz NOT NULL DEFAULT now(),
        update_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (organization_id, id),
        FOREIGN KEY (organization_id, property_id) REFERENCES property.properties (organization_id, id)
    )""",
    """
    CREATE UNIQUE INDEX listings_external_key ON property.listings
        (organization_id, originating_system_name, listing_number) WHERE listing_number <> ''""",
    # A property is on the market by at most one listing, whatever two callers do at once.
    """
    CREATE UNIQUE INDEX listings_on_market_key ON property.listings (organization_id, property_id)
        WHERE standard_status IN ('COMING_SOON', 'ACTIVE', 'ACTIVE_UNDER_CONTRACT', 'PENDING')""",
    "CREATE INDEX listings_property_idx ON property.listings (organization_id, property_id, id)",
    """
    CREATE TABLE property.listing_snapshots (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        listing_id uuid NOT NULL,
        change_type text NOT NULL,
        listing jsonb NOT NULL,
        snapshot_time timestamptz NOT NULL,
        PRIMARY KEY (organization_id, listing_id, id),
        FOREIGN KEY (organization_id, listing_id) REFERENCES property.listings (organization_id, id)
    )""",
    """
    CREATE TABLE property.field_history (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        property_id uuid NOT NULL,
        resource_name text NOT NULL,
        resource_id uuid NOT NULL,
        field_name text NOT NULL,
        previous_value text NOT NULL,
        new_value text NOT NULL,
        change_type text NOT NULL,
        changed_by text NOT NULL,
        modification_timestamp timestamptz NOT NULL,
        PRIMARY KEY (organization_id, property_id, id),
        FOREIGN KEY (organization_id, property_id) REFERENCES property.properties (organization_id, id)
    )""",
    # Public facts of listings on the market, and nothing else: one row per listing, written with the listing.
    # `place` is a point of (longitude, latitude); unknown areas and years are 0 so that keyset paging needs no NULLs.
    """
    CREATE TABLE property.search_listings (
        listing_id uuid PRIMARY KEY,
        property_id uuid NOT NULL,
        organization_id uuid NOT NULL,
        standard_status text NOT NULL,
        property_type text NOT NULL,
        city_key text NOT NULL,
        city text NOT NULL,
        state_or_province text NOT NULL,
        postal_code text NOT NULL,
        country text NOT NULL,
        address_key text NOT NULL,
        address text NOT NULL,
        currency_code text NOT NULL,
        list_price bigint NOT NULL,
        bedrooms integer,
        bathrooms integer,
        living_area_sqm double precision NOT NULL,
        year_built integer NOT NULL,
        waterfront boolean NOT NULL,
        place point,
        on_market_timestamp timestamptz NOT NULL,
        document tsvector NOT NULL,
        payload bytea NOT NULL
    )""",
    "CREATE UNIQUE INDEX search_listings_property_key ON property.search_listings (property_id)",
    "CREATE INDEX search_listings_place_idx ON property.search_listings USING spgist (place)",
    """
    CREATE INDEX search_listings_city_idx ON property.search_listings
        (city_key, property_type, list_price, listing_id)""",
    "CREATE INDEX search_listings_price_idx ON property.search_listings (currency_code, list_price, listing_id)",
    "CREATE INDEX search_listings_newest_idx ON property.search_listings (on_market_timestamp, listing_id)",
    "CREATE INDEX search_listings_area_idx ON property.search_listings (living_area_sqm, listing_id)",
    "CREATE INDEX search_listings_year_idx ON property.search_listings (year_built, listing_id)",
    # Readers wait for nobody's pending list: the index is kept current by the writer.
    """
    CREATE INDEX search_listings_document_idx ON property.search_listings USING gin (document)
        WITH (fastupdate = off)""",
    "CREATE INDEX search_listings_city_prefix_idx ON property.search_listings (city_key text_pattern_ops)",
    "CREATE INDEX search_listings_postal_prefix_idx ON property.search_listings (postal_code text_pattern_ops)",
    """
    CREATE INDEX search_listings_address_prefix_idx ON property.search_listings (address_key text_pattern_ops)
        WHERE address_key <> ''""",
    # Every transaction that changes public facts adds 1 to one row: the sum names the state that cached answers are of.
    # Sixteen rows, so that writers do not wait for each other.
    """
    CREATE TABLE property.search_generation (
        shard smallint PRIMARY KEY,
        changes bigint NOT NULL
    ) WITH (fillfactor = 20)""",
    f"INSERT INTO property.search_generation SELECT n, 0 FROM generate_series(0, {GENERATION_SHARDS - 1}) n",
    # Only strict functions inside, so that Postgres puts the formula into the statement instead of calling it.
    """
    CREATE FUNCTION property.haversine_meters(a_lat float8, a_lon float8, b_lat float8, b_lon float8) RETURNS float8
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN 2 * 6371008.8 * atan2(
        sqrt(power(sin(radians(b_lat - a_lat) / 2), 2)
            + cos(radians(a_lat)) * cos(radians(b_lat)) * power(sin(radians(b_lon - a_lon) / 2), 2)),
        sqrt(abs(1 - power(sin(radians(b_lat - a_lat) / 2), 2)
            - cos(radians(a_lat)) * cos(radians(b_lat)) * power(sin(radians(b_lon - a_lon) / 2), 2))))""",
    """
    CREATE TABLE property.imports (
        organization_id uuid NOT NULL,
        id uuid NOT NULL,
        state text NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
        mapping text NOT NULL,
        validate_only boolean NOT NULL,
        file_name text NOT NULL,
        size_bytes bigint NOT NULL,
        sha256 text NOT NULL,
        rows_total integer NOT NULL DEFAULT 0,
        rows_done integer NOT NULL DEFAULT 0,
        rows_created integer NOT NULL DEFAULT 0,
        rows_updated integer NOT NULL DEFAULT 0,
        rows_unchanged integer NOT NULL DEFAULT 0,
        rows_failed integer NOT NULL DEFAULT 0,
        rows_warned integer NOT NULL DEFAULT 0,
        failure text NOT NULL DEFAULT '',
        created_by text NOT NULL,
        create_time timestamptz NOT NULL,
        update_time timestamptz NOT NULL,
        end_time timestamptz,
        PRIMARY KEY (organization_id, id)
    )""",
    """
    CREATE TABLE property.import_pieces (
        organization_id uuid NOT NULL,
        import_id uuid NOT NULL,
        number integer NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (organization_id, import_id, number),
        FOREIGN KEY (organization_id, import_id) REFERENCES property.imports (organization_id, id)
    )""",
    # Packed already, or not worth packing twice.
    "ALTER TABLE property.import_pieces ALTER COLUMN data SET STORAGE EXTERNAL",
    """
    CREATE TABLE property.import_errors (
        organization_id uuid NOT NULL,
        import_id uuid NOT NULL,
        row_number integer NOT NULL,
        number integer NOT NULL,
        key text NOT NULL,
        column_name text NOT NULL,
        value text NOT NULL,
        severity text NOT NULL CHECK (severity IN ('WARNING', 'ERROR')),
        reason text NOT NULL,
        description text NOT NULL,
        PRIMARY KEY (organization_id, import_id, row_number, number),
        FOREIGN KEY (organization_id, import_id) REFERENCES property.imports (organization_id, id)
    )""",
    """
    CREATE TABLE property.engagement (
        organization_id uuid NOT NULL,
        property_id uuid NOT NULL,
        sessions_total bigint NOT NULL DEFAULT 0,
        seconds_total double precision NOT NULL DEFAULT 0,
        gaze_seconds_total double precision NOT NULL DEFAULT 0,
        events_total bigint NOT NULL DEFAULT 0,
        last_session_end_time timestamptz,
        PRIMARY KEY (organization_id, property_id)
    )""",
)
TENANT_TABLES = (
    "properties",
    "listings",
    "listing_snapshots",
    "field_history",
    "imports",
    "import_pieces",
    "import_errors",
    "engagement",
)


def upgrade() -> None:
    """Create everything."""
    create_service_schema(op, "property")
    for statement in TABLES:
        op.execute(statement)
    for table in TENANT_TABLES:
        tenant_policy(op, "property", table)
    append_only(op, "property", "listing_snapshots")
    append_only(op, "property", "field_history")
    protect(op, "property", "search_generation", app_using="true", app_check="true")
    _public_read()


def _public_read() -> None:
    """Let everybody read the search table, and each organisation write its own rows only.

    `USING (true)` for SELECT leaves no barrier behind: row-level security would keep the indexes from being used.
    """
    table, own = "property.search_listings", f"organization_id = {ORGANIZATION}"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY search_listings_read ON {table} FOR SELECT TO doorstep_app USING (true)")
    op.execute(f"CREATE POLICY search_listings_insert ON {table} FOR INSERT TO doorstep_app WITH CHECK ({own})")
    op.execute(
        f"CREATE POLICY search_listings_update ON {table} FOR UPDATE TO doorstep_app USING ({own}) WITH CHECK ({own})"
    )
    op.execute(f"CREATE POLICY search_listings_delete ON {table} FOR DELETE TO doorstep_app USING ({own})")
    op.execute(f"CREATE POLICY search_listings_system ON {table} TO doorstep_system USING (true) WITH CHECK (true)")
