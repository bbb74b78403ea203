"""Money in minor units (cents), as the tables keep it: whole numbers, so that nothing is ever rounded twice. Pure."""

from decimal import ROUND_HALF_UP, Decimal

_EXPONENTS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""ISO 4217: currencies whose minor unit is not a hundredth."""
NANOS = 1_000_000_000
MAXIMUM = 10**14
"""Largest amount in whole units that is taken for one: well above any house, well within a bigint of minor units."""


def exponent(currency_code: str) -> int:
    """Digits after the point that the currency has."""
    return _EXPONENTS.get(currency_code, 2)


def minor_per_unit(currency_code: str) -> int:
    """Minor units in one whole unit: 100 cents."""
    return int(10 ** exponent(currency_code))


def to_minor(units: int, nanos: int, currency_code: str) -> int | None:
    """Turn google.type.Money into minor units; None where it is finer than the currency's smallest coin."""
    minor, rest = divmod(nanos, NANOS // minor_per_unit(currency_code))
    return None if rest else units * minor_per_unit(currency_code) + minor


def from_minor(minor: int, currency_code: str) -> tuple[int, int]:
    """Turn minor units, never negative, into (units, nanos) of google.type.Money."""
    per_unit = minor_per_unit(currency_code)
    units, rest = divmod(minor, per_unit)
    return units, rest * (NANOS // per_unit)


def decimal_to_minor(amount: Decimal, currency_code: str) -> int:
    """Round a decimal amount to the currency's smallest coin, halves up."""
    return int((amount * minor_per_unit(currency_code)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def format_minor(minor: int, currency_code: str) -> str:
    """Write an amount for the history: `221900.00 USD`."""
    digits = exponent(currency_code)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f} {currency_code}"
