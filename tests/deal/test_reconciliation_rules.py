"""Reading statements and comparing, without anything around it."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.deal.reconciliation import (
    MAXIMUM_LINES,
    Entry,
    Key,
    Movement,
    Result,
    compare,
    read_statement,
)
from tests.deal.money import statement

A, B = UUID(int=1), UUID(int=2)


def entry(amount: int, *, reference: UUID = A, source: str = "x", currency: str = "USD", refused: str = "") -> Entry:
    return Entry(Key(Movement.CHARGE, reference), amount, currency, source, refused)


class TestStatement:
    def test_what_a_bank_sends(self) -> None:
        content = (
            b'\xef\xbb\xbfBooked,Amount,Currency,Reference,Kind\n2026-11-21,"4800.00",usd,%s,Charge\n\n'
            % str(A).encode()
        )
        entries, bad = read_statement(content)
        assert not bad
        assert entries == [Entry(Key(Movement.CHARGE, A), 480_000, "USD", "2")]

    def test_currencies_have_their_own_digits(self) -> None:
        entries, bad = read_statement(statement(f"charge,{A},500,JPY", f"payout,{A},-1.234,KWD"))
        assert not bad
        assert [found.amount for found in entries] == [500, -1_234]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            (f"gift,{A},1,USD", "kind"),
            ("charge,me,1,USD", "reference"),
            (f"charge,{A},much,USD", "decimal"),
            (f"charge,{A},NaN,USD", "whole minor units"),
            (f"charge,{A},Infinity,USD", "whole minor units"),
            (f"charge,{A},1.001,USD", "whole minor units"),
            (f"charge,{A},1e30,USD", "whole minor units"),
            (f"charge,{A},1,US", "ISO 4217"),
            (f"charge,{A},-1,USD", "positive"),
            (f"refund,{A},1,USD", "negative"),
            (f"charge,{A},0,USD", "positive"),
            (f"charge,{A}", "columns"),
        ],
    )
    def test_bad_lines_are_named(self, line: str, why: str) -> None:
        entries, bad = read_statement(statement(f"charge,{A},1.00,USD", line, f"charge,{B},1.00,USD"))
        assert len(entries) == 2
        assert [found.number for found in bad] == [3]
        assert why in bad[0].why

    @pytest.mark.parametrize(
        "content",
        [b"", b"a,b\n", b"kind,kind,reference,amount,currency\n", b"kind,reference,amount,currency\n\xff", b"kind\0"],
    )
    def test_what_is_no_statement(self, content: bytes) -> None:
        entries, bad = read_statement(content)
        assert not entries
        assert len(bad) == 1

    def test_a_quote_that_never_ends(self) -> None:
        assert read_statement(statement('charge,"x,1,USD'))[1]

    def test_too_many_lines(self) -> None:
        entries, bad = read_statement(statement(*[f"charge,{A},1,USD"] * (MAXIMUM_LINES + 1)))
        assert not entries
        assert "more than" in bad[0].why

    @given(st.binary(max_size=400))
    def test_no_bytes_break_it(self, content: bytes) -> None:
        read_statement(content)
        read_statement(b"kind,reference,amount,currency\n" + content)


class TestCompare:
    @pytest.mark.parametrize(
        ("ledger", "events", "stated", "results"),
        [
            ([entry(5)], [entry(5)], [entry(5)], [Result.MATCHED]),
            ([], [entry(5)], [entry(5)], [Result.MISSING_IN_LEDGER]),
            ([entry(5)], [], [entry(5)], [Result.MISSING_AT_PROVIDER]),
            ([entry(5)], [entry(5)], [], [Result.MISSING_IN_STATEMENT]),
            ([], [], [entry(5)], [Result.MISSING_IN_LEDGER]),
            ([entry(5)], [entry(5)], [entry(6)], [Result.AMOUNT_DIFFERS]),
            ([entry(5)], [entry(6)], [], [Result.AMOUNT_DIFFERS]),
            ([entry(5)], [entry(5)], [entry(5, currency="EUR")], [Result.CURRENCY_DIFFERS]),
            ([entry(5)], [entry(5)], [entry(5), entry(5)], [Result.MATCHED, Result.DUPLICATE_IN_STATEMENT]),
            ([], [entry(5, refused="MISMATCH")], [], [Result.EVENT_REFUSED]),
            ([], [entry(5, refused="UNEXPECTED")], [entry(5)], [Result.MISSING_IN_LEDGER, Result.EVENT_REFUSED]),
        ],
    )
    def test_each_difference(
        self, ledger: list[Entry], events: list[Entry], stated: list[Entry], results: list[Result]
    ) -> None:
        assert [line.result for line in compare(ledger, events, stated)] == results

    def test_what_came_back_is_made_again(self) -> None:
        """A payment has two refunds then, each held against its own; what the statement has beyond is too much."""
        both = [entry(5), entry(5)]
        assert [line.result for line in compare(both, both, both)] == [Result.MATCHED] * 2
        too_much = compare(both, both, [*both, entry(5)])
        assert [line.result for line in too_much] == [Result.MATCHED, Result.MATCHED, Result.DUPLICATE_IN_STATEMENT]
        one_stated = compare(both, both, both[:1])
        assert [line.result for line in one_stated] == [Result.MATCHED, Result.MISSING_IN_STATEMENT]
        settled = {Key(Movement.CHARGE, A)}
        assert [line.result for line in compare(both[:1], both[:1], both[:1], settled)] == [Result.MATCHED]

    def test_what_is_settled_is_only_repeated(self) -> None:
        lines = compare([], [], [entry(5)], settled={Key(Movement.CHARGE, A)})
        assert [line.result for line in lines] == [Result.DUPLICATE_IN_STATEMENT]

    @given(st.data())
    def test_everything_stands_in_one_line(self, data: st.DataObject) -> None:
        """Nothing is lost and nothing is told twice, and only what is equal on all sides matches."""
        amounts = st.builds(entry, st.integers(1, 3), reference=st.sampled_from([A, B]))
        told = st.builds(
            entry, st.integers(1, 3), reference=st.sampled_from([A, B]), refused=st.sampled_from(["", "MISMATCH"])
        )
        one_each = {"unique_by": lambda found: found.key}
        ledger = data.draw(st.lists(amounts, **one_each))  # type: ignore[arg-type]
        events = data.draw(st.lists(told, unique_by=lambda found: (found.key, found.refused)))
        stated = data.draw(st.lists(amounts, max_size=5))
        lines = compare(ledger, events, stated)
        for side, entries in (("ledger", ledger), ("event", events), ("statement", stated)):
            found = [getattr(line, side) for line in lines if getattr(line, side) is not None]
            assert sorted(map(str, found)) == sorted(map(str, entries))
        for line in lines:
            sides = (line.ledger, line.event, line.statement)
            equal = None not in sides and len({side.amount for side in sides if side}) == 1
            assert (line.result is Result.MATCHED) == equal
