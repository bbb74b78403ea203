"""Rows of a file as values: nothing in a file may stop an import, only its own row.

What real files contain, and what becomes of it: prices in scientific notation are numbers; keys keep their zeros;
text that a spreadsheet would run as a formula is preceded by an apostrophe; a house with 33 bedrooms is stored with a
remark; a cell that cannot be read refuses its row, with column, value and reason.
"""

import csv
import gzip
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from services.chassis.money import MAXIMUM, decimal_to_minor, minor_per_unit
from services.property.imports.columns import FieldMapping, Mapping

MAXIMUM_CELL = 100_000
"""Characters in one cell."""
MAXIMUM_UNPACKED = 256 * 1024 * 1024
SHOWN = 200
"""Characters of a cell that a remark repeats."""
GZIP_MAGIC = b"\x1f\x8b"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TRUE = frozenset({"1", "true", "yes", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "f"})


class FileError(Exception):
    """The file as a whole cannot be read; the text says why."""


class Amount(NamedTuple):
    """Money in minor units."""

    minor: int
    currency_code: str


class Problem(NamedTuple):
    """One remark about one row."""

    column: str
    value: str
    reason: str
    description: str
    fatal: bool


@dataclass(slots=True)
class ParsedRow:
    """One row: facts of the property and terms of the offer by field name, and what is to be said about it."""

    number: int
    """1 is the first row after the heading."""
    facts: dict[str, Any] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether a remark is a refusal."""
        return any(p.fatal for p in self.problems)

    @property
    def key(self) -> str:
        """The listing's number, or the property's key, where they could be read."""
        return str(self.offer.get("listing_number") or self.facts.get("originating_system_key") or "")


class FileTooLarge(FileError):
    """Unpacked, the file is beyond the bound."""


class CellError(ValueError):
    """A cell that cannot be read: `reason`, and the text."""

    def __init__(self, reason: str, description: str) -> None:
        super().__init__(description)
        self.reason = reason


def neutralise(text: str) -> str:
    """Precede text that a spreadsheet would run as a formula with an apostrophe (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def shown(text: str) -> str:
    """Make a cell fit to be repeated in a remark."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "�")
    return neutralise(clean[:SHOWN])


class _Bounded(io.RawIOBase):
    """Bytes of a file, unpacked, up to a bound: a few kilobytes of gzip can be gigabytes of zeros."""

    def __init__(self, data: bytes) -> None:
        source = io.BytesIO(data)
        self._source: Any = gzip.GzipFile(fileobj=source) if data[:2] == GZIP_MAGIC else source
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            piece: bytes = self._source.read(len(buffer))
        except (OSError, EOFError) as error:  # zlib.error is wrapped by gzip, except for a damaged body
            raise FileError("the gzip file is damaged") from error
        except Exception as error:
            if type(error).__module__ == "zlib":
                raise FileError("the gzip file is damaged") from error
            raise
        self.size += len(piece)
        if self.size > MAXIMUM_UNPACKED:
            raise FileTooLarge(f"unpacked, the file is larger than {MAXIMUM_UNPACKED} bytes")
        buffer[: len(piece)] = piece
        return len(piece)


def read_cells(data: bytes, delimiter: str) -> Iterator[list[str] | None]:
    """Yield the heading and then each row's cells; None stands for a row that is no CSV.

    Raises:
        FileError: while iterating, the file is damaged or too large.
    """
    csv.field_size_limit(MAXIMUM_CELL)
    raw = io.BufferedReader(_Bounded(data), 1 << 16)
    # Bytes that are not UTF-8 become surrogates, which refuse their own row and not the file.
    reader = csv.reader(
        io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline=""), delimiter=delimiter
    )
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if cells:
            yield cells


def measure(data: bytes, mapping: Mapping) -> tuple[int, int]:
    """Count a file's rows and its bytes, unpacked, and check its heading.

    Raises:
        FileError: the file is damaged, too large, without a heading or without a column that the mapping needs.
    """
    rows = read_cells(data, mapping.delimiter)
    heading(next(rows, None), mapping)
    count = sum(1 for _ in rows)
    size = len(data)
    if data[:2] == GZIP_MAGIC:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as unpacked:
            size = sum(len(piece) for piece in iter(lambda: unpacked.read(1 << 20), b""))
    return count, size


def heading(cells: list[str] | None, mapping: Mapping) -> dict[str, int]:
    """Where each column stands.

    Raises:
        FileError: there is no heading, a column stands twice, or one is missing.
    """
    if not cells:
        raise FileError("the file has no heading")
    names = [cell.strip() for cell in cells]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise FileError(f"columns stand twice: {', '.join(map(shown, twice))}")
    missing = [name for name in mapping.required_columns if name not in names]
    if missing:
        raise FileError(f"columns are missing: {', '.join(missing)}")
    # Spreadsheets end lines with empty columns; no name that was stripped begins with a space.
    return {name or f" {n}": n for n, name in enumerate(names)}


def parse(data: bytes, mapping: Mapping, *, skip: int = 0) -> Iterator[ParsedRow]:
    """Yield the rows of a file after the first `skip`.

    Raises:
        FileError: as `measure`.
    """
    rows = read_cells(data, mapping.delimiter)
    columns = heading(next(rows, None), mapping)
    for number, cells in enumerate(rows, start=1):
        if number > skip:
            yield parse_row(number, cells, columns, mapping)


def parse_row(number: int, cells: list[str] | None, columns: dict[str, int], mapping: Mapping) -> ParsedRow:
    """Turn one row's cells into values and remarks."""
    row = ParsedRow(number)
    if cells is None:
        row.problems.append(Problem("", "", "NOT_CSV", f"no CSV, or a cell above {MAXIMUM_CELL} characters", True))
        return row
    if len(cells) != len(columns):
        text = f"{len(cells)} cells where the heading has {len(columns)}"
        row.problems.append(Problem("", shown(cells[0]), "WRONG_CELL_COUNT", text, True))
        return row
    for name, field_mapping in mapping.fields.items():
        _fill(row, name, field_mapping, cells=cells, columns=columns, mapping=mapping)
    return row


def _fill(
    row: ParsedRow,
    name: str,
    field_mapping: FieldMapping,
    *,
    cells: list[str],
    columns: dict[str, int],
    mapping: Mapping,
) -> None:
    column = field_mapping.column or ""
    text = ""
    if field_mapping.constant is not None:
        value: Any = field_mapping.constant
    else:
        index = columns.get(column)
        text = cells[index].strip() if index is not None else ""
        try:
            value = _value(text, field_mapping, cells, columns, mapping)
        except CellError as error:
            row.problems.append(Problem(column, shown(text), error.reason, str(error), True))
            return
    if value is None:
        if field_mapping.required:
            row.problems.append(Problem(column, "", "REQUIRED", "the cell is empty", True))
        return
    bounds = field_mapping.plausible
    if bounds is not None:
        number = value.minor / minor_per_unit(value.currency_code) if isinstance(value, Amount) else float(value)
        if (bounds.min is not None and number < bounds.min) or (bounds.max is not None and number > bounds.max):
            low, high = (f"{b:g}" if b is not None else "" for b in (bounds.min, bounds.max))
            row.problems.append(Problem(column, shown(text), "IMPLAUSIBLE", f"not within {low}..{high}", False))
    group, _, rest = name.partition(".")
    if rest.startswith("attributes."):
        row.facts.setdefault("attributes", {})[rest.removeprefix("attributes.")] = value
    else:
        (row.facts if group == "property" else row.offer)[rest] = value


def _value(
    text: str, field_mapping: FieldMapping, cells: list[str], columns: dict[str, int], mapping: Mapping
) -> Any | None:
    if not text.isprintable() and any(c == "\x00" or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise CellError("NOT_UTF8", "the cell is not text in UTF-8")
    if not text or text in field_mapping.empty:
        if field_mapping.default is None:
            return None
        return field_mapping.default
    match field_mapping.type:
        case "text":
            return neutralise(text)
        case "key":
            return _key(text, field_mapping, cells, columns, mapping)
        case "integer":
            return integer(text)
        case "number":
            return _rounded(number_of(text), field_mapping.round)
        case "money":
            index = columns.get(field_mapping.currency_column or "")
            currency = (cells[index].strip() if index is not None else "") or field_mapping.currency or ""
            return money(text, currency)
        case "timestamp":
            return timestamp(text, field_mapping.formats)
        case "boolean":
            return boolean(text)
        case "enum":
            if text not in field_mapping.values:
                raise CellError("UNKNOWN_VALUE", f"not one of {', '.join(field_mapping.values)}")
            return field_mapping.values[text]


def _key(text: str, field_mapping: FieldMapping, cells: list[str], columns: dict[str, int], mapping: Mapping) -> str:
    key = neutralise(text.zfill(field_mapping.width) if text.isdigit() else text)
    if field_mapping.append is not None:
        key += "-" + cells[columns[field_mapping.append.column]].strip()[: field_mapping.append.first]
    if field_mapping.lookup is not None:
        return look_up(key, mapping.lookups[field_mapping.lookup])
    return key


def look_up(key: str, table: dict[str, str]) -> str:
    """Find a key in a lookup: itself, else the longest prefix `981*`, else `*`, else nothing."""
    if key in table:
        return table[key]
    for length in range(len(key), -1, -1):
        found = table.get(f"{key[:length]}*")
        if found is not None:
            return found
    return ""


def number_of(text: str) -> Decimal:
    """Read a number, scientific notation included.

    Raises:
        CellError: NOT_A_NUMBER, also for infinity and numbers beyond any use.
    """
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise CellError("NOT_A_NUMBER", "not a number") from error
    if not number.is_finite() or number.adjusted() > 30:
        raise CellError("NOT_A_NUMBER", "not a usable number")
    return number


def integer(text: str) -> int:
    """Read a whole number; `3.0` and `3e0` are whole."""
    number = number_of(text)
    if number != number.to_integral_value():
        raise CellError("NOT_AN_INTEGER", "not a whole number")
    return int(number)


def _rounded(number: Decimal, rounding: str | None) -> float | int:
    match rounding:
        case "up":
            return math.ceil(number)
        case "down":
            return math.floor(number)
        case "fraction":
            return int(number != math.floor(number))
        case _:
            return float(number)


def money(text: str, currency: str) -> Amount:
    """Read a price: `221900`, `1.225e+06`, `$ 221,900.50`."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise CellError("NOT_A_CURRENCY", "the currency is not an ISO 4217 code")
    amount = number_of(text.replace(",", "").replace("$", "").strip())
    if amount < 0 or amount > MAXIMUM:
        raise CellError("OUT_OF_RANGE", f"not within 0..{MAXIMUM}")
    return Amount(decimal_to_minor(amount, currency), currency)


def timestamp(text: str, formats: tuple[str, ...]) -> datetime:
    """Read a time in the first format that fits; without an offset it is UTC."""
    for form in formats:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set below
        except ValueError:
            continue
        if not 1900 <= moment.year <= 2200:
            raise CellError("OUT_OF_RANGE", "the year is not within 1900..2200")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise CellError("NOT_A_TIMESTAMP", f"not a time of the form {' or '.join(formats)}")


def boolean(text: str) -> bool:
    """Read 1/0, true/false, yes/no."""
    lower = text.lower()
    if lower in _TRUE:
        return True
    if lower in _FALSE:
        return False
    raise CellError("NOT_A_BOOLEAN", "neither yes nor no")
