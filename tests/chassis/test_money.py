"""Minor units of money."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.chassis import money


@given(st.integers(0, 10**15), st.sampled_from(["USD", "JPY", "KWD", "NPR", "CLF"]))
def test_money_there_and_back(minor, currency):
    assert money.to_minor(*money.from_minor(minor, currency), currency) == minor


def test_money_finer_than_a_coin_is_refused():
    assert money.to_minor(1, 5_000_000, "USD") is None
    assert money.to_minor(1, 5_000_000, "KWD") == 1005
    assert money.to_minor(1, 500_000_000, "JPY") is None


def test_money_as_text():
    assert money.format_minor(22_190_050, "USD") == "221900.50 USD"
    assert money.format_minor(22_190_050, "JPY") == "22190050 JPY"
    assert money.decimal_to_minor(Decimal("1.005"), "USD") == 101


def test_the_largest_amount_of_the_finest_currency_fits_into_a_bigint():
    assert money.exponent("CLF") == 4  # in which homes are priced in Chile
    assert money.to_minor(money.MAXIMUM, 999_900_000, "CLF") == 10**18 + 9_999
    assert 10**18 + 9_999 < 2**63
