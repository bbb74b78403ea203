"""Files as people have them: every defect costs its own row at most."""

import gzip
from collections import Counter
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.property.imports.columns import FOLDER, Mapping, load, mappings
from services.property.imports.rows import (
    Amount,
    CellError,
    FileError,
    look_up,
    measure,
    money,
    neutralise,
    number_of,
    parse,
)
from tests.property.data_files import HEADING, county_file, county_row, king_county

COUNTY = mappings()["king_county"]
OWN = mappings()["doorstep"]


def one(**cells):
    [row] = parse(county_file(county_row(**cells)), COUNTY)
    return row


class TestKingCounty:
    def test_whole_file(self):
        rows = list(parse(king_county(), COUNTY))
        assert len(rows) == 21_613
        assert not [r for r in rows if r.refused]
        assert len({r.facts["originating_system_key"] for r in rows}) == 21_436
        assert len({r.offer["listing_number"] for r in rows}) == 21_613
        assert sum(r.facts["originating_system_key"].startswith("0") for r in rows) == 2_059
        assert all(len(r.facts["originating_system_key"]) == 10 for r in rows)
        assert all(r.facts["city"] for r in rows)
        warned = Counter(p.column for r in rows for p in r.problems)
        assert warned["bedrooms"] == 14  # 13 without any, one with 33
        assert warned["bathrooms"] == 10

    def test_a_row(self):
        row = one(bathrooms=2.25, yr_renovated=1991)
        assert row.facts["bathrooms_full"] == 2
        assert row.facts["bathrooms_partial"] == 1
        assert row.facts["bathrooms_total_integer"] == 3
        assert row.facts["year_built_effective"] == 1991
        assert row.facts["city"] == "Seattle"
        assert row.facts["attributes"] == {"view": "0", "condition": "3", "grade": "7"}
        assert row.offer["on_market_timestamp"] == datetime(2014, 10, 13, tzinfo=UTC)
        assert row.key == "7129300520-20141013"

    def test_never_renovated_is_nothing(self):
        assert "year_built_effective" not in one().facts

    def test_scientific_notation(self):
        assert one(price="1.225e+06").offer["list_price"] == Amount(122_500_000, "USD")

    def test_zeros_that_a_spreadsheet_dropped(self):
        row = one(id="52000112", zipcode="2134")
        assert row.facts["originating_system_key"] == "0052000112"
        assert row.facts["postal_code"] == "02134"

    def test_implausible_is_a_remark(self):
        row = one(bedrooms=33)
        assert not row.refused
        assert row.facts["bedrooms_total"] == 33
        [problem] = row.problems
        assert (problem.column, problem.reason, problem.fatal) == ("bedrooms", "IMPLAUSIBLE", False)

    @pytest.mark.parametrize(
        ("cells", "column", "reason"),
        [
            ({"price": "cheap"}, "price", "NOT_A_NUMBER"),
            ({"price": "nan"}, "price", "NOT_A_NUMBER"),
            ({"price": "1e400"}, "price", "NOT_A_NUMBER"),
            ({"price": "-5"}, "price", "OUT_OF_RANGE"),
            ({"price": ""}, "price", "REQUIRED"),
            ({"date": "2014-10-13"}, "date", "NOT_A_TIMESTAMP"),
            ({"date": "00010101T000000"}, "date", "OUT_OF_RANGE"),
            ({"bedrooms": "2.5"}, "bedrooms", "NOT_AN_INTEGER"),
            ({"waterfront": "maybe"}, "waterfront", "NOT_A_BOOLEAN"),
            ({"id": "a\x00b"}, "id", "NOT_UTF8"),
            ({"lat": ""}, "lat", "REQUIRED"),
        ],
    )
    def test_a_bad_cell_refuses_its_row(self, cells, column, reason):
        row = one(**cells)
        assert row.refused
        assert (column, reason) in {(p.column, p.reason) for p in row.problems}


class TestFiles:
    def test_packed_or_not_is_the_same(self):
        plain, packed = county_file(county_row()), county_file(county_row(), packed=True)
        assert list(parse(plain, COUNTY)) == list(parse(packed, COUNTY))
        assert measure(plain, COUNTY) == measure(packed, COUNTY) == (1, len(plain))

    def test_skip_goes_on_where_another_stopped(self):
        data = county_file(*(county_row(id=n) for n in range(10)))
        assert [r.number for r in parse(data, COUNTY, skip=7)] == [8, 9, 10]

    def test_line_ends_mark_and_order_of_columns_do_not_matter(self):
        lines = county_file(county_row()).decode().splitlines()
        shuffled = [",".join(reversed(line.split(","))) for line in lines]
        data = b"\xef\xbb\xbf" + "\r\n".join(shuffled).encode()
        [row] = parse(data, COUNTY)
        assert row.facts == one().facts

    def test_columns_without_a_name_are_passed_over(self):
        """As spreadsheets write them: empty columns at the end of the heading and of every row."""
        data = "".join(f"{line},,,\n" for line in county_file(county_row()).decode().splitlines()).encode()
        [row] = parse(data, COUNTY)
        assert (row.facts, row.problems) == (one().facts, [])

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"", "no heading"),
            (b"id,price\n1,2\n", "columns are missing"),
            ((HEADING + ",id\n").encode(), "stand twice"),
            (gzip.compress(county_file(county_row()), mtime=0)[:-30], "damaged"),
            (b"\x1f\x8bnonsense", "damaged"),
        ],
    )
    def test_a_file_that_cannot_be_read(self, data, text):
        with pytest.raises(FileError, match=text):
            measure(data, COUNTY)

    def test_a_bomb_is_not_unpacked(self, monkeypatch):
        monkeypatch.setattr("services.property.imports.rows.MAXIMUM_UNPACKED", 1 << 20)
        with pytest.raises(FileError, match="larger than"):
            measure(gzip.compress(HEADING.encode() + b"\n" + b"0" * (50 << 20)), COUNTY)

    def test_one_row_is_broken(self):
        rows = list(parse(county_file(county_row(), "1,2,3", county_row(id="x" * 200_000), county_row(id=4)), COUNTY))
        assert [r.refused for r in rows] == [False, True, True, False]
        assert rows[1].problems[0].reason == "WRONG_CELL_COUNT"
        assert rows[2].problems[0].reason == "NOT_CSV"

    def test_bytes_that_are_no_text(self):
        data = county_file(county_row(), county_row(zipcode="981?78")).replace(b"?", b"\xff")
        rows = list(parse(data, COUNTY))
        assert [r.refused for r in rows] == [False, True]
        assert rows[1].problems[0].reason == "NOT_UTF8"
        assert rows[1].problems[0].value.encode()

    @given(st.binary(max_size=400))
    def test_any_bytes_end_in_rows_or_a_file_error(self, junk):
        try:
            for row in parse(HEADING.encode() + b"\n" + junk, COUNTY):
                assert row.number >= 1
        except FileError:
            pass


class TestOwnForm:
    def test_reso_names(self):
        data = (
            b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice,ListPriceCurrency,PublicRemarks,StandardStatus\n"
            b'K1,Residential,Kathmandu,NP,L1,"12,500,000",NPR,=HYPERLINK("x"),\n'
        )
        [row] = parse(data, OWN)
        assert not row.refused
        assert row.offer["list_price"] == Amount(1_250_000_000, "NPR")
        assert row.offer["public_remarks"] == '\'=HYPERLINK("x")'
        assert row.offer["standard_status"] == "ACTIVE"

    def test_unknown_value(self):
        data = b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice\nK,Castle,X,US,L,1\n"
        [row] = parse(data, OWN)
        assert [p.reason for p in row.problems] == ["UNKNOWN_VALUE"]


class TestMappings:
    def test_every_shipped_mapping_loads(self):
        for path in FOLDER.glob("*.yaml"):
            assert load(path).name == path.stem

    @pytest.mark.parametrize(
        "change",
        [
            {"fields": {"property.colour": {"column": "c"}}},
            {"fields": {"property.city": {"column": "c", "constant": "d"}}},
            {"fields": {"property.city": {"column": "c", "lookup": "nowhere"}}},
            {"fields": {"listing.list_price": {"column": "c", "type": "money"}}},
            {"fields": {}},
            {"unknown": 1},
        ],
    )
    def test_a_wrong_mapping_says_so(self, change):
        raw = yaml.safe_load((FOLDER / "doorstep.yaml").read_text())
        changed = change.get("fields")
        if changed is not None:
            raw["fields"] = raw["fields"] | changed if changed else {}
        raw |= {k: v for k, v in change.items() if k != "fields"}
        with pytest.raises(ValueError, match=r"mapping|field|Extra|validation"):
            Mapping.model_validate(raw)

    def test_another_file_is_another_mapping(self, tmp_path):
        text = (FOLDER / "doorstep.yaml").read_text().replace("name: doorstep\n", "name: other\n")
        (tmp_path / "other.yaml").write_text(text.replace("delimiter", "delimiter"))
        assert list(mappings(tmp_path)) == ["other"]


def test_lookup():
    table = {"98001": "Auburn", "981*": "Seattle", "*": "elsewhere"}
    assert [look_up(k, table) for k in ("98001", "98178", "1")] == ["Auburn", "Seattle", "elsewhere"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_formulas_are_neutralised(text):
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize(
    ("price", "reasons"), [("60000,JPY", []), ("9999,JPY", ["IMPLAUSIBLE"]), ("9999.99,KWD", ["IMPLAUSIBLE"])]
)
def test_what_is_plausible_is_in_units_of_the_currency(price, reasons):
    raw = yaml.safe_load((FOLDER / "doorstep.yaml").read_text())
    raw["fields"]["listing.list_price"]["plausible"] = {"min": 10_000}
    data = (
        f"PropertyKey,PropertyType,City,Country,ListingId,ListPrice,ListPriceCurrency\nA,Residential,X,JP,L1,{price}\n"
    )
    [row] = parse(data.encode(), Mapping.model_validate(raw))
    assert [problem.reason for problem in row.problems] == reasons


def test_currency_must_be_one():
    with pytest.raises(CellError):
        money("1", "usd")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
def test_numbers_in_any_notation(number):
    assert number_of(str(number)) == number
    assert number_of(f"{number:e}") == number


@pytest.mark.parametrize("text", ["", "x", "inf", "1e999999999", "1 2", "0x10"])
def test_what_is_no_number(text):
    with pytest.raises(CellError, match="number"):
        number_of(text)
