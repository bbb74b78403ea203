"""Where the real files are: they are not part of the repository."""

import gzip
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def data_dir() -> Path:
    """The folder of real data sets."""
    return Path(os.environ.get("DOORSTEP_DATA_DIR") or ROOT.parent / "shared" / "data")


def king_county() -> bytes:
    """The King County file, packed; skips the test without it."""
    path = data_dir() / "listings_king_county" / "kc_house_data.csv.gz"
    if not path.exists():
        pytest.skip("the King County file is not here; set DOORSTEP_DATA_DIR")
    return path.read_bytes()


HEADING = (
    "id,date,price,bedrooms,bathrooms,sqft_living,sqft_lot,floors,waterfront,view,condition,grade,sqft_above,"
    "sqft_basement,yr_built,yr_renovated,zipcode,lat,long,sqft_living15,sqft_lot15"
)


def county_row(**cells: object) -> str:
    """One row of the King County form, with the given cells changed."""
    row: dict[str, object] = {
        "id": '"7129300520"', "date": '"20141013T000000"', "price": 221900, "bedrooms": 3, "bathrooms": 1,
        "sqft_living": 1180, "sqft_lot": 5650, "floors": '"1"', "waterfront": 0, "view": 0, "condition": 3, "grade": 7,
        "sqft_above": 1180, "sqft_basement": 0, "yr_built": 1955, "yr_renovated": 0, "zipcode": '"98178"',
        "lat": 47.5112, "long": -122.257, "sqft_living15": 1340, "sqft_lot15": 5650,
    }  # fmt: skip
    unknown = set(cells) - set(row)
    assert not unknown, unknown
    return ",".join(str(v) for v in (row | cells).values())


def county_file(*rows: str, packed: bool = False) -> bytes:
    """A file of the King County form."""
    data = "\n".join([HEADING, *rows, ""]).encode()
    return gzip.compress(data, mtime=0) if packed else data
