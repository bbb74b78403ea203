"""How long the fault tests go on: short in `make test`, long in `make faults`.

DOORSTEP_FAULTS is `long`, or a share of it between 0 and 1 where there is less time: `DOORSTEP_FAULTS=0.3`.
"""

import os

_ASKED = os.environ.get("DOORSTEP_FAULTS", "")
SHARE = 1.0 if _ASKED == "long" else float(_ASKED or 0)
LONG = SHARE > 0


def times(short: int, long: int) -> int:
    """`short` in the test suite, `long` in `make faults`, or between them."""
    return round(short + (long - short) * SHARE)
