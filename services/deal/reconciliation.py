"""Reading statements, and holding ledger, provider and statement against each other. Pure.

Amounts are signed minor units as the account at the provider sees them: charges and returned payouts come in, refunds
and payouts go out. There is no tolerance: what differs by one minor unit differs.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple
from uuid import UUID

from services.chassis.money import minor_per_unit

COLUMNS = ("kind", "reference", "amount", "currency")
"""What the first line of a statement must name; other columns are left alone."""
MAXIMUM_LINES = 10_000
MAXIMUM_MINOR = 10**17


class Movement(StrEnum):
    """How money crosses the border of the suite."""

    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    RETURN = "return"
    """A payout that came back after it had been paid, or a refund after it had arrived."""


INCOMING = frozenset({Movement.CHARGE, Movement.RETURN})


class Result(StrEnum):
    """What the three say of a movement."""

    MATCHED = "MATCHED"
    MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
    MISSING_AT_PROVIDER = "MISSING_AT_PROVIDER"
    MISSING_IN_STATEMENT = "MISSING_IN_STATEMENT"
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
    CURRENCY_DIFFERS = "CURRENCY_DIFFERS"
    DUPLICATE_IN_STATEMENT = "DUPLICATE_IN_STATEMENT"
    EVENT_REFUSED = "EVENT_REFUSED"


class Key(NamedTuple):
    """Which movement of a payment or payout. Each happens once, except refunds that came back and are made again."""

    kind: Movement
    reference: UUID
    """The payment or payout."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one of the three knows of a movement."""

    key: Key
    amount: int
    currency_code: str
    source: str
    """The ledger transaction, the event, or the line of the statement."""
    refused: str = ""
    """Events: why it did nothing, where it should have."""


@dataclass(frozen=True, slots=True)
class Line:
    """A movement as the three know it, and whether they agree."""

    result: Result
    key: Key
    ledger: Entry | None = None
    event: Entry | None = None
    statement: Entry | None = None


class BadLine(NamedTuple):
    """A line of a statement that cannot be read."""

    number: int
    """The first line of the file is 1."""
    why: str


def read_statement(content: bytes) -> tuple[list[Entry], list[BadLine]]:
    """Read a statement: CSV in UTF-8, whose first line names its columns.

    `amount` is a decimal number in whole units (`-4800.00`), `reference` the payment or payout to which it belongs.

    Returns:
        The entries in their order, and the lines that cannot be read. Where there are any, the statement should not be
        used: half a statement tells of differences that are none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [BadLine(content.count(b"\n", 0, error.start) + 1, "not UTF-8")]
    if "\0" in text:
        return [], [BadLine(text.count("\n", 0, text.index("\0")) + 1, "a NUL character")]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    entries: list[Entry] = []
    bad: list[BadLine] = []
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in COLUMNS if header.count(name) != 1]
        if missing:
            return [], [BadLine(1, f"must name the column {', '.join(missing)} once")]
        for cells in reader:
            number = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(entries) + len(bad) == MAXIMUM_LINES:
                return [], [BadLine(number, f"more than {MAXIMUM_LINES} lines")]
            if len(cells) != len(header):
                bad.append(BadLine(number, f"{len(cells)} columns instead of {len(header)}"))
                continue
            found = _entry(dict(zip(header, (cell.strip() for cell in cells), strict=True)), number)
            if isinstance(found, Entry):
                entries.append(found)
            else:
                bad.append(found)
    except csv.Error as error:
        bad.append(BadLine(reader.line_num, str(error)))
    return entries, bad


def _entry(cells: dict[str, str], number: int) -> Entry | BadLine:
    kind = cells["kind"].lower()
    if kind not in set(Movement):
        return BadLine(number, f"kind must be one of {', '.join(Movement)}")
    try:
        reference = UUID(cells["reference"])
    except ValueError:
        return BadLine(number, "reference must be the id of a payment or payout")
    currency = cells["currency"].upper()
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha()):
        return BadLine(number, "currency must be a code of ISO 4217")
    try:
        minor = Decimal(cells["amount"]) * minor_per_unit(currency)
    except InvalidOperation:
        return BadLine(number, "amount must be a decimal number")
    if not minor.is_finite() or abs(minor) > MAXIMUM_MINOR or minor != minor.to_integral_value():
        return BadLine(number, f"amount must be whole minor units of {currency}")
    movement = Movement(kind)
    if minor == 0 or (minor > 0) != (movement in INCOMING):
        sign = "positive" if movement in INCOMING else "negative"
        return BadLine(number, f"the amount of a {movement} must be {sign}")
    return Entry(Key(movement, reference), int(minor), currency, str(number))


def compare(
    ledger: Iterable[Entry], events: Iterable[Entry], statement: Iterable[Entry], settled: Collection[Key] = ()
) -> list[Line]:
    """Hold the three against each other, movement by movement, in the order of their keys.

    Each movement gets one line, and another one for each repetition in the statement and each event that was refused.
    What the statement says beyond the movements that ledger or provider know and that are not settled is a repetition.
    Movements with the same key are taken in the order in which they come.
    """
    in_ledger, at_provider, in_statement = _by_key(ledger), _by_key(events), _by_key(statement)
    lines: list[Line] = []
    for key in sorted({*in_ledger, *at_provider, *in_statement}):
        told = [event for event in at_provider[key] if not event.refused]
        refused = [event for event in at_provider[key] if event.refused]
        booked, stated = in_ledger[key], in_statement[key]
        known = max(len(booked), len(told)) or int(key not in settled)
        lines += [Line(_judge(*sides), key, *sides) for sides in zip_longest(booked, told, stated[:known])]
        lines += [Line(Result.DUPLICATE_IN_STATEMENT, key, statement=entry) for entry in stated[known:]]
        lines += [Line(Result.EVENT_REFUSED, key, event=entry) for entry in refused]
    return lines


def _judge(booked: Entry | None, told: Entry | None, stated: Entry | None) -> Result:
    known = [entry for entry in (booked, told, stated) if entry is not None]
    if len({entry.currency_code for entry in known}) > 1:
        return Result.CURRENCY_DIFFERS
    if len({entry.amount for entry in known}) > 1:
        return Result.AMOUNT_DIFFERS
    if booked is None:
        return Result.MISSING_IN_LEDGER
    if told is None:
        return Result.MISSING_AT_PROVIDER
    return Result.MATCHED if stated is not None else Result.MISSING_IN_STATEMENT


def _by_key(entries: Iterable[Entry]) -> defaultdict[Key, list[Entry]]:
    found: defaultdict[Key, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.key].append(entry)
    return found
